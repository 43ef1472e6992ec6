import type { Tree } from '../source/tree.ts';
import { applyPatch, takeOff, textsOf } from './apply.ts';
import { PatchedTree } from './overlay.ts';
import type { Patch } from './patch.ts';

/** Texts that a tree has instead of its own; undefined where it has no such file. */
export type Texts = ReadonlyMap<string, string | undefined>;

/** What makes a tree one without those patches that it has already, the last taken off first. `areInTree`: it is known to have them. */
export function withoutPatches(tree: Tree, patches: readonly Patch[], areInTree = false): { texts: Texts; taken: ReadonlySet<Patch> } {
  const patched = new PatchedTree(tree);
  const taken = new Set<Patch>();
  let texts: Texts = new Map();
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
  const patched = new PatchedTree(tree);
  let { texts } = withoutPatches(tree, patches);
  for (const patch of patches) {
    patched.set(texts);
    const applied = applyPatch(patched, patch);
    if (applied.state !== 'forward') return false;
    texts = new Map([...texts, ...textsOf(applied, 'after')]);
  }
  return true;
}
