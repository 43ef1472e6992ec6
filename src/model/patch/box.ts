import { hunkHead } from './parts.ts';

/** One mail, commit or diff of a file. Lines are binary strings, without their ends. */
export interface Section {
  readonly kind: 'mail' | 'commit' | 'diff';
  readonly lines: readonly string[];
  /** Line of the file with the first of them, counted from 1. */
  readonly firstLine: number;
  /** Of a mail box: lines that begin with `From ` are escaped. */
  readonly isBoxed: boolean;
  /** As `From <commit>` or `commit <commit>` says. */
  readonly commit?: string;
}

/** Takes a file apart into what it holds: the mails of a mail box, the commits of a log, one mail, or one diff. */
export function sectionsOf(binary: string): Section[] {
  const lines = binary.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const mails = linesWhere(lines, isMailStart);
  if (mails.length > 0) return mailBox(lines, mails);
  const start = lines.findIndex((line) => line.trim() !== '');
  if (start >= 0 && isMailHead(lines, start)) return [section('mail', lines, start, lines.length)];
  const commits = linesWhere(lines, isCommitStart);
  if (commits.length === 0) return [section('diff', withoutReturns(lines), 0, lines.length)];
  const plain = withoutReturns(lines);
  return [...before('diff', plain, commits[0]!), ...between(commits, lines.length).map(([from, to]) => commitSection(plain, from, to))];
}

/**
 * Takes off the `\r` that a transport, or an editor, put at the end of every line. Where those lines have none that belong to the diff and
 * not to the files, as its heads do, a `\r` is the file's own.
 */
export function withoutReturns(lines: readonly string[]): readonly string[] {
  const marks = lines.filter((line) => /^(?:diff -|--- |\+\+\+ |index |commit )/.test(line) || hunkHead.test(line));
  const counted = marks.length > 0 ? marks : lines;
  return counted.length > 0 && counted.every((line) => line.endsWith('\r')) ? cutReturns(lines) : lines;
}

export function cutReturns(lines: readonly string[]): string[] {
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

function mailBox(lines: readonly string[], starts: readonly number[]): Section[] {
  const mails = between(starts, lines.length).map(([from, to]) => {
    const commit = /^From ([0-9a-f]{40}|[0-9a-f]{64}) /.exec(lines[from]!)?.[1];
    const mail = { ...section('mail', lines, from + 1, to), isBoxed: true };
    return commit === undefined ? mail : { ...mail, commit };
  });
  return [...before('diff', lines, starts[0]!), ...mails];
}

/** `From someone Mon Sep 17 00:00:00 2001`, then the head of a mail. */
function isMailStart(lines: readonly string[], at: number): boolean {
  if (!lines[at]!.startsWith('From ') || lines[at]!.length > 300) return false;
  return /^From \S+ .*\d:\d\d(?::\d\d)?\b.* \d{4}\r?$/.test(lines[at]!) && /^>?[A-Za-z][\w-]*:|^>From /.test(lines[at + 1] ?? '');
}

function isMailHead(lines: readonly string[], start: number): boolean {
  let isNamed = false;
  for (let at = start; at < lines.length; at++) {
    const line = lines[at]!.trimEnd();
    if (line === '') break;
    if (!/^(?:[!-9;-~]+:|[ \t])/.test(line)) return false;
    if (/^(?:From|Subject|Date|Message-ID|Received):/i.test(line)) isNamed = true;
  }
  return isNamed;
}

function isCommitStart(lines: readonly string[], at: number): boolean {
  return (
    /^commit [0-9a-f]{7,64}(?: .*)?\r?$/.test(lines[at]!) && /^(?:Author|Merge|Reflog|AuthorDate|tree|parent):? /.test(lines[at + 1] ?? '')
  );
}

function commitSection(lines: readonly string[], from: number, to: number): Section {
  return { ...section('commit', lines, from, to), commit: /^commit ([0-9a-f]+)/.exec(lines[from]!)![1]! };
}

function section(kind: Section['kind'], lines: readonly string[], from: number, to: number): Section {
  return { kind, lines: lines.slice(from, to), firstLine: from + 1, isBoxed: false };
}

/** What is before the first one, unless it is nothing. */
function before(kind: Section['kind'], lines: readonly string[], end: number): Section[] {
  return lines.slice(0, end).every((line) => line.trim() === '') ? [] : [section(kind, lines, 0, end)];
}

function between(starts: readonly number[], end: number): [number, number][] {
  return starts.map((from, index) => [from, starts[index + 1] ?? end]);
}

function linesWhere(lines: readonly string[], test: (lines: readonly string[], at: number) => boolean): number[] {
  return lines.flatMap((_, at) => (test(lines, at) ? [at] : []));
}
