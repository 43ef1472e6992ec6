import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CheckId } from '../../src/model/checks/finding.ts';
import type { Entry, Tree } from '../../src/model/source/tree.ts';

const folder = new URL('../fixtures/c/', import.meta.url);

/** Where the C files are. */
export const fixtureFolder = fileURLToPath(folder);

/** A program that is checked as a whole: one C file, or a folder of files. */
export interface Fixture {
  /** `abba.c`, `multi-globals`, `syntax/guards.c`. */
  readonly name: string;
  /** Path in the tree → text. */
  readonly files: ReadonlyMap<string, string>;
}

/** A place where a check must report: `// WANT check [information]: held -> acquired`; of checks that are not about an order, `// WANT check: words of its message`. */
export interface Marker {
  readonly file: string;
  readonly line: number;
  readonly check: CheckId;
  readonly information: boolean;
  readonly held: string;
  readonly acquired: string;
  readonly words: string;
}

/** All fixtures below `kind`, sorted by name. Each has kernel.h beside it, and a MAINTAINERS that makes it a tree. */
export function readFixtures(kind: '' | 'syntax/'): Fixture[] {
  const kernel = readFileSync(new URL('kernel.h', folder), 'utf8');
  const entries = readdirSync(new URL(kind, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry): Fixture[] => {
    if (!entry.name.startsWith('multi-') && !entry.name.endsWith('.c')) return [];
    const files = new Map([
      ['MAINTAINERS', ''],
      ['fixture/kernel.h', kernel],
    ]);
    const root = new URL(`${kind}${entry.name}`, folder);
    const paths = entry.isDirectory() ? readdirSync(root).map((name) => `${fileURLToPath(root)}/${name}`) : [fileURLToPath(root)];
    for (const path of paths) files.set(`fixture/${basename(path)}`, readFileSync(path, 'utf8'));
    return [{ name: `${kind}${entry.name}`, files }];
  });
}

const marker = /\/\/ WANT (documented-order|lock-order-cycle|sync-deadlock)( information)?: (\S.*?) -> (\S.*?)(?=\s*\/\/|\s*$)/g;
/** Checks that are not about an order: what they say names the lock. */
const messageMarker =
  /\/\/ WANT (suppression|double-acquire|missing-release|release-unheld|mismatched-release|sleep-in-atomic|irq-inversion|lock-contract|unprotected-access)( information)?:()() (\S.*?)(?=\s*\/\/|\s*$)/g;

export function readMarkers(fixture: Fixture): Marker[] {
  const markers: Marker[] = [];
  for (const [file, text] of fixture.files) {
    text.split('\n').forEach((lineText, index) => {
      const found = [...lineText.matchAll(marker), ...lineText.matchAll(messageMarker)];
      const words = lineText.match(/\bWANT\b/g)?.length ?? 0;
      if (found.length !== words) throw new Error(`${fixture.name}: ${file}:${index + 1}: cannot read the marker`);
      for (const [, check, information, held, acquired, words] of found) {
        markers.push({
          file,
          line: index + 1,
          check: check as CheckId,
          information: information !== undefined,
          held: held!,
          acquired: acquired!,
          words: words ?? '',
        });
      }
    });
  }
  return markers;
}

/** A tree in memory. */
export function treeOf(files: ReadonlyMap<string, string>): Tree {
  return {
    read: (path) => {
      const text = files.get(path);
      return text === undefined ? { error: 'not found' } : { text };
    },
    list: (folder) => {
      const prefix = folder === '' ? '' : `${folder}/`;
      const entries = new Map<string, Entry>();
      for (const path of files.keys()) {
        if (!path.startsWith(prefix)) continue;
        const [name, ...rest] = path.slice(prefix.length).split('/');
        entries.set(name!, { name: name!, kind: rest.length > 0 ? 'folder' : 'file' });
      }
      if (entries.size === 0) return undefined;
      return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

const wasm = (path: string) => new Uint8Array(readFileSync(new URL(`../../node_modules/${path}`, import.meta.url)));

/** What the core needs besides a tree. */
export const grammar = {
  runtimeWasm: wasm('web-tree-sitter/web-tree-sitter.wasm'),
  grammarWasm: wasm('tree-sitter-c/tree-sitter-c.wasm'),
};
