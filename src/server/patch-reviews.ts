import { remarksOf } from '../model/compare/remarks.ts';
import type { PatchSet } from '../model/patch/patch.ts';
import { hasUnsure } from '../model/report/left-out.ts';
import { isLeftOut, isReviewedInPart } from '../model/report/not-reviewed.ts';
import { renderReply } from '../model/report/reply.ts';
import type { Review } from '../model/review-api.ts';
import type { ReplyParams } from '../protocol/review.ts';
import type { AnalysisThread } from './analysis-thread.ts';

export interface KeptReview {
  /** Absolute path of the tree. */
  readonly root: string;
  readonly orders: readonly string[];
  readonly set: PatchSet;
  readonly review: Review;
  /** The commit that the patches were put on. */
  readonly commit?: string;
}

/** A client asks about the one it shows; others may be in tabs that are still open. */
const keptReviews = 8;
/** Milliseconds after which a thread that nobody asks gives back its memory. */
const idleTime = 10 * 60 * 1000;

/** Reviews of patches: the last few, and the thread that makes them. It stays for a while, as the next review is mostly of the same tree. */
export class PatchReviews {
  private readonly kept = new Map<number, KeptReview>();
  private next = 1;
  private idle: NodeJS.Timeout | undefined;

  constructor(readonly thread: AnalysisThread) {}

  async ask<A>(question: (thread: AnalysisThread) => Promise<A>): Promise<A> {
    clearTimeout(this.idle);
    try {
      return await question(this.thread);
    } finally {
      clearTimeout(this.idle);
      this.idle = setTimeout(() => {
        if (this.thread.idle) void this.thread.dispose();
      }, idleTime).unref();
    }
  }

  /** The number that it is asked for by. */
  keep(review: KeptReview): number {
    const id = this.next++;
    this.kept.set(id, review);
    const [oldest] = this.kept.keys();
    if (this.kept.size > keptReviews && oldest !== undefined) this.kept.delete(oldest);
    return id;
  }

  get(id: number): KeptReview {
    const kept = this.kept.get(id);
    if (!kept) throw new Error('this review is no longer kept: review again');
    return kept;
  }

  /**
   * A file before or after a patch, as far as the patches of the series know it: where this one leaves it alone, as an earlier one left it
   * or a later one found it. No text: there is no such file.
   */
  text({ review: { patches } }: KeptReview, patch: number, side: 'before' | 'after', file: string): { isKnown: boolean; text?: string } {
    const found = (at: number, wanted: 'before' | 'after'): { text: string | undefined } | undefined => {
      const one = patches[at]?.applied.files.find(
        ({ change }) => change[wanted] === file || change.before === file || change.after === file,
      );
      if (!one) return undefined;
      if (one.change.kind === 'copied' && one.change.before === file) return { text: one.before };
      return { text: one.change[wanted] === file ? one[wanted] : undefined };
    };
    const last = side === 'after' ? patch : patch - 1;
    for (let at = last; at >= 0; at--) {
      const text = found(at, 'after');
      if (text) return { isKnown: true, ...(text.text !== undefined && { text: text.text }) };
    }
    for (let at = last + 1; at < patches.length; at++) {
      const text = found(at, 'before');
      if (text) return { isKnown: true, ...(text.text !== undefined && { text: text.text }) };
    }
    return { isKnown: false };
  }

  reply({ review, patch, remarks }: ReplyParams): string {
    const kept = this.get(review);
    const [reviewed, mail] = [kept.review.patches[patch], kept.set.patches[patch]];
    if (!reviewed || !mail) throw new Error(`there is no patch ${patch + 1}`);
    if (isLeftOut(reviewed)) throw new Error('nothing of the patch fits on this tree: there is nothing to answer');
    const wanted = new Set(remarks);
    return renderReply({
      ...{ patch: mail, isInPart: isReviewedInPart(kept.review, reviewed), isUnsure: hasUnsure(reviewed), changes: reviewed.changes },
      remarks: remarksOf(reviewed).filter(({ id }) => wanted.has(id)),
    });
  }

  async dispose(): Promise<void> {
    clearTimeout(this.idle);
    this.kept.clear();
    await this.thread.dispose();
  }
}
