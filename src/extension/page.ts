/** A document of ours as text, with the places that it leads to. */
export interface Page {
  readonly text: string;
  readonly links: readonly PageLink[];
}

interface PageLink {
  /** From 0. */
  readonly line: number;
  /** Columns, from 0. */
  readonly start: number;
  readonly end: number;
  readonly target: PageTarget;
}

export interface PageTarget {
  readonly uri: string;
  /** From 1; the document as a whole if absent. */
  readonly line?: number;
}

/** Part of a line; with a target it is a link. */
export interface Piece {
  readonly text: string;
  readonly target?: PageTarget | undefined;
}

const width = 110;
/** Longer texts are cut: a name in a model may have any length. */
const longest = 4000;

export class PageWriter {
  private readonly lines: string[] = [];
  private readonly links: PageLink[] = [];

  line(...pieces: readonly (string | Piece)[]): this {
    let text = '';
    for (const piece of pieces.map((each) => (typeof each === 'string' ? { text: each } : each))) {
      const shown = visible(piece.text).slice(0, longest);
      if (piece.target)
        this.links.push({ line: this.lines.length, start: text.length, end: text.length + shown.length, target: piece.target });
      text += shown;
    }
    this.lines.push(text.trimEnd());
    return this;
  }

  /** Breaks a text into lines between words; lines after the first are indented by two more. */
  paragraph(text: string, indent = ''): this {
    let current = indent;
    let isEmpty = true;
    for (const word of visible(text).slice(0, longest).split(' ')) {
      if (!isEmpty && current.length + 1 + word.length > width) {
        this.lines.push(current);
        current = `${indent}  ${word}`;
      } else current += isEmpty ? word : ` ${word}`;
      isEmpty = false;
    }
    this.lines.push(current.trimEnd());
    return this;
  }

  heading(text: string): this {
    if (this.lines.length > 0) this.lines.push('');
    const shown = visible(text).slice(0, width);
    this.lines.push(shown, '-'.repeat(shown.length));
    return this;
  }

  /** Rows of cells, the columns as wide as they need to be. */
  table(rows: readonly (readonly (string | Piece)[])[], indent = ''): this {
    const shown = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)));
    const widths = shown.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, visible(cell.text).length)), []);
    for (const row of shown) {
      const cells = row.flatMap((cell, i): Piece[] => [
        cell,
        { text: i < row.length - 1 ? ' '.repeat(widths[i]! - visible(cell.text).length + 2) : '' },
      ]);
      this.line(indent, ...cells);
    }
    return this;
  }

  done(): Page {
    return { text: `${this.lines.join('\n')}\n`, links: this.links };
  }
}

/** Names come from models: what would break or reorder a line is written as an escape. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
