import type { Location, Range } from './location.ts';

/** Line starts of one text; turns offsets into lines and columns. */
export class LineIndex {
  private readonly starts: number[] = [0];

  constructor(readonly text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  /** Line of an offset, counted from 1. */
  line(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Offset of a line and column, both counted from 1, clamped to the text. */
  offset(line: number, column: number): number {
    const start = this.starts[Math.min(Math.max(line, 1), this.starts.length) - 1]!;
    return Math.min(start + Math.max(column - 1, 0), this.text.length);
  }

  /** Text of a line (counted from 1), without its end of line. */
  lineText(line: number): string {
    const start = this.starts[line - 1];
    if (start === undefined) return '';
    return this.text.slice(start, this.starts[line] ?? this.text.length).replace(/\r?\n$/, '');
  }

  location(file: string, range: Range): Location {
    const line = this.line(range.start);
    const endLine = this.line(range.end);
    const column = range.start - this.starts[line - 1]! + 1;
    const endColumn = range.end - this.starts[endLine - 1]! + 1;
    return { file, line, column, endLine, endColumn };
  }
}
