export interface Line {
  /** White space folded. */
  readonly text: string;
  /** The text up to the first wide gap: a list's entry without the remark to its right. */
  readonly head: string;
  /** Counted from 1. */
  readonly line: number;
  /** Column of the first character that is not white space, tabs expanded to eight. */
  readonly indent: number;
}

export interface Sentence {
  readonly text: string;
  readonly line: number;
}

/** A line of text with its indent; `from` characters of it (a comment's star) count as width, not as text. */
export function toLine(raw: string, line: number, from = 0): Line {
  let indent = 0;
  let at = 0;
  for (; at < raw.length; at++) {
    const c = raw[at];
    if (c === '\t') indent += 8 - (indent % 8);
    else if (c === ' ' || at < from) indent++;
    else break;
  }
  const trimmed = raw.slice(at).trim();
  const mark = /^(?:-{1,4}>|\d+[.)]|[-*+•])\s+/.exec(trimmed)?.[0].length ?? 0;
  const gap = trimmed.slice(mark).search(/\t| {2}/);
  const head = gap < 0 ? trimmed : trimmed.slice(0, mark + gap);
  return { text: trimmed.replace(/\s+/g, ' '), head: head.replace(/\s+/g, ' '), line, indent };
}

/** Sentences of one paragraph: its lines joined, white space folded, markup stripped. */
export function toSentences(paragraph: readonly Line[]): Sentence[] {
  let joined = '';
  const starts: number[] = [];
  for (const { text } of paragraph) {
    starts.push(joined.length);
    const plain = stripMarkup(text);
    if (plain !== '') joined += `${plain} `;
  }
  const sentences: Sentence[] = [];
  let start = 0;
  let first = 0;
  for (const end of [...ends(joined), joined.length]) {
    const text = joined.slice(start, end).trim();
    while (first + 1 < starts.length && starts[first + 1]! <= start) first++;
    if (text !== '') sentences.push({ text, line: paragraph[first]!.line });
    start = end;
  }
  return sentences;
}

function* ends(text: string): Generator<number> {
  for (const match of text.matchAll(/[.!?]{1,3}["')]{0,2} /g)) {
    const before = text.slice(Math.max(0, match.index - 8), match.index);
    if (!/(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|w\.r\.t|resp|\d+)$/i.test(before)) yield match.index + match[0].length;
  }
}

function stripMarkup(text: string): string {
  return text
    .replace(/:[a-z][a-z:]{0,20}:`/g, '`')
    .replace(/\*{1,2}(\w[^*]{0,80})\*{1,2}/g, '$1')
    .replace(/(^|[\s(])_([A-Za-z]+)_(?!\w)/g, '$1$2')
    .replaceAll('`', '')
    .replace(/::$/, ':')
    .trim();
}
