import type { Tree } from '../source/tree.ts';
import { applyPatch, takeOff, textsOf } from './apply.ts';
import { PatchedTree } from './overlay.ts';
import type { Applied } from './applied.ts';
import type { Patch } from './patch.ts';

/** Texts that a tree has instead of its own; undefined where it has no such file. */
export type Texts = ReadonlyMap<string, string | undefined>;

/**
 * What makes a tree one without those patches that it has already, the last taken off first. `areInTree`: it is known to have them.
 * It has none where the first goes on and none of those after it, put on one after the other, is there: a series that ends as it began
 * fits both ways.
 */
export function withoutPatches(tree: Tree, patches: readonly Patch[], areInTree = false): { texts: Texts; taken: ReadonlySet<Patch> } {
  const patched = new PatchedTree(tree);
  const taken = new Set<Patch>();
  let texts: Texts = new Map();
  if (!areInTree) {
    const states = statesOn(tree, patches, texts);
    if (states[0] === 'forward' && !states.includes('reversed')) return { texts, taken };
  }
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
  return statesOn(tree, patches, withoutPatches(tree, patches).texts).every((state) => state === 'forward');
}

/** How patches go on a tree with other texts, one after the other. */
function statesOn(tree: Tree, patches: readonly Patch[], start: Texts): readonly Applied['state'][] {
  const patched = new PatchedTree(tree);
  let texts = start;
  return patches.map((patch) => {
    patched.set(texts);
    const applied = applyPatch(patched, patch);
    texts = new Map([...texts, ...textsOf(applied, 'after')]);
    return applied.state;
  });
}
