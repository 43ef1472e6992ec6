import { isWordPart, isWordStart, skipComment, skipDirective, skipQuoted } from '../../source/characters.ts';

/** Tokens of a piece of C, comments and white space left out; directives are one token each. */
export interface Tokens {
  readonly count: number;
  readonly kind: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
}

export const enum Kind {
  Word = 1,
  Punctuation = 2,
  Literal = 3,
  Directive = 4,
}

const operators = new Set([
  '->',
  '++',
  '--',
  '<<',
  '>>',
  '<=',
  '>=',
  '==',
  '!=',
  '&&',
  '||',
  '-=',
  '+=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
]);
/** Second characters of those. */
const mayContinue = new Set([...'>+-<=&|.'].map((c) => c.charCodeAt(0)));
const longOperators = new Set(['<<=', '>>=', '...']);

export function tokenize(text: string): Tokens {
  let capacity = 64 + (text.length >> 2);
  let kind = new Uint8Array(capacity);
  let start = new Int32Array(capacity);
  let end = new Int32Array(capacity);
  let count = 0;
  let isLineStart = true;
  for (let at = 0; at < text.length;) {
    const c = text.charCodeAt(at);
    if (isSpace(c)) {
      isLineStart ||= c === 10;
      at++;
      continue;
    }
    const comment = c === 47 /* / */ ? skipComment(text, at) : at;
    if (comment > at) {
      at = comment;
      continue;
    }
    if (count === capacity) {
      capacity *= 2;
      kind = grow(kind, new Uint8Array(capacity));
      start = grow(start, new Int32Array(capacity));
      end = grow(end, new Int32Array(capacity));
    }
    const is = kindAt(text, at, c, isLineStart);
    const after = endOf(text, at, is);
    kind[count] = is;
    start[count] = at;
    end[count] = after;
    count++;
    isLineStart = false;
    at = after;
  }
  return { count, kind, start, end };
}

function isSpace(c: number): boolean {
  return c === 32 || (c >= 9 && c <= 13) || (c > 127 && /\s/.test(String.fromCharCode(c)));
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

function kindAt(text: string, at: number, c: number, isLineStart: boolean): Kind {
  if (isWordStart(c)) return Kind.Word;
  if (c === 34 || c === 39 || isDigit(c) || (c === 46 && isDigit(text.charCodeAt(at + 1)))) return Kind.Literal;
  return c === 35 /* # */ && isLineStart ? Kind.Directive : Kind.Punctuation;
}

function endOf(text: string, at: number, kind: Kind): number {
  switch (kind) {
    case Kind.Word: {
      let i = at + 1;
      while (isWordPart(text.charCodeAt(i))) i++;
      return i;
    }
    case Kind.Literal:
      return text.charCodeAt(at) === 34 || text.charCodeAt(at) === 39 ? skipQuoted(text, at) : skipNumber(text, at);
    case Kind.Directive:
      return skipDirective(text, at);
    case Kind.Punctuation:
      if (!mayContinue.has(text.charCodeAt(at + 1))) return at + 1;
      return longOperators.has(text.slice(at, at + 3)) ? at + 3 : operators.has(text.slice(at, at + 2)) ? at + 2 : at + 1;
  }
}

/** A preprocessing number: `0x1p-3`, `10ULL`, and also `3DNOW`. */
function skipNumber(text: string, from: number): number {
  let i = from + 1;
  for (; ; i++) {
    const c = text.charCodeAt(i);
    const isSign = (c === 43 || c === 45) && /[eEpP]/.test(text[i - 1]!);
    if (!isWordPart(c) && c !== 46 && !isSign) return i;
  }
}

function grow<T extends Uint8Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
