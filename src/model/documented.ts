import { readDocument } from './orders/document.ts';
import type { Rule } from './orders/rule.ts';
import type { Problem } from './source/location.ts';
import type { Tree } from './source/tree.ts';

/** Orders that documents state, and what of them could not be read. */
export interface Documented {
  readonly rules: readonly Rule[];
  readonly problems: readonly Problem[];
}

/** Every `locking.rst` below a folder of a tree. */
export function documentsBelow(folder: string, tree: Tree): readonly string[] {
  const found: string[] = [];
  for (const entry of tree.list(folder) ?? []) {
    const path = `${folder}/${entry.name}`;
    if (entry.kind === 'file' && entry.name === 'locking.rst') found.push(path);
    else if (entry.kind === 'folder') found.push(...documentsBelow(path, tree));
  }
  return found;
}

/** Whether a document is one of those that are read without being named. */
export function isOrderDocument(path: string): boolean {
  return /^Documentation\/(.*\/)?locking\.rst$/.test(path);
}

export function readDocuments(paths: readonly string[], tree: Tree): Documented {
  const rules: Rule[] = [];
  const problems: Problem[] = [];
  for (const path of paths) {
    const file = tree.read(path);
    if ('error' in file) {
      problems.push({ file: path, line: 0, message: `cannot read ${path}: ${file.error}` });
      continue;
    }
    const found = readDocument(path, file.text);
    rules.push(...found.rules);
    problems.push(...found.problems);
  }
  return { rules, problems };
}
