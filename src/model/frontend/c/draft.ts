import { Kind, tokenize, type Tokens } from './tokens.ts';

/** A piece of C and the edits made to it. All edits keep the length, so that every offset stays. */
export class Draft {
  private readonly tokens: Tokens;
  private readonly words: string[];
  private readonly blanks: Edit[] = [];
  private readonly texts: Edit[] = [];
  /** The bracket that closes or opens the one here; -1 for other tokens, and for brackets without a partner. */
  readonly partner: Int32Array;
  /** The innermost bracket a token stands in, if it has a partner; -1 otherwise. */
  readonly enclosing: Int32Array;

  constructor(readonly source: string) {
    this.tokens = tokenize(source);
    this.words = new Array<string>(this.tokens.count);
    this.partner = new Int32Array(this.tokens.count).fill(-1);
    this.enclosing = new Int32Array(this.tokens.count).fill(-1);
    this.pair();
  }

  get count(): number {
    return this.tokens.count;
  }

  /** Text of a token; empty outside. */
  word(i: number): string {
    if (i < 0 || i >= this.tokens.count) return '';
    return (this.words[i] ??= this.source.slice(this.tokens.start[i], this.tokens.end[i]));
  }

  isWord(i: number): boolean {
    return this.tokens.kind[i] === Kind.Word;
  }

  isLiteral(i: number): boolean {
    return this.tokens.kind[i] === Kind.Literal;
  }

  isDirective(i: number): boolean {
    return this.tokens.kind[i] === Kind.Directive;
  }

  start(i: number): number {
    return this.tokens.start[i] ?? this.source.length;
  }

  end(i: number): number {
    return this.tokens.end[i] ?? this.source.length;
  }

  /** Whether the token after this one stands on another line. */
  endsLine(i: number): boolean {
    return this.source.slice(this.end(i), this.start(i + 1)).includes('\n');
  }

  /** Tokens from `first` up to `end` become spaces. */
  blank(first: number, end: number): void {
    for (let i = Math.max(first, 0); i < end && i < this.tokens.count; i++)
      this.blanks.push({ start: this.start(i), end: this.end(i), text: '' });
  }

  /** A token becomes a text, if that is not longer. */
  put(i: number, text: string): void {
    if (text.length <= this.end(i) - this.start(i)) this.texts.push({ start: this.start(i), end: this.end(i), text });
  }

  /** A text at an offset; it may cover several tokens, and wins over what is blanked there. */
  putAt(start: number, text: string): void {
    if (start + text.length <= this.source.length) this.texts.push({ start, end: start + text.length, text });
  }

  /** The text with its edits. */
  text(): string {
    return splice(splice(this.source, this.blanks), this.texts);
  }

  private pair(): void {
    const open: number[] = [];
    for (let i = 0; i < this.tokens.count; i++) {
      this.enclosing[i] = open[open.length - 1] ?? -1;
      if (this.tokens.kind[i] !== Kind.Punctuation || this.end(i) - this.start(i) > 1) continue;
      const text = this.word(i);
      if (text === '(' || text === '[' || text === '{') open.push(i);
      else if (text === ')' || text === ']' || text === '}') this.close(i, text, open);
    }
  }

  /** Brackets that a brace or square bracket leaves open have no partner; a `)` too many closes nothing. */
  private close(i: number, text: string, open: number[]): void {
    const wanted = text === ')' ? '(' : text === ']' ? '[' : '{';
    while (wanted !== '(' && open.length > 0 && this.word(open[open.length - 1]!) !== wanted) open.pop();
    const from = open[open.length - 1];
    if (from === undefined || this.word(from) !== wanted) return;
    open.pop();
    this.partner[from] = i;
    this.partner[i] = from;
    this.enclosing[i] = this.enclosing[from]!;
  }
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits, each padded with spaces to what it replaces; of two at one offset the later wins. */
function splice(source: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return source;
  const order = edits.map((edit, i) => ({ edit, i })).sort((a, b) => a.edit.start - b.edit.start || b.i - a.i);
  const out: string[] = [];
  let at = 0;
  for (const { edit } of order) {
    if (edit.start < at) continue;
    out.push(source.slice(at, edit.start), edit.text, ' '.repeat(edit.end - edit.start - edit.text.length));
    at = edit.end;
  }
  out.push(source.slice(at));
  return out.join('');
}
