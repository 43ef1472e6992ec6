import type { FileCache } from './frontend/c/file-cache.ts';
import { sourcesIn } from './scope.ts';
import { architectureOf, folderOf, type Tree } from './source/tree.ts';

/** C files that are looked through at the most. */
const fileLimit = 3000;

/**
 * C files that include headers, by header, of those that MAINTAINERS lists together with it; in a tree that does not say, of the whole
 * tree as far as that is small. A patch may change nothing but a header, and no Makefile tells who uses one.
 */
export function usersOf(headers: readonly string[], tree: Tree, cache: FileCache): ReadonlyMap<string, readonly string[]> {
  const included = new Map<string, ReadonlySet<string>>();
  return new Map(headers.map((header) => [header, usersOfOne(header)]));

  function usersOfOne(header: string): readonly string[] {
    const name = nameOf(header);
    const architecture = architectureOf(header);
    const users: string[] = [];
    let looked = 0;
    for (const path of candidates(header, tree, cache)) {
      if ((architectureOf(path) ?? architecture) !== architecture && architecture !== undefined) continue;
      if (++looked > fileLimit) break;
      let names = included.get(path);
      if (!names) included.set(path, (names = includedIn(path, tree)));
      if (names.has(name)) users.push(path);
    }
    return users.sort();
  }
}

/** C files that MAINTAINERS lists together with a document; in a tree that does not say, those of the whole tree. */
export function judgedBy(document: string, tree: Tree, cache: FileCache): readonly string[] {
  const found: string[] = [];
  for (const path of candidates(document, tree, cache)) {
    if (found.length >= fileLimit) break;
    found.push(path);
  }
  return found.sort();
}

/** Names of the headers that a file includes, in whatever folder: what is too many is analyzed in vain. */
function includedIn(path: string, tree: Tree): ReadonlySet<string> {
  const read = tree.read(path);
  const lines = 'text' in read ? read.text.matchAll(/^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]*)/gm) : [];
  return new Set([...lines].map(([, header]) => nameOf(header!)));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function* candidates(of: string, tree: Tree, cache: FileCache): Iterable<string> {
  const folders = maintainedWith(of, cache.textOf('MAINTAINERS') ?? '');
  if (folders.length === 0) {
    yield* sourcesIn('', tree);
    return;
  }
  for (const folder of folders) yield* sourcesIn(folder, tree);
}

/** Folders of the sections that have a pattern for the file (MAINTAINERS: `F:` lines, `*` and `?` as in a shell). */
function maintainedWith(file: string, maintainers: string): readonly string[] {
  const folders = new Set<string>();
  for (const section of maintainers.split(/\n\s*\n/)) {
    const patterns = [...section.matchAll(/^F:\s*(\S+)/gm)].map(([, pattern]) => pattern!);
    if (!patterns.some((pattern) => matches(pattern, file))) continue;
    for (const pattern of patterns) {
      if (pattern.endsWith('/') && !/[*?]/.test(pattern)) folders.add(pattern.slice(0, -1));
      else if (pattern.endsWith('.c') || pattern.endsWith('*')) folders.add(folderOf(pattern));
    }
  }
  // The section of everything is no hint.
  return [...folders]
    .filter((folder) => folder !== '' && !/[*?]/.test(folder) && !/^(Documentation|include|arch\/\w+\/include)\b/.test(folder))
    .sort();
}

/** A shell's pattern, folder by folder; in linear time, as the pattern is as hostile as any text of a tree. */
function matches(pattern: string, path: string): boolean {
  const isFolder = pattern.endsWith('/');
  const [wanted, given] = [(isFolder ? pattern.slice(0, -1) : pattern).split('/'), path.split('/')];
  if (isFolder ? wanted.length >= given.length : wanted.length !== given.length) return false;
  return wanted.every((part, i) => matchesName(part, given[i]!));
}

/** `*` and `?` within one name: where the rest does not fit, the last star takes one character more. */
function matchesName(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let taken = 0;
  for (let i = 0; i < name.length;) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at++;
      taken = i;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++taken;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
