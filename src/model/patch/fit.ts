import type { Tree } from '../source/tree.ts';
import { applyPatch, takeOff, textsOf } from './apply.ts';
import { PatchedTree } from './overlay.ts';
import type { Patch } from './patch.ts';

/** Texts that a tree has instead of its own; undefined where it has no such file. */
export type Texts = ReadonlyMap<string, string | undefined>;

/**
 * What makes a tree one without those patches that it has already, the last taken off first. `areInTree`: it is known to have them.
 * Where all of them go on, one after the other, it has none: a series that ends as it began fits both ways.
 */
export function withoutPatches(tree: Tree, patches: readonly Patch[], areInTree = false): { texts: Texts; taken: ReadonlySet<Patch> } {
  const patched = new PatchedTree(tree);
  const taken = new Set<Patch>();
  let texts: Texts = new Map();
  if (!areInTree && goOn(tree, patches, texts)) return { texts, taken };
  for (const patch of patches.toReversed()) {
    const off = areInTree ? takeOff(patched, patch) : undefined;
    const applied = off?.state === 'reversed' ? off : applyPatch(patched, patch);
    if (applied.state !== 'reversed') continue;
    taken.add(patch);
    texts = new Map([...texts, ...textsOf(applied, 'before')]);
    patched.set(texts);
  }
  return { texts, taken };
}

/** Whether the patches go on a tree, one after the other and whole, once those that it has are taken off. */
export function fit(tree: Tree, patches: readonly Patch[]): boolean {
  return goOn(tree, patches, withoutPatches(tree, patches).texts);
}

/** Whether the patches go on a tree with other texts, one after the other and whole. */
function goOn(tree: Tree, patches: readonly Patch[], start: Texts): boolean {
  const patched = new PatchedTree(tree);
  let texts = start;
  return patches.every((patch) => {
    patched.set(texts);
    const applied = applyPatch(patched, patch);
    texts = new Map([...texts, ...textsOf(applied, 'after')]);
    return applied.state === 'forward';
  });
}
