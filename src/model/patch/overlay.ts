import { folderOf, joinPath, type Entry, type FileText, type Tree } from '../source/tree.ts';

/** What a layer says of the folders it changes. */
export interface Layer {
  readonly names: ReadonlyMap<string, ReadonlyMap<string, 'file' | 'folder' | 'gone'>>;
}

/** A layer with files of these paths: there with `true`, gone with `false`. */
export function layerOf(paths: Iterable<readonly [path: string, isThere: boolean]>): Layer {
  const names = new Map<string, Map<string, 'file' | 'folder' | 'gone'>>();
  const put = (path: string, kind: 'file' | 'folder' | 'gone'): void => {
    const folder = folderOf(path);
    const entries = names.get(folder) ?? new Map<string, 'file' | 'folder' | 'gone'>();
    names.set(folder, entries.set(path.slice(folder === '' ? 0 : folder.length + 1), kind));
  };
  for (const [path, isThere] of paths) {
    put(path, isThere ? 'file' : 'gone');
    if (isThere) for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) put(folder, 'folder');
  }
  return { names };
}

/** The entries of a folder of `base` below a layer. A folder whose last file is gone is gone itself. */
export function listBelow(base: Tree, layer: Layer, path: string): readonly Entry[] | undefined {
  const folder = joinPath('', path);
  const listed = base.list(path);
  const changed = folder === undefined ? undefined : layer.names.get(folder);
  const below = folder === '' ? '' : `${folder}/`;
  const kept = (listed ?? []).filter(
    ({ name, kind }) => changed?.get(name) === undefined && (kind === 'file' || !isEmptied(`${below}${name}`)),
  );
  if (changed === undefined) return listed === undefined ? undefined : kept.length === listed.length ? listed : kept;
  const added = [...changed].flatMap(([name, kind]): Entry[] => (kind === 'gone' ? [] : [{ name, kind }]));
  const entries = [...kept, ...added].sort((a, b) => (a.name < b.name ? -1 : 1));
  return listed === undefined && entries.length === 0 ? undefined : entries;

  function isEmptied(child: string): boolean {
    if (!reaches(layer, child)) return false;
    const before = base.list(child);
    return before !== undefined && before.length > 0 && listBelow(base, layer, child)?.length === 0;
  }
}

function reaches(layer: Layer, folder: string): boolean {
  if (layer.names.has(folder)) return true;
  for (const changed of layer.names.keys()) if (changed.startsWith(`${folder}/`)) return true;
  return false;
}

/** A tree with some texts laid over it: the one before a patch, or the one after. The tree below is only read. */
export class PatchedTree implements Tree {
  private texts: ReadonlyMap<string, string | undefined> = new Map();
  private layer = layerOf([]);

  constructor(private readonly base: Tree) {}

  /** Lays these texts over the tree, undefined for a file that is gone, and no others. Gives the paths that read differently now. */
  set(texts: ReadonlyMap<string, string | undefined>): string[] {
    const old = this.texts;
    const next = new Map([...texts].flatMap(([path, text]) => entryOf(path, text)));
    const textIn = (layer: ReadonlyMap<string, string | undefined>, path: string): string | undefined => {
      if (layer.has(path)) return layer.get(path);
      const read = this.base.read(path);
      return 'text' in read ? read.text : undefined;
    };
    const paths = [...new Set([...old.keys(), ...next.keys()])].sort();
    this.texts = next;
    this.layer = layerOf([...next].map(([path, text]) => [path, text !== undefined]));
    return paths.filter((path) => textIn(old, path) !== textIn(next, path));
  }

  read(path: string): FileText {
    const joined = joinPath('', path);
    if (joined === undefined || !this.texts.has(joined)) return this.base.read(path);
    const text = this.texts.get(joined);
    return text === undefined ? { error: 'not found' } : { text };
  }

  list(folder: string): readonly Entry[] | undefined {
    return listBelow(this.base, this.layer, folder);
  }
}

/** A path that leaves the tree is in none. */
function entryOf(path: string, text: string | undefined): [string, string | undefined][] {
  const joined = joinPath('', path);
  return joined === undefined || joined === '' ? [] : [[joined, text]];
}
