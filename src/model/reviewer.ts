import type { Tree } from './source/tree.ts';
import type { Reviewer } from './reviewer-api.ts';

/** What the core needs from outside: a tree to read, and the bytes of tree-sitter's runtime and of its C grammar. */
export interface ReviewerHost {
  readonly tree: Tree;
  readonly runtimeWasm: Uint8Array;
  readonly grammarWasm: Uint8Array;
}

export async function createReviewer(_host: ReviewerHost): Promise<Reviewer> {
  throw new Error('under construction');
}
