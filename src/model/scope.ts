import type { FileCache } from './frontend/c/file-cache.ts';
import { architectureOf, folderOf, joinPath, type Tree } from './source/tree.ts';

/** Files of one architecture that are analyzed together. */
export interface Group {
  readonly architecture: string;
  readonly sources: readonly string[];
}

/** Headers of generic code alone are read as this architecture sees them. */
const defaultArchitecture = 'x86';
/** How far above a file a Makefile that names it is looked for. */
const foldersAbove = 2;
/** Makefiles that include one another. */
const deepestInclude = 3;

/** C files named by the paths, and below those that are folders. */
export function sourcesBelow(paths: readonly string[], tree: Tree, cache: FileCache): readonly string[] {
  const found = new Set<string>();
  for (const path of paths) {
    if (cache.exists(path)) found.add(path);
    else for (const source of sourcesIn(path, tree)) found.add(source);
  }
  return [...found].sort();
}

/** C files below a folder, none of them read yet; those that the build makes are not among them. */
export function* sourcesIn(folder: string, tree: Tree): Iterable<string> {
  for (const { name, kind } of tree.list(folder) ?? []) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (kind === 'folder') yield* sourcesIn(path, tree);
    else if (name.endsWith('.c') && !name.endsWith('.mod.c')) yield path;
  }
}

/**
 * What is linked with a file, as its Makefile says (Documentation/kbuild/makefiles.rst): the objects that the Makefile of
 * its folder, or of the nearest folder above that names it, puts together. Without one, the folder's other C files.
 */
export function moduleOf(path: string, tree: Tree, cache: FileCache): readonly string[] {
  const own = folderOf(path);
  const beside = (tree.list(own) ?? [])
    .filter((e) => e.kind === 'file' && e.name.endsWith('.c'))
    .map((e) => (own === '' ? e.name : `${own}/${e.name}`));
  for (let folder = own, i = 0; i <= foldersAbove; folder = folderOf(folder), i++) {
    const objects = objectsOf(folder, tree, cache);
    if (objects.includes(path) || (path.endsWith('.h') && objects.length > 0)) return objects;
    if (folder === '') break;
  }
  // Code without a Makefile of its own is built by those that include it: arch/*/kvm for virt/kvm.
  const name = own.slice(own.lastIndexOf('/') + 1);
  for (const arch of [defaultArchitecture, ...(tree.list('arch') ?? []).map((e) => e.name)]) {
    const objects = objectsOf(`arch/${arch}/${name}`, tree, cache);
    if (objects.includes(path)) return objects;
  }
  return beside.includes(path) || path.endsWith('.h') ? beside : [path];
}

/** These sources, and what is linked with some of them. */
export function sourcesAround(sources: readonly string[], linked: readonly string[], tree: Tree, cache: FileCache): readonly string[] {
  const all = new Set<string>();
  for (const source of linked) for (const path of all.has(source) ? [] : moduleOf(source, tree, cache)) all.add(path);
  for (const source of [...sources, ...linked]) if (source.endsWith('.c')) all.add(source);
  return [...all].sort();
}

/** The same as groups. */
export function groupsAround(sources: readonly string[], linked: readonly string[], tree: Tree, cache: FileCache): readonly Group[] {
  return groupByArchitecture(sourcesAround(sources, linked, tree, cache));
}

/** Splits files by architecture; generic ones go with each architecture there is, here or in the request that they are of. */
export function groupByArchitecture(sources: readonly string[], all: readonly string[] = architecturesOf(sources)): readonly Group[] {
  if (all.length === 0) return [{ architecture: defaultArchitecture, sources }];
  return all.map((architecture) => ({
    architecture,
    sources: sources.filter((path) => (architectureOf(path) ?? architecture) === architecture),
  }));
}

export function architecturesOf(sources: readonly string[]): readonly string[] {
  return [...new Set(sources.flatMap((path) => architectureOf(path) ?? []))].sort();
}

/** C files behind the objects a Makefile names, with the Makefiles it includes. */
export function objectsOf(folder: string, tree: Tree, cache: FileCache): readonly string[] {
  const found = new Set<string>();
  const variables = new Map<string, string>();
  const read = (makefile: string, depth: number): void => {
    if (depth > deepestInclude || !cache.exists(makefile)) return;
    const file = tree.read(makefile);
    if (!('text' in file)) return;
    for (const line of file.text.replace(/\\\r?\n/g, ' ').split('\n')) {
      const include = /^\s*-?include\s+(?:\$\(srctree\)\/)?(\S+)/.exec(line);
      const assigned = /^\s*(\w+)\s*[?:]?=\s*(\S+)\s*$/.exec(line);
      if (include) read(joinPath(line.includes('$(srctree)') ? '' : folder, include[1]!.replace('$(src)', folder)) ?? '', depth + 1);
      else if (assigned && !assigned[2]!.endsWith('.o')) variables.set(assigned[1]!, assigned[2]!);
      else if (!line.startsWith('#')) objects(line);
    }
  };
  const objects = (line: string): void => {
    for (const [, object] of line.matchAll(/([\w./$()-]+)\.o\b/g)) {
      const path = joinPath(
        folder,
        object!.replace(/\$\((\w+)\)/g, (whole, name: string) => variables.get(name) ?? whole),
      );
      if (path !== undefined && cache.exists(`${path}.c`)) found.add(`${path}.c`);
    }
  };
  read(joinPath(folder, 'Makefile') ?? '', 0);
  read(joinPath(folder, 'Kbuild') ?? '', 0);
  return [...found].sort();
}
