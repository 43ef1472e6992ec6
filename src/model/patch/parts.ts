/** The lines of a diff that are about one file. Lines count from 0, `end` is the first one behind. */
export interface Part {
  readonly start: number;
  /** The lines before its first hunk. */
  readonly headEnd: number;
  readonly end: number;
  readonly isGit: boolean;
  readonly isBinary: boolean;
  /** Those that are whole. */
  readonly hunks: readonly Span[];
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface LineProblem {
  readonly line: number;
  readonly message: string;
}

export const hunkHead = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/;
const gitHead =
  /^(?:old mode|new mode|deleted file mode|new file mode|copy from|copy to|rename from|rename to|rename old|rename new|similarity index|dissimilarity index|index) /;
/** `-- ` alone: what follows is the signature of a mail. Mailers cut the space. */
export const signature = /^-- ?$/;

/**
 * Finds the files of a diff and their hunks, in text of any kind around them. A hunk is as long as its head says; where it is not,
 * it is left out and said, as half a hunk would be another change than the one that was sent. Behind a whole one any text may follow.
 */
export function findParts(lines: readonly string[]): { parts: Part[]; problems: LineProblem[] } {
  const parts: Part[] = [];
  const problems: LineProblem[] = [];
  const onlyIn: LineProblem[] = [];
  let isPlain = false;
  let at = 0;
  while (at < lines.length) {
    const line = lines[at]!;
    if (line.startsWith('diff --git ')) {
      at = takePart(at, gitHeadEnd(lines, at + 1), true);
    } else if (/^diff --(?:cc|combined) /.test(line)) {
      problems.push({
        line: at,
        message: `combined diff of a merge, which is no patch: ${quote(line)}; ask git for a diff with one parent`,
      });
      at = nextDiff(lines, at + 1);
    } else if (isFileHead(lines, at) && hunkHead.test(lines[at + 2] ?? '')) {
      isPlain = true;
      at = takePart(at, at + 2, false);
    } else if (binaryNames(line) !== undefined) {
      parts.push({ start: at, headEnd: at + 1, end: at + 1, isGit: false, isBinary: true, hunks: [] });
      at++;
    } else if (hunkHead.test(line)) {
      problems.push({ line: at, message: 'hunk without a file: no `---` and `+++` before it' });
      at = nextMark(lines, at + 1);
    } else {
      const message = strangeLine(lines, at);
      if (message !== undefined) problems.push({ line: at, message });
      if (line.startsWith('diff -')) isPlain = true;
      if (line.startsWith('Only in ') && line.includes(': ')) {
        onlyIn.push({ line: at, message: `only one of the two trees has this file, and the diff has no text of it: ${quote(line)}` });
      }
      at++;
    }
  }
  // In prose these words mean nothing.
  const said = isPlain ? [...problems, ...onlyIn] : problems;
  return { parts, problems: said.sort((a, b) => a.line - b.line) };

  function takePart(start: number, headEnd: number, isGit: boolean): number {
    const hunks: Span[] = [];
    let end = headEnd;
    while (end < lines.length && hunkHead.test(lines[end]!)) {
      const hunk = hunkAt(lines, end);
      if (hunk.problem === undefined || hunk.isWhole) hunks.push({ start: end, end: hunk.end });
      if (hunk.problem !== undefined) problems.push({ line: end, message: hunk.problem });
      end = hunk.next;
    }
    // The command that made a plain diff belongs to it.
    const from = !isGit && lines[start - 1]?.startsWith('diff ') === true && (parts.at(-1)?.end ?? 0) < start ? start - 1 : start;
    const isBinary = isGit && lines.slice(start, headEnd).some((line) => /^(?:Binary files |GIT binary patch)/.test(line));
    parts.push({ start: from, headEnd, end, isGit, isBinary, hunks });
    return end;
  }
}

/** `Binary files a/x and b/x differ`: both names. */
export function binaryNames(line: string): [before: string, after: string] | undefined {
  if (!line.startsWith('Binary files ') || !line.endsWith(' differ')) return undefined;
  const words = line.slice('Binary files '.length, -' differ'.length).split(' and ');
  // A name may have an `and`; both have the same then.
  const half = Math.ceil(words.length / 2);
  return words.length < 2 ? undefined : [words.slice(0, half).join(' and '), words.slice(half).join(' and ')];
}

/** Text that is quoted in a message, short and in one line. */
export function quote(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 79)}…` : text;
  return `\`${short.replaceAll('`', "'")}\``;
}

function gitHeadEnd(lines: readonly string[], from: number): number {
  let at = from;
  for (; at < lines.length; at++) {
    const line = lines[at]!;
    if (isFileHead(lines, at)) return at + 2;
    if (line === 'GIT binary patch') return binaryEnd(lines, at + 1);
    if (binaryNames(line) !== undefined) return at + 1;
    if (!gitHead.test(line)) return at;
  }
  return at;
}

/** Behind the one or two blocks of letters that a binary patch has, each with an empty line at its end. */
function binaryEnd(lines: readonly string[], from: number): number {
  let at = from;
  while (/^(?:literal|delta) \d+$/.test(lines[at] ?? '')) {
    at++;
    while (/^[A-Za-z][!-~]+$/.test(lines[at] ?? '')) at++;
    if (lines[at] === '') at++;
  }
  return at;
}

/** `isWhole`: it is taken all the same. */
function hunkAt(lines: readonly string[], start: number): { end: number; next: number; problem?: string; isWhole?: boolean } {
  const [, , before = '1', , after = '1'] = hunkHead.exec(lines[start]!)!;
  let removed = Number(before);
  let added = Number(after);
  let at = start + 1;
  for (; removed > 0 || added > 0; at++) {
    const line = lines[at];
    // Mailers cut the space of an empty line.
    const kind = line === '' || line === '\r' ? ' ' : line?.[0];
    if (kind === '\\' && at > start + 1) continue;
    if (line === undefined || (kind !== ' ' && kind !== '+' && kind !== '-')) {
      const why = line === undefined || isMark(lines, at) ? 'ends too early' : `has a line that is none of a hunk: ${quote(line)}`;
      return { end: at, next: nextMark(lines, at), problem: `hunk left out: it ${why}` };
    }
    if (kind !== '+') removed--;
    if (kind !== '-') added--;
    if (removed < 0 || added < 0)
      return { end: at, next: nextMark(lines, at), problem: 'hunk left out: its lines are not as many as its head says' };
  }
  if (lines[at]?.startsWith('\\') === true) at++;
  const extra = lines[at];
  if (extra === undefined || !/^[-+ ]./.test(extra) || extra.trim() === '' || isMark(lines, at)) return { end: at, next: at };
  const next = nextMark(lines, at);
  if (hunkHead.test(lines[next] ?? '')) return { end: at, next, problem: 'hunk left out: it has more lines than its head says' };
  // Text of a mail, as the footer of a list below `- `, or lines that a person added to the hunk.
  const isText = /^- *$/.test(extra) || lines.slice(at, next).some((line) => !/^[-+ \r]|^$/.test(line));
  if (isText && !extra.startsWith('+')) return { end: at, next: at };
  return { end: at, next: at, problem: 'lines behind the hunk left out: its head does not count them', isWhole: true };
}

function nextMark(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && !isMark(lines, at)) at++;
  return at;
}

function nextDiff(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && !lines[at]!.startsWith('diff --')) at++;
  return at;
}

function isMark(lines: readonly string[], at: number): boolean {
  const line = lines[at]!;
  return line.startsWith('diff -') || hunkHead.test(line) || isFileHead(lines, at) || signature.test(line);
}

function isFileHead(lines: readonly string[], at: number): boolean {
  return lines[at]!.startsWith('--- ') && lines[at + 1]?.startsWith('+++ ') === true;
}

function strangeLine(lines: readonly string[], at: number): string | undefined {
  const line = lines[at]!;
  if (line.startsWith('* Unmerged path ')) return `file with conflicts: ${quote(line)}`;
  if (line.startsWith('*** ') && lines[at + 1]?.startsWith('--- ') === true && lines[at + 2]?.startsWith('***************') === true) {
    return 'context diff: only unified diffs are read';
  }
  return undefined;
}
