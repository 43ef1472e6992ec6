import { quote } from './parts.ts';
import type { Hunk, HunkLine } from './patch.ts';

/** A text as a hunk sees it. */
export interface Lines {
  /** Without their `\n`; a `\r` stays. */
  readonly texts: readonly string[];
  /** Whether the last one has no `\n`. */
  readonly hasOpenEnd: boolean;
}

/** A hunk with the side that is in the tree called `old`, whichever way it is applied. */
export interface Side {
  readonly hunk: Hunk;
  /** As the patch says, counted from 1; 0 or the line before where there is no old line. */
  readonly start: number;
  readonly old: readonly HunkLine[];
  readonly leading: number;
  readonly trailing: number;
}

/** Where a hunk fits: lines of the text before it, counted from 0; or why it does not. */
export type Placed = { readonly at: number } | { readonly message: string };

/** How many lines may be compared for one file. */
const maxCompared = 20_000_000;

export function linesOf(text: string): Lines {
  const texts = text.split('\n');
  const hasOpenEnd = texts.at(-1) !== '';
  if (!hasOpenEnd) texts.pop();
  return { texts, hasOpenEnd };
}

export function sideOf(hunk: Hunk, isReverse: boolean): Side {
  const added = isReverse ? '-' : '+';
  const isContext = (line: HunkLine): boolean => line.kind === ' ';
  const first = hunk.lines.findIndex((line) => !isContext(line));
  const last = hunk.lines.findLastIndex((line) => !isContext(line));
  const leading = first < 0 ? hunk.lines.length : first;
  const trailing = first < 0 ? hunk.lines.length : hunk.lines.length - 1 - last;
  return {
    hunk,
    start: isReverse ? hunk.afterStart : hunk.beforeStart,
    old: hunk.lines.filter(({ kind }) => kind !== added),
    leading,
    trailing,
  };
}

/** Finds the places of hunks, one after the other, in one text. */
export class Placing {
  /** First line that no hunk has taken. */
  private free = 0;
  /** How far the last hunk was from where it should have been. */
  private offset = 0;
  private compared = 0;
  wasOff = false;

  constructor(private readonly lines: Lines) {}

  /** As the patch says; else the nearest place behind the hunk before, as `patch` does without fuzz. */
  place(side: Side): Placed {
    const { old, start } = side;
    const expected = old.length === 0 ? start + this.offset : start - 1 + this.offset;
    const last = this.lines.texts.length - old.length;
    const at = old.length === 0 ? this.insertion(expected) : this.search(side, expected, last);
    if (at === undefined) return { message: this.whyNot(side, Math.max(expected, this.free)) };
    if (at !== expected - this.offset) this.wasOff = true;
    this.offset += at - expected;
    this.free = at + old.length;
    return { at };
  }

  /** Nothing says where it belongs but its number. */
  private insertion(at: number): number | undefined {
    return at >= this.free && at <= this.lines.texts.length ? at : undefined;
  }

  private search(side: Side, expected: number, last: number): number | undefined {
    if (last < this.free) return undefined;
    // A hunk without context on one side is at that end of the file.
    if (side.leading === 0 && side.trailing > 0 && side.start <= 1) return this.free === 0 && this.fits(side, 0) ? 0 : undefined;
    if (side.trailing === 0 && side.leading > 0) return this.fits(side, last) ? last : undefined;
    const middle = Math.min(Math.max(expected, this.free), last);
    const most = Math.max(middle - this.free, last - middle);
    for (let distance = 0; distance <= most && this.compared < maxCompared; distance++) {
      for (const at of distance === 0 ? [middle] : [middle + distance, middle - distance]) {
        if (at >= this.free && at <= last && this.fits(side, at)) return at;
      }
    }
    return undefined;
  }

  private fits(side: Side, at: number): boolean {
    return this.firstMiss(side, at) < 0;
  }

  private firstMiss({ old }: Side, at: number): number {
    for (const [index, line] of old.entries()) {
      this.compared++;
      if (this.lines.texts[at + index] !== line.text || this.isOpen(at + index) !== (line.hasNoNewline === true)) return index;
    }
    return -1;
  }

  private isOpen(at: number): boolean {
    return this.lines.hasOpenEnd && at === this.lines.texts.length - 1;
  }

  private whyNot(side: Side, at: number): string {
    if (side.old.length === 0) return `it adds lines after line ${side.start}, which is not there`;
    if (this.compared >= maxCompared) return 'its place was searched for too long';
    const missed = this.firstMiss(side, at);
    if (missed < 0)
      return `its context ends ${side.start <= 1 ? 'where the file begins' : 'where the file ends'}, and the file has more lines`;
    const { text, hasNoNewline } = side.old[missed]!;
    const found = this.lines.texts[at + missed];
    const where = `at line ${at + missed + 1}`;
    const wanted = text === '' ? 'an empty line' : quote(text);
    if (found === undefined) return `it expects ${wanted} ${where}, where the file has ended`;
    if (found === text) return `it expects ${hasNoNewline === true ? 'no newline' : 'a newline'} behind ${wanted} ${where}`;
    return `it expects ${wanted} ${where}, which is ${found === '' ? 'empty' : quote(found)}`;
  }
}
