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

const pattern =
  /([A-Za-z_$][\w$]*)|(\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*)|("(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?|\.?\d(?:[eEpP][+-]|[\w.])*)|(#(?:\/\*[\s\S]*?\*\/|\\\r?\n|[^\n])*)|(->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||\.\.\.|[-+*/%&|^]=|[^\s])/g;

export function tokenize(text: string): Tokens {
  let capacity = 64 + (text.length >> 2);
  let kind = new Uint8Array(capacity);
  let start = new Int32Array(capacity);
  let end = new Int32Array(capacity);
  let count = 0;
  let lineStart = true;
  let last = 0;
  pattern.lastIndex = 0;
  for (let m = pattern.exec(text); m; m = pattern.exec(text)) {
    lineStart ||= text.slice(last, m.index).includes('\n') || last === 0;
    last = pattern.lastIndex;
    if (m[2] !== undefined) continue;
    let is = m[1] !== undefined ? Kind.Word : m[3] !== undefined ? Kind.Literal : m[4] !== undefined ? Kind.Directive : Kind.Punctuation;
    if (is === Kind.Directive && !lineStart) {
      is = Kind.Punctuation;
      pattern.lastIndex = m.index + 1;
    }
    if (count === capacity) {
      capacity *= 2;
      kind = grow(kind, new Uint8Array(capacity));
      start = grow(start, new Int32Array(capacity));
      end = grow(end, new Int32Array(capacity));
    }
    kind[count] = is;
    start[count] = m.index;
    end[count] = pattern.lastIndex;
    count++;
    lineStart = false;
    last = pattern.lastIndex;
  }
  return { count, kind, start, end };
}

function grow<T extends Uint8Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
