import type { FileChange, Hunk, HunkLine } from './patch.ts';

/** A patch put on a tree, or taken off it: two texts of each file it touches, and where each of its lines is in them. */
export interface Applied {
  /** `reversed`: the tree has the patch already. `none`: no hunk fits. */
  readonly state: 'forward' | 'reversed' | 'partly' | 'none';
  readonly files: readonly AppliedFile[];
  /** Hunks and files that were left out, and why. */
  readonly refused: readonly Refused[];
}

export interface AppliedFile {
  readonly change: FileChange;
  /** Undefined where the file is not there before, or after; also of a binary. Paths as in `change`. */
  readonly before?: string;
  readonly after?: string;
  readonly hunks: readonly PlacedHunk[];
}

export interface PlacedHunk {
  readonly hunk: Hunk;
  /** First lines in the texts, counted from 1: where it was found, which may be some lines off what the patch says. */
  readonly beforeStart: number;
  readonly afterStart: number;
  /** Each line with where it is in the texts; a removed one is not in the text after, an added one not in that before. */
  readonly lines: readonly PlacedLine[];
}

export interface PlacedLine extends HunkLine {
  readonly before?: number;
  readonly after?: number;
}

export interface Refused {
  readonly file: string;
  /** Line of `Patch.text`. */
  readonly line: number;
  /** Why, in words. */
  readonly message: string;
}
