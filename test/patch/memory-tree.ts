import { joinPath, type Entry, type Tree } from '../../src/model/source/tree.ts';

/** A tree of texts in memory. */
export function memoryTree(files: Readonly<Record<string, string>>): Tree {
  return {
    read(path) {
      const joined = joinPath('', path);
      const text = joined === undefined ? undefined : files[joined];
      return text === undefined ? { error: 'not found' } : { text };
    },
    list(folder) {
      const below = folder === '' ? '' : `${folder}/`;
      const entries = new Map<string, Entry>();
      for (const path of Object.keys(files).filter((one) => one.startsWith(below))) {
        const [name, ...rest] = path.slice(below.length).split('/');
        entries.set(name!, { name: name!, kind: rest.length === 0 ? 'file' : 'folder' });
      }
      return entries.size === 0 ? undefined : [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}
