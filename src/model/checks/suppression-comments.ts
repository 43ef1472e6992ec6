import { skipComment, skipDirective, skipQuoted } from '../source/characters.ts';
import type { Range } from '../source/location.ts';
import type { LineIndex } from '../source/text.ts';

/** A file of C, with where its functions are. */
export interface CommentedFile {
  readonly path: string;
  readonly text: string;
  readonly lines: LineIndex;
  readonly scanned: { readonly items: readonly (FunctionItem & { readonly kind: string })[] };
}

interface FunctionItem extends Range {
  readonly name: string;
  /** Offset of the `{`. */
  readonly body: number;
}

/** `lockstep: ignore CHECK: REASON`, as a comment says it. */
interface Words {
  /** Offsets of the words, without their further lines. */
  readonly at: Range;
  readonly check: string;
  /** Empty where none is given. */
  readonly reason: string;
}

export interface Suppression extends Words {
  /** Offsets of what it is about: statements, or a function. */
  readonly covers: Range;
  /** The function that this is, or is in. */
  readonly function?: FunctionItem;
}

/** What the comments of a file ask not to be told. Most files end at the first test. */
export function readSuppressions(file: CommentedFile): readonly Suppression[] {
  return file.text.includes('lockstep:') ? new Reader(file).read() : [];
}

/** Goes over the characters once: what a comment is about depends on the code before it on its line, else on what follows. */
class Reader {
  private readonly found: Suppression[] = [];
  private readonly functions: readonly FunctionItem[];
  private readonly starts: ReadonlySet<number>;
  /** Comments that no code has followed yet. */
  private waiting: Words[] = [];
  /** Comments whose statements go on, with the line on which these begin or end. */
  private open: { readonly words: Words; readonly start: number; readonly line: number }[] = [];
  /** Where the statement that goes on began, and the first one with code on this line; -1: there is none. */
  private statement = -1;
  private onLine = -1;
  /** Where the last statement ended. */
  private ended = 0;
  private parens = 0;

  constructor(private readonly file: CommentedFile) {
    this.functions = file.scanned.items.filter(({ kind }) => kind === 'function');
    this.starts = new Set(this.functions.map(({ start }) => start));
  }

  read(): readonly Suppression[] {
    const { text } = this.file;
    for (let at = 0; at < text.length;) at = this.take(at);
    this.close(this.statement < 0 ? this.ended : text.length);
    this.drop();
    return this.found.sort((a, b) => a.at.start - b.at.start);
  }

  /** Takes what stands at an offset, and gives the next one to look at. */
  private take(at: number): number {
    const { text } = this.file;
    const c = text.charCodeAt(at);
    if (c === 10 /* \n */) this.onLine = -1;
    if (c === 10 || c === 32 || c === 9 || c === 13 || c === 12) return at + 1;
    const end = c === 47 /* / */ ? skipComment(text, at) : at;
    if (end > at) return this.comment(at, end);
    if (c === 35 /* # */ && this.onLine < 0) return this.directive(at);
    this.code(at, c);
    return c === 34 || c === 39 ? skipQuoted(text, at) : at + 1;
  }

  private comment(at: number, end: number): number {
    for (const words of wordsOf(this.file.text, at, end)) {
      if (this.onLine < 0) this.waiting.push(words);
      else this.open.push({ words, start: this.onLine, line: this.file.lines.line(at) });
    }
    if (this.file.text.slice(at, end).includes('\n')) this.onLine = -1;
    return end;
  }

  /** Nothing is reported in a directive. One between a comment and its code leaves them together, but for a macro's definition. */
  private directive(from: number): number {
    const { text } = this.file;
    const end = skipDirective(text, from);
    if (/^#[ \t]*define\b/.test(text.slice(from, from + 100))) this.drop();
    for (let at = from; at < end;) {
      const c = text.charCodeAt(at);
      const after = c === 47 ? skipComment(text, at) : c === 34 ? skipQuoted(text, at) : at;
      if (c === 47 && after > at) for (const words of wordsOf(text, at, after)) this.add(words, words.at.start, words.at.start);
      at = Math.max(after, at + 1);
    }
    return end;
  }

  private code(at: number, c: number): void {
    if (this.starts.has(at)) {
      // Whatever came before, such as a macro without `;`, has ended.
      if (this.statement >= 0) this.ended = at;
      this.statement = -1;
      this.parens = 0;
    }
    if (this.statement < 0) {
      if (this.open.length > 0) this.close(this.ended, this.file.lines.line(at));
      this.statement = at;
    }
    if (this.onLine < 0) this.onLine = this.statement;
    for (const words of this.waiting) this.open.push({ words, start: this.statement, line: this.file.lines.line(at) });
    this.waiting = [];
    if (c === 40 /* ( */) this.parens++;
    else if (c === 41 /* ) */) this.parens = Math.max(this.parens - 1, 0);
    else if (c === 59 /* ; */ || c === 123 /* { */ || c === 125 /* } */) {
      // Braces at the first column are those of a function: parentheses that are still open were none.
      if (c !== 59 && this.file.text.charCodeAt(at - 1) === 10) this.parens = 0;
      if (this.parens > 0) return;
      this.statement = -1;
      this.ended = at + 1;
    }
  }

  /** The statements of all lines but this one are over. */
  private close(end: number, line?: number): void {
    for (const { words, start } of this.open.filter((each) => each.line !== line)) this.add(words, start, end);
    this.open = this.open.filter((each) => each.line === line);
  }

  /** No code follows. */
  private drop(): void {
    for (const words of this.waiting) this.add(words, words.at.start, words.at.start);
    this.waiting = [];
  }

  private add(words: Words, start: number, end: number): void {
    const inside = this.functions.find((fn) => fn.start <= start && start < fn.end);
    if (!inside) this.found.push({ ...words, covers: { start, end } });
    else if (start < inside.body && start < end) this.found.push({ ...words, covers: inside, function: inside });
    else this.found.push({ ...words, covers: { start, end: Math.min(end, inside.end) }, function: inside });
  }
}

/** What one comment says, each line by itself; a reason goes on up to an empty line. */
function wordsOf(text: string, start: number, end: number): readonly Words[] {
  const comment = text.slice(start, end);
  if (!comment.includes('lockstep:')) return [];
  const isBlock = comment.startsWith('/*');
  const inner = isBlock && comment.endsWith('*/') ? comment.slice(0, -2) : comment;
  const found: { at: Range; check: string; reason: string }[] = [];
  let last: { reason: string } | undefined;
  let offset = start;
  for (const line of inner.split('\n')) {
    const lead = (offset === start ? /^\/[/*]+!?<?\s*/ : /^\s*\**\s*/).exec(line)?.[0].length ?? 0;
    const said = line.slice(lead).trimEnd();
    const words = /^lockstep:\s*ignore(?![\w-])\s*([^\s:]*)\s*(:?)(.*)$/s.exec(said);
    if (words) {
      const [, check, colon, reason] = words;
      const suppression = { at: { start: offset + lead, end: offset + lead + said.length }, check: check!, reason: '' };
      found.push(suppression);
      last = colon === '' ? undefined : suppression;
      if (last) last.reason = reason!.trim();
    } else if (said === '' || said.startsWith('lockstep:')) last = undefined;
    else if (last && isBlock) last.reason = `${last.reason} ${said}`.trim();
    offset += line.length + 1;
  }
  return found.map((words) => (/[\p{L}\p{N}]/u.test(words.reason) ? words : { ...words, reason: '' }));
}
