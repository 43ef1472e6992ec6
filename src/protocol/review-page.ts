import * as v from 'valibot';

/** What the page of a review shows: texts, and links by number. Where a link leads only the host knows. */
export interface ReviewPageView {
  readonly title: string;
  /** The series as a whole first, where there is more than one patch; then each patch. */
  readonly scopes: readonly ReviewScope[];
}

export interface ReviewScope {
  /** `Whole series`, or `1/2 RISCV: KVM: …`. */
  readonly name: string;
  /** In short: `5 fixed, 2 accesses`. */
  readonly counts: string;
  /** What a person should know before: hunks that were left out. */
  readonly notes: readonly string[];
  /** Hunks at other lines than the patch says. */
  readonly moved: readonly string[];
  readonly order: ReviewOrder;
  readonly sections: readonly ReviewSection[];
  /** What is said where there is no section. */
  readonly nothing: string;
}

/** The order of the lock classes that are about: edges with the patch, without it, and both ways. */
export interface ReviewOrder {
  readonly edges: readonly ReviewEdge[];
  /** Classes that are taken only with the patch, or only without it. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface ReviewEdge {
  readonly outer: string;
  readonly inner: string;
  readonly change: 'added' | 'removed' | 'kept';
  /** The outer one is held by a reader. */
  readonly isReadSide: boolean;
  /** Not the inner one is taken: its readers are waited for. */
  readonly isWait: boolean;
}

export interface ReviewSection {
  readonly heading: string;
  readonly rows: readonly ReviewRow[];
}

export interface ReviewRow {
  readonly mark: Mark;
  /** The mark in a word. */
  readonly word: string;
  readonly title: readonly Piece[];
  readonly lines: readonly (readonly Piece[])[];
  /** Long lists that are folded. */
  readonly lists: readonly { readonly heading: string; readonly lines: readonly (readonly Piece[])[] }[];
}

export type Mark = 'bad' | 'good' | 'kept' | 'note' | 'added' | 'removed' | 'changed';

/** Part of a line; with a number it is a link. */
export interface Piece {
  readonly text: string;
  readonly isCode?: boolean;
  readonly link?: number;
}

export interface ToReviewPage {
  readonly type: 'review';
  readonly view: ReviewPageView;
}

export type FromReviewPage =
  { readonly type: 'ready' } | { readonly type: 'go'; readonly link: number } | { readonly type: 'reply' } | { readonly type: 'painted' };

const index = v.pipe(v.number(), v.integer(), v.minValue(0));
const piece = v.object({ text: v.string(), isCode: v.optional(v.boolean()), link: v.optional(index) });
const line = v.array(piece);
const row = v.object({
  mark: v.picklist(['bad', 'good', 'kept', 'note', 'added', 'removed', 'changed']),
  word: v.string(),
  title: line,
  lines: v.array(line),
  lists: v.array(v.object({ heading: v.string(), lines: v.array(line) })),
});
const edge = v.object({
  ...{
    outer: v.string(),
    inner: v.string(),
    change: v.picklist(['added', 'removed', 'kept']),
    isReadSide: v.boolean(),
    isWait: v.boolean(),
  },
});
const scope = v.object({
  name: v.string(),
  counts: v.string(),
  notes: v.array(v.string()),
  moved: v.array(v.string()),
  order: v.object({ edges: v.array(edge), added: v.array(v.string()), removed: v.array(v.string()) }),
  sections: v.array(v.object({ heading: v.string(), rows: v.array(row) })),
  nothing: v.string(),
});
const toPage: v.GenericSchema<unknown, ToReviewPage> = v.object({
  type: v.literal('review'),
  view: v.object({ title: v.string(), scopes: v.pipe(v.array(scope), v.minLength(1)) }),
});
const fromPage: v.GenericSchema<unknown, FromReviewPage> = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('go'), link: index }),
  v.object({ type: v.literal('reply') }),
  v.object({ type: v.literal('painted') }),
]);

/** A message to the page, or undefined for anything else. */
export function readToReviewPage(message: unknown): ToReviewPage | undefined {
  const read = v.safeParse(toPage, message);
  return read.success ? read.output : undefined;
}

/** A message of the page, or undefined for anything else. */
export function readFromReviewPage(message: unknown): FromReviewPage | undefined {
  const read = v.safeParse(fromPage, message);
  return read.success ? read.output : undefined;
}
