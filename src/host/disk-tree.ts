import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Dirent } from 'node:fs';
import type { Problem } from '../model/source/location.ts';
import { joinPath, type Entry, type FileText, type Tree } from '../model/source/tree.ts';
import { reasonOf } from './system-error.ts';

/** The largest source file of a kernel is a register header of some 15 MB; what is larger is no source. */
const maxFileSize = 16 * 1024 * 1024;
const outside = 'outside the tree';

export interface DiskTreeOptions {
  /** Told of each folder that exists but cannot be listed; `Tree` has no place for the reason. */
  readonly unlisted?: (folder: string, reason: string) => void;
}

/**
 * A folder on disk as a tree. Symbolic links are followed as long as they stay inside; linked folders can be read
 * but are not listed, as their files are listed where they are: no walk goes in circles or sees a file twice.
 */
export function createDiskTree(root: string, options: DiskTreeOptions = {}): Tree {
  const realRoot = realpathSync.native(root);
  const locate = (relative: string): string | undefined => {
    const joined = relative.includes('\0') ? undefined : joinPath('', relative);
    if (joined === undefined) return undefined;
    const real = realpathSync.native(path.join(realRoot, joined));
    return real === realRoot || real.startsWith(realRoot.endsWith(path.sep) ? realRoot : realRoot + path.sep) ? real : undefined;
  };
  return {
    read(file) {
      try {
        const real = locate(file);
        return real === undefined ? { error: outside } : readText(real);
      } catch (error) {
        return { error: reasonOf(error, path.join(realRoot, file)) };
      }
    },
    list(folder) {
      try {
        const real = locate(folder);
        if (real === undefined) return undefined;
        const entries = readdirSync(real, { withFileTypes: true }).flatMap((entry) => entryOf(folder, entry, locate));
        return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
      } catch (error) {
        const reason = reasonOf(error, path.join(realRoot, folder));
        if (reason !== 'not found') options.unlisted?.(folder, reason);
        return undefined;
      }
    },
  };
}

/** What a report says of a folder that cannot be listed. */
export function unlistedProblem(folder: string, reason: string): Problem {
  return { file: folder || '.', line: 0, message: `cannot list folder: ${reason}` };
}

/** A tree with files of other places laid over it, which it does not list. */
export function layOver(tree: Tree, laid: ReadonlyMap<string, FileText>): Tree {
  return { read: (file) => laid.get(file) ?? tree.read(file), list: (folder) => tree.list(folder) };
}

function entryOf(folder: string, entry: Dirent, locate: (relative: string) => string | undefined): Entry[] {
  const { name } = entry;
  if (entry.isDirectory()) return [{ name, kind: 'folder' }];
  if (entry.isFile()) return [{ name, kind: 'file' }];
  if (!entry.isSymbolicLink()) return [];
  try {
    const real = locate(`${folder}/${name}`);
    return real !== undefined && statSync(real).isFile() ? [{ name, kind: 'file' }] : [];
  } catch {
    // A broken link is listed, so that reading it says what is wrong.
    return [{ name, kind: 'file' }];
  }
}

function readText(real: string): FileText {
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  const descriptor = openSync(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) return { error: 'is a folder' };
    if (!stat.isFile()) return { error: 'not a regular file' };
    if (stat.size > maxFileSize) return { error: `file of ${megabytes(stat.size)} MB is over the limit of ${megabytes(maxFileSize)} MB` };
    return decodeText(readFileSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** UTF-8, else latin1: then each byte is one character, and places stay right. A byte order mark is dropped, as editors do. */
export function decodeText(bytes: Uint8Array): FileText {
  const nul = bytes.indexOf(0);
  if (nul >= 0) return { error: `binary file (NUL byte at offset ${nul})` };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { text: Buffer.from(bytes).toString('latin1') };
  }
}

function megabytes(size: number): number {
  return Math.ceil(size / (1024 * 1024));
}
