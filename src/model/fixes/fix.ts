import type { CheckId, Finding } from '../checks/finding.ts';
import type { Location, Range } from '../source/location.ts';
import { LineIndex } from '../source/text.ts';
import { assertHeld } from './assert-held.ts';
import { suppress } from './suppress.ts';
import { swap } from './swap.ts';
import { unlock } from './unlock.ts';

/** Edits of one file that do something about a finding. */
export interface Fix {
  /** As a menu says it. */
  readonly title: string;
  /** It takes the finding away by mending the code. */
  readonly isRepair: boolean;
  /** In the order of the text, none inside another. */
  readonly edits: readonly Edit[];
}

/** `text` takes the place of the range. */
export interface Edit {
  readonly range: Range;
  readonly text: string;
  /** What a person has to fill in: at this offset of the text, and what stands there until then, which says nothing. */
  readonly hole?: { readonly at: number; readonly hint: string };
}

/** The text that findings were found in. */
export class FixedFile {
  readonly lines: LineIndex;

  constructor(readonly text: string) {
    this.lines = new LineIndex(text);
  }

  rangeOf({ line, column, endLine, endColumn }: Location): Range {
    return { start: this.lines.offset(line, column), end: this.lines.offset(endLine, endColumn) };
  }

  textAt(at: Location): string {
    const { start, end } = this.rangeOf(at);
    return this.text.slice(start, end);
  }

  /** White space that a line begins with. */
  indentOf(line: number): string {
    return /^[ \t]*/.exec(this.lines.lineText(line))![0];
  }

  lineStart(line: number): number {
    return this.lines.offset(line, 1);
  }

  get newline(): string {
    return this.text.includes('\r\n') ? '\r\n' : '\n';
  }
}

const repairs: Readonly<Partial<Record<CheckId, (finding: Finding, file: FixedFile) => Fix | undefined>>> = {
  'missing-release': unlock,
  'documented-order': swap,
  'lock-order-cycle': swap,
};

/** What can be done about a finding in the text of its file; what mends the code goes first. */
export function fixesOf(finding: Finding, text: string): readonly Fix[] {
  const file = new FixedFile(text);
  return [repairs[finding.check]?.(finding, file), suppress(finding, file)].filter((fix) => fix !== undefined);
}

/** What may be said of a function in the text of its file: a statement that one of its callers' locks is held. */
export function assertion(statement: string, title: string, firstStatement: Location, text: string): Fix | undefined {
  return assertHeld(statement, title, firstStatement, new FixedFile(text));
}

/** The text after a fix. `filled`: what is put where a person has to fill something in. */
export function applyFix({ edits }: Fix, text: string, filled: string): string {
  let result = '';
  let from = 0;
  for (const { range, text: put, hole } of edits) {
    result += text.slice(from, range.start) + (hole ? put.slice(0, hole.at) + filled + put.slice(hole.at) : put);
    from = range.end;
  }
  return result + text.slice(from);
}
