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

/** `obj-$(CONFIG_KVM) += kvm.o` */
function buildSymbols(folder: string, cache: FileCache): readonly string[] {
  const makefile = cache.textOf(`${folder}/Makefile`) ?? '';
  return [...makefile.matchAll(/^obj-\$\(CONFIG_(\w+)\)/gm)].map((m) => m[1]!);
}
