import { isOrderDocument } from './documented.ts';
import type { FileCache } from './frontend/c/file-cache.ts';
import { readComments } from './orders/comment.ts';
import { groupsAround } from './scope.ts';
import { foldedCode } from './source/folded-code.ts';
import type { Problem } from './source/location.ts';
import type { Tree } from './source/tree.ts';
import { judgedBy, usersOf } from './users.ts';

/** A tree, and what is known of its files. */
export interface Known {
  readonly tree: Tree;
  readonly cache: FileCache;
}

/** C files that are to be analyzed, and what of them is left out. */
export interface Scope {
  readonly sources: readonly string[];
  readonly problems: readonly Problem[];
}

/** Files that use a header, or that a document speaks of, analyzed at the most where no C file of the patch has to do with it. */
const userLimit = 120;

/** C files that a patch touches with what is linked with them, and those that are judged by documents it touches. */
export function scopeOf({ tree, cache }: Known, touched: readonly string[], orders: readonly string[]): Scope {
  cache.revision();
  const there = touched.filter((path) => cache.exists(path));
  const own = there.filter((path) => path.endsWith('.c'));
  const linked = linkedWith(own, tree, cache);
  const users: string[] = [];
  const problems: Problem[] = [];
  for (const document of there.filter((path) => isOrderDocument(path) || orders.includes(path))) {
    const judged = judgedBy(document, tree, cache);
    if (!judged.some((source) => linked.includes(source))) users.push(...bounded(document, judged, 'belong to', problems));
  }
  return { sources: users.length === 0 ? linked : linkedWith([...own, ...users], tree, cache), problems };
}

/** The same with files that use headers which no file of the scope has read. */
export function withUsersOf(headers: readonly string[], { sources, problems }: Scope, { tree, cache }: Known): Scope {
  const told = [...problems];
  const users = [...usersOf(headers, tree, cache)].flatMap(([header, files]) => bounded(header, files, 'include', told));
  return { sources: linkedWith([...sources, ...users], tree, cache), problems: told };
}

function bounded(file: string, users: readonly string[], does: 'include' | 'belong to', problems: Problem[]): readonly string[] {
  if (users.length > userLimit)
    problems.push({ file, line: 0, message: `${users.length} files ${does} it: ${userLimit} of them are looked at` });
  else if (users.length === 0)
    problems.push({ file, line: 0, message: `no C file is known to ${does} it: what it changes there is not looked at` });
  return users.slice(0, userLimit);
}

function linkedWith(files: readonly string[], tree: Tree, cache: FileCache): readonly string[] {
  const all = [...new Set(files)].sort();
  return all.length === 0 ? [] : groupsAround(all, all, tree, cache).flatMap((group) => group.sources);
}

/** Whether a file says the same in two trees: the same code, and the same of it in comments that are read. */
export function saysTheSame(path: string, trees: readonly [Tree, Tree]): boolean {
  const [a, b] = trees.map((tree) => tree.read(path)) as [ReturnType<Tree['read']>, ReturnType<Tree['read']>];
  if (!('text' in a) || !('text' in b)) return !('text' in a) && !('text' in b);
  if (a.text === b.text) return true;
  if (!/\.[ch]$/.test(path) || /lockstep:/.test(a.text + b.text) || foldedCode(a.text) !== foldedCode(b.text)) return false;
  return ordersIn(path, a.text) === ordersIn(path, b.text);
}

function ordersIn(path: string, text: string): string {
  return JSON.stringify(readComments(path, text).map(({ outer, inner, text: sentence }) => [outer, inner, sentence]));
}
