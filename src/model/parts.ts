import type { FileCache } from './frontend/c/file-cache.ts';
import { architecturesOf, groupByArchitecture, objectsOf, type Group } from './scope.ts';
import { folderOf, type Tree } from './source/tree.ts';

/** Sources that are analyzed together, and by themselves: calls from one part to another are not followed. */
export interface Part {
  /** Sorted. */
  readonly sources: readonly string[];
  /** Those of the whole request: generic sources are read for each, wherever its own files are. */
  readonly architectures: readonly string[];
  /** Characters, of those that are many: it says how long it will take. */
  readonly size: number;
}

/** So few sources are not split, whatever is in them. */
export const fewSources = 256;
/** Characters of sources that one part has at the most, unless one Makefile puts more together. It takes about a gigabyte to analyze; twice as many take more than twice the time. */
export const defaultPartSize = 14_000_000;
/** Of a part, what sources directly in a folder that is taken apart may be, to go with each part of it. */
const commonShare = 0.25;

/** A folder with the sources that its Makefile puts together, and folders below. */
interface Folder {
  readonly own: string[];
  readonly below: Map<string, Folder>;
}

/** Something that is never taken apart any more. */
interface Piece {
  readonly sources: readonly string[];
  readonly size: number;
}

/**
 * Splits sources that are too many to be analyzed at once, by folders: what is together in the tree stays together as far as it goes.
 * What a Makefile puts together with files of its folder (`virt/kvm` with `arch/x86/kvm`) goes with that folder. Sources directly in a folder
 * that is taken apart are mostly what the folders below have in common (`fs/*.c`), and go with each of its parts.
 */
export function partsOf(sources: readonly string[], tree: Tree, cache: FileCache, partSize: number): readonly Part[] {
  const sizes = new Map(sources.map((path) => [path, sizeOf(tree, path)]));
  const splitter = new Splitter((path) => sizes.get(path) ?? 0, partSize);
  const pieces = splitter.split(foldersOf(sources, tree, cache), []);
  const architectures = architecturesOf(sources);
  if (pieces.length < 2) return [wholeOf(sources)];
  return pieces.map((piece) => ({ sources: [...piece.sources].sort(), architectures, size: piece.size }));
}

/** All as one part. */
export function wholeOf(sources: readonly string[]): Part {
  return { sources, architectures: architecturesOf(sources), size: 0 };
}

/** The groups of a part: one for each architecture it has sources for. */
export function groupsOf({ sources, architectures }: Part): readonly Group[] {
  return groupByArchitecture(sources, architectures).filter((group) => group.sources.length > 0 || sources.length === 0);
}

function sizeOf(tree: Tree, path: string): number {
  const read = tree.read(path);
  return 'text' in read ? read.text.length : 0;
}

/** Sources as a tree of folders, each in the folder whose Makefile puts it together with others, else in its own. */
function foldersOf(sources: readonly string[], tree: Tree, cache: FileCache): Folder {
  const named = new Set(sources);
  const homes = new Map<string, string>();
  for (const folder of [...new Set(sources.map(folderOf))].sort()) {
    for (const object of objectsOf(folder, tree, cache)) {
      const isElsewhere = folder !== '' && !object.startsWith(`${folder}/`);
      if (isElsewhere && named.has(object) && !homes.has(object)) homes.set(object, folder);
    }
  }
  const root: Folder = { own: [], below: new Map() };
  for (const path of sources) {
    let folder = root;
    const home = homes.get(path) ?? folderOf(path);
    for (const name of home === '' ? [] : home.split('/')) {
      let below = folder.below.get(name);
      if (!below) folder.below.set(name, (below = { own: [], below: new Map() }));
      folder = below;
    }
    folder.own.push(path);
  }
  return root;
}

class Splitter {
  constructor(
    private readonly sizeOf: (path: string) => number,
    private readonly limit: number,
  ) {}

  /** `common`: what goes with each part. */
  split(folder: Folder, common: readonly string[]): readonly Piece[] {
    const whole = this.piece(allOf(folder));
    const shared = this.piece(common);
    if (whole.size + shared.size <= this.limit || folder.below.size === 0) return [join(shared, whole)];
    const own = this.piece(folder.own);
    const isCommon = own.size + shared.size <= this.limit * commonShare;
    const taken = isCommon ? join(shared, own) : shared;
    const parts: Piece[] = [];
    const small: Piece[] = isCommon ? [] : [own];
    for (const [, below] of [...folder.below].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const all = this.piece(allOf(below));
      if (all.size + taken.size > this.limit) parts.push(...this.split(below, taken.sources));
      else small.push(all);
    }
    return [...parts, ...this.pack(small, taken)];
  }

  /** Puts pieces together, in their order, as long as they fit. */
  private pack(pieces: readonly Piece[], common: Piece): readonly Piece[] {
    const packed: Piece[] = [];
    let open = common;
    for (const piece of pieces) {
      if (open !== common && open.size + piece.size > this.limit) {
        packed.push(open);
        open = common;
      }
      open = join(open, piece);
    }
    return open === common ? packed : [...packed, open];
  }

  private piece(sources: readonly string[]): Piece {
    return { sources, size: sources.reduce((sum, path) => sum + this.sizeOf(path), 0) };
  }
}

function allOf(folder: Folder): readonly string[] {
  return [...folder.own, ...[...folder.below.values()].flatMap(allOf)];
}

function join(a: Piece, b: Piece): Piece {
  return { sources: [...a.sources, ...b.sources], size: a.size + b.size };
}
