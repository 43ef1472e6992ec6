import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { createDiskTree, layOver } from '../host/disk-tree.ts';
import { findTree } from '../host/find-tree.ts';
import { reasonOf } from '../host/system-error.ts';
import { sourcesIn } from '../model/scope.ts';
import type { FileText, Tree } from '../model/source/tree.ts';
import { CannotRun } from './command.ts';

/** Where paths of the command line are looked for, first match first. */
interface Root {
  /** Absolute, as the user wrote it; may be reached through symbolic links. */
  readonly folder: string;
  readonly startingPoints: readonly string[];
  /** Neither named nor found by its MAINTAINERS: the current folder, for want of better. */
  readonly isGuess: boolean;
}

export interface Target {
  /** As the user wrote it. */
  readonly given: string;
  /** Relative to the tree, with `/`; empty for the tree itself. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
}

/** `--tree`, or the nearest folder above the first path (else above the current folder) that has MAINTAINERS, else the current folder. */
export function findRoot(treeOption: string | undefined, given: readonly string[], cwd: string): Root {
  if (treeOption !== undefined) {
    const folder = path.resolve(cwd, treeOption);
    if (kindOf(folder, treeOption) !== 'folder') throw new CannotRun(`cannot read ${treeOption}: not a folder`);
    return { folder, startingPoints: [folder, cwd], isGuess: false };
  }
  const first = given.map((each) => path.resolve(cwd, each)).find(exists);
  const found = (first === undefined ? undefined : findTree(first)) ?? findTree(cwd);
  const folder = found ?? cwd;
  return { folder, startingPoints: [cwd, folder], isGuess: found === undefined };
}

/** A path of the command line as the tree has it. What is outside the tree is refused, also through a link. */
export function targetIn(root: Root, given: string): Target {
  const { absolute, kind } = find(root, given);
  const inside = relativeTo(root.folder, absolute);
  if (inside === undefined) throw new CannotRun(`cannot check ${given}: outside the tree ${root.folder} (--tree DIR names another)`);
  return { given, path: inside, kind };
}

/** The sources that a target names: the file itself, or the C files below the folder, none of them read yet. */
export function sourcesOf(tree: Tree, { path: named, kind }: Pick<Target, 'path' | 'kind'>): Iterable<string> {
  return kind === 'file' ? [named] : sourcesIn(named, tree);
}

interface AddedOrders {
  readonly tree: Tree;
  readonly orders: readonly string[];
  /** What lies over the tree. */
  readonly outside: ReadonlyMap<string, FileText>;
}

/** Files of documented orders may lie anywhere, as the user names them: those outside are laid over the tree by their absolute path. */
export function addOrders(tree: Tree, root: Root, given: readonly string[]): AddedOrders {
  const outside = new Map<string, FileText>();
  const orders = given.map((each) => {
    const { absolute } = find(root, each);
    const inside = relativeTo(root.folder, absolute);
    const text = inside === undefined ? readOutside(realpathSync(absolute)) : tree.read(inside);
    if ('error' in text) throw new CannotRun(`cannot read ${each}: ${text.error}`);
    if (inside !== undefined) return inside;
    const name = withSlashes(absolute);
    outside.set(name, text);
    return name;
  });
  return { tree: layOver(tree, outside), orders, outside };
}

function readOutside(file: string): FileText {
  return createDiskTree(path.dirname(file)).read(path.basename(file));
}

function find(root: Root, given: string): { absolute: string; kind: Target['kind'] } {
  const places = given === '' ? [] : [...new Set(root.startingPoints.map((start) => path.resolve(start, given)))];
  const absolute = places.find(exists) ?? places[0];
  if (absolute === undefined) throw new CannotRun('cannot read a path without a name');
  return { absolute, kind: kindOf(absolute, given) };
}

function exists(place: string): boolean {
  try {
    statSync(place);
    return true;
  } catch {
    return false;
  }
}

function kindOf(place: string, given: string): Target['kind'] {
  try {
    const stat = statSync(place);
    if (stat.isDirectory()) return 'folder';
    if (stat.isFile()) return 'file';
  } catch (error) {
    throw new CannotRun(`cannot read ${given}: ${reasonOf(error, place)}`);
  }
  throw new CannotRun(`cannot read ${given}: not a regular file`);
}

function relativeTo(root: string, absolute: string): string | undefined {
  const real = path.relative(realpathSync(root), realpathSync(absolute));
  if (isOutside(real)) return undefined;
  const asWritten = path.relative(root, absolute);
  return withSlashes(isOutside(asWritten) ? real : asWritten);
}

function isOutside(relative: string): boolean {
  return path.isAbsolute(relative) || relative === '..' || relative.startsWith(`..${path.sep}`);
}

function withSlashes(file: string): string {
  return file.split(path.sep).join('/');
}
