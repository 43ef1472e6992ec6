/** Ends of C's comments, literals and directives, as offsets; each looks at a character once. */

const newline = 10;
const backslash = 92;

export function isWordStart(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || c === 36;
}

export function isWordPart(c: number): boolean {
  return isWordStart(c) || (c >= 48 && c <= 57);
}

/** Offset past the comment that begins here, or `from` if none does. */
export function skipComment(text: string, from: number): number {
  const second = text.charCodeAt(from + 1);
  if (second === 42 /* * */) {
    const close = text.indexOf('*/', from + 2);
    return close < 0 ? text.length : close + 2;
  }
  return second === 47 /* / */ ? skipLine(text, from) : from;
}

/** Offset past the literal that begins with this quote; one that is not closed ends with its line. */
export function skipQuoted(text: string, from: number): number {
  const quote = text.charCodeAt(from);
  for (let i = from + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === backslash) i += text.charCodeAt(i + 1) === 13 && text.charCodeAt(i + 2) === newline ? 2 : 1;
    else if (c === quote) return i + 1;
    else if (c === newline) return i;
  }
  return text.length;
}

/** Offset of the end of a directive: of its line with all lines that continue it, and the comments that begin on them. */
export function skipDirective(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === newline) return i;
    if (c === backslash) i = skipContinuation(text, i);
    else if (c === 47 /* / */) {
      const after = skipComment(text, i);
      if (after > i) i = after - 1;
    } else if (c === 34 /* " */) i = skipQuoted(text, i) - 1;
  }
  return text.length;
}

/** Offset of the end of a line, with the lines that continue it. */
function skipLine(text: string, from: number): number {
  for (let i = text.indexOf('\n', from); i >= 0; i = text.indexOf('\n', i + 1)) {
    const before = text.charCodeAt(i - 1) === 13 ? i - 2 : i - 1;
    if (text.charCodeAt(before) !== backslash) return i;
  }
  return text.length;
}

/** Offset of the last character that a backslash joins: the end of its line, or itself. */
function skipContinuation(text: string, from: number): number {
  const after = text.charCodeAt(from + 1) === 13 ? from + 2 : from + 1;
  return text.charCodeAt(after) === newline ? after : from;
}

/** A text of the same length whose comments and strings are blank. */
export function codeOf(text: string): string {
  let code = '';
  let from = 0;
  for (let i = 0; i < text.length;) {
    const after = text[i] === '/' ? skipComment(text, i) : text[i] === '"' || text[i] === "'" ? skipQuoted(text, i) : i;
    if (after > i) {
      code += text.slice(from, i) + text.slice(i, after).replace(/[^\n]/g, ' ');
      from = after;
    }
    i = Math.max(after, i + 1);
  }
  return code + text.slice(from);
}
