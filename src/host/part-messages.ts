import type { PartAnswer } from '../model/part-answer.ts';
import type { Part } from '../model/parts.ts';
import type { CheckRequest, Progress } from '../model/reviewer-api.ts';
import type { Problem } from '../model/source/location.ts';
import type { FileText } from '../model/source/tree.ts';

/** What all parts of a check have in common. */
export interface PartsRequest {
  /** Folder of the tree, absolute. */
  readonly root: string;
  /** Files of other places, laid over the tree. */
  readonly laid: readonly (readonly [path: string, text: FileText])[];
  /** Where answers are kept; without it nothing is. */
  readonly cache?: { readonly folder: string; readonly version: string };
  readonly request: Pick<CheckRequest, 'paths' | 'orders' | 'scope' | 'enabled'>;
}

export type FromPartWorker =
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** For a person. */
  | { readonly kind: 'notice'; readonly notice: string }
  /** `unlisted`: folders that are there and cannot be listed. */
  | { readonly kind: 'answer'; readonly answer: PartAnswer; readonly unlisted: readonly Problem[] }
  | { readonly kind: 'failed'; readonly error: string };

export interface ToPartWorker {
  readonly part: Part;
}
