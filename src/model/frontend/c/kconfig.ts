import { architectureOf, folderOf, joinPath } from '../../source/tree.ts';
import type { FileCache } from './file-cache.ts';

/**
 * Symbols that are set whenever these files are built: what the architecture itself is and selects, and what the symbol
 * that builds a folder selects, as far as nothing else decides (Documentation/kbuild/kconfig-language.rst).
 */
export function selectedSymbols(architecture: string | undefined, sources: readonly string[], cache: FileCache): ReadonlySet<string> {
  const found = new Set<string>();
  if (architecture === undefined) return found;
  for (const [name, entry] of entriesOf(`arch/${architecture}/Kconfig`, cache)) {
    if (!entry.isAlways) continue;
    found.add(`CONFIG_${name}`);
    for (const symbol of entry.selects) found.add(`CONFIG_${symbol}`);
  }
  for (const folder of new Set(sources.filter((path) => architectureOf(path) !== undefined).map(folderOf))) {
    const entries = entriesOf(`${folder}/Kconfig`, cache);
    for (const name of buildSymbols(folder, cache)) for (const symbol of entries.get(name)?.selects ?? []) found.add(`CONFIG_${symbol}`);
  }
  return found;
}

/** Folders that the Makefiles of the sources' folders, or of the folder above, add with `-I`. */
export function includeFolders(sources: readonly string[], cache: FileCache): readonly string[] {
  const found = new Set<string>();
  const folders = new Set(sources.map(folderOf));
  for (const folder of [...folders]) folders.add(folderOf(folder));
  for (const folder of folders) {
    const makefile = cache.textOf(folder === '' ? 'Makefile' : `${folder}/Makefile`);
    if (folder === '' || makefile === undefined) continue;
    for (const [, named] of makefile.matchAll(/-I\s*(\$\([^\s]+|[\w./-]+)/g)) {
      const path = named!.replace(/\$\(src(tree\)\/\$\(src)?\)/g, folder).replace(/\$\((srctree|objtree)\)\/?/g, '');
      const normal = path.includes('$') ? undefined : joinPath('', path);
      if (normal !== undefined && normal !== '') found.add(normal);
    }
  }
  return [...found].sort();
}

interface Entry {
  /** `def_bool y` without a dependency. */
  readonly isAlways: boolean;
  readonly selects: readonly string[];
}

function entriesOf(path: string, cache: FileCache): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  const text = cache.textOf(path);
  if (text === undefined) return entries;
  for (const block of text.split(/^(?=(?:menu)?config\s|menu\s|if\s|endif|endmenu|choice|source\s)/m)) {
    const name = /^(?:menu)?config\s+(\w+)/.exec(block)?.[1];
    if (name === undefined) continue;
    const isAlways = /^\s+def_bool y\s*$/m.test(block) && !/^\s+depends on/m.test(block);
    entries.set(name, { isAlways, selects: [...block.matchAll(/^\s+select\s+(\w+)\s*$/gm)].map((m) => m[1]!) });
  }
  return entries;
}

/** Folders above a source whose Makefile may name it, or whose Kconfig has its symbol. */
const foldersAbove = 2;

/**
 * Whether a source is always a part of the kernel itself, as its Makefile says: everything may then call it. What may be a module is
 * called from outside only where it exports something. True where nothing tells.
 */
export function isBuiltIn(path: string, sources: readonly string[], textOf: (path: string) => string | undefined): boolean {
  // Code without a Makefile of its own is built by those that include it.
  for (const folder of [...above(folderOf(path)), ...new Set(sources.map(folderOf))]) {
    const symbols = symbolsThatBuild(path, makefileLines(folder, textOf));
    if (symbols.length > 0) return symbols.every((symbol) => symbol === 'y' || isBool(symbol, folder, textOf));
  }
  return true;
}

function above(folder: string): readonly string[] {
  const folders = [folder];
  for (let i = 0; i < foldersAbove && folders.at(-1) !== ''; i++) folders.push(folderOf(folders.at(-1)!));
  return folders;
}

function makefileLines(folder: string, textOf: (path: string) => string | undefined): readonly string[] {
  const read = (path: string): readonly string[] => (textOf(path) ?? '').replace(/\\\r?\n/g, ' ').split('\n');
  const own = ['Makefile', 'Kbuild'].flatMap((name) => read(folder === '' ? name : `${folder}/${name}`));
  const included = own.flatMap((line) => /^\s*-?include\s+\$\(srctree\)\/(\S+)/.exec(line)?.[1] ?? []);
  return [...own, ...included.flatMap(read)];
}

/** Whether a Makefile that builds a source defines a name: `ccflags-y += -DDEBUG`. */
export function definesByMakefile(name: string, path: string, textOf: (path: string) => string | undefined): boolean {
  const definition = new RegExp(`-D\\s*${name}\\b`);
  return above(folderOf(path)).some((folder) => makefileLines(folder, textOf).some((line) => definition.test(line)));
}

/** `y`, or the symbol: `obj-$(CONFIG_KVM) += kvm.o` of what `kvm-y += vcpu.o` puts together. */
function symbolsThatBuild(path: string, lines: readonly string[]): readonly string[] {
  const objects = new Set([path.slice(path.lastIndexOf('/') + 1).replace(/\.c$/, '')]);
  const found: string[] = [];
  for (const object of objects) {
    for (const line of lines) {
      const [, target, by, list] = /^\s*([\w.-]+?)-(y|m|objs|\$\(\w+\))\s*[:+]?=(.*)$/.exec(line) ?? [];
      if (!list?.split(/\s+/).some((word) => word.slice(word.lastIndexOf('/') + 1) === `${object}.o`)) continue;
      if (target === 'obj') found.push(/^\$\(CONFIG_(\w+)\)$/.exec(by!)?.[1] ?? by!);
      else objects.add(target!);
    }
  }
  return found;
}

/** Whether a symbol's Kconfig says that it is no module. */
function isBool(symbol: string, folder: string, textOf: (path: string) => string | undefined): boolean {
  const entry = new RegExp(`^(?:menu)?config\\s+${symbol}\\s*\\n\\s+(?:def_)?(\\w+)`, 'm');
  for (const place of above(folder)) {
    const type = entry.exec(textOf(place === '' ? 'Kconfig' : `${place}/Kconfig`) ?? '')?.[1];
    if (type !== undefined) return type === 'bool' || type === 'y';
  }
  return false;
}

/** `obj-$(CONFIG_KVM) += kvm.o` */
function buildSymbols(folder: string, cache: FileCache): readonly string[] {
  const makefile = cache.textOf(`${folder}/Makefile`) ?? '';
  return [...makefile.matchAll(/^obj-\$\(CONFIG_(\w+)\)/gm)].map((m) => m[1]!);
}
