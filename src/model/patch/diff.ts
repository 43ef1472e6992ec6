import { parsePatch, type StructuredPatch } from 'diff';
import { decode } from './bytes.ts';
import { missingOf } from './diffstat.ts';
import { binaryNames, findParts, quote, type LineProblem, type Part, type Span } from './parts.ts';
import type { FileChange, Hunk, HunkLine } from './patch.ts';

export interface Diff {
  readonly files: readonly FileChange[];
  /** Lines that are about files, decoded; all others are message. */
  readonly parts: readonly (Span & { readonly lines: readonly string[] })[];
  /** `line` counts from 0. */
  readonly problems: readonly LineProblem[];
}

/** The changes of files in some text. `lines` are binary strings; each file's part is decoded by itself. */
export function readDiff(lines: readonly string[]): Diff {
  const found = findParts(lines);
  const problems = [...found.problems];
  const files: FileChange[] = [];
  const roots = rootsOf(lines, found.parts);
  const parts = found.parts.map((part) => {
    const decoded = decode(lines.slice(part.start, part.end).join('\n')).split('\n');
    const change = readPart(part, decoded, roots, problems);
    if (change !== undefined) files.push(change);
    return { start: part.start, end: part.end, lines: decoded };
  });
  problems.push(...missingOf(lines, { files, parts: found.parts, problems }));
  return { files, parts, problems: problems.sort((a, b) => a.line - b.line) };
}

function readPart(part: Part, lines: readonly string[], roots: Roots | undefined, problems: LineProblem[]): FileChange | undefined {
  const head = lines.slice(0, part.headEnd - part.start);
  const names = part.isGit
    ? belowRoots(gitNames(head), roots)
    : plainNames(head, part.hunks.length === 0 ? '' : lines[part.headEnd - part.start]!);
  const refused = typeof names === 'string' ? names : whyNot(names);
  if (typeof names === 'string' || refused !== undefined) {
    problems.push({ line: part.start, message: `file left out: ${refused}` });
    return undefined;
  }
  const hunks = part.hunks.flatMap((span) => {
    const hunk = readHunk(lines.slice(span.start - part.start, span.end - part.start), span.start + 1);
    if (hunk === undefined) problems.push({ line: span.start, message: 'hunk left out: it cannot be read' });
    return hunk ?? [];
  });
  return { ...names, isBinary: part.isBinary, line: part.start + 1, hunks };
}

function readHunk(lines: readonly string[], line: number): Hunk | undefined {
  // Mailers cut the space of an empty line.
  const parsed = parse(lines.map((text) => (text === '' || text === '\r' ? ` ${text}` : text)))?.hunks[0];
  if (parsed === undefined) return undefined;
  const hunkLines: HunkLine[] = [];
  for (const [index, text] of parsed.lines.entries()) {
    const last = hunkLines.at(-1);
    if (!text.startsWith('\\')) hunkLines.push({ kind: kindOf(text), text: contentOf(text), line: line + 1 + index });
    else if (last !== undefined) hunkLines[hunkLines.length - 1] = { ...last, hasNoNewline: true };
  }
  // The parser moves the start of an empty side by one, to where the first line would be.
  const beforeStart = parsed.oldLines === 0 ? parsed.oldStart - 1 : parsed.oldStart;
  const afterStart = parsed.newLines === 0 ? parsed.newStart - 1 : parsed.newStart;
  return { beforeStart, afterStart, line, lines: hunkLines };
}

function kindOf(text: string): HunkLine['kind'] {
  return text.startsWith('+') ? '+' : text.startsWith('-') ? '-' : ' ';
}

function contentOf(text: string): string {
  const content = /^[-+ ]/.test(text) ? text.slice(1) : text;
  // A tree gives its files without their byte order mark.
  return content.startsWith('\uFEFF') ? content.slice(1) : content;
}

type Names = Pick<FileChange, 'kind' | 'before' | 'after'>;

function gitNames(head: readonly string[]): Names | string {
  const isName = (line: string): boolean => /^(?:---|\+\+\+) /.test(line);
  // Without the names in the hunks' head, as these may have any prefix or none.
  const git = parse(head.filter((line) => !isName(line)));
  const { oldFileName: from, newFileName: to } = git ?? {};
  if ((git?.isRename === true || git?.isCopy === true) && from !== undefined && to !== undefined) {
    return { kind: git.isRename === true ? 'renamed' : 'copied', before: withoutFirst(from), after: withoutFirst(to) };
  }
  const named = parse(head.filter((line) => isName(line)));
  const line = sameNames(head[0]!.slice('diff --git '.length)) ?? (from === undefined ? undefined : pairName(from, to ?? from));
  const before = git?.isCreate === true ? undefined : nameIn(named?.oldFileName, line);
  const after = git?.isDelete === true ? undefined : nameIn(named?.newFileName, line);
  const both = named?.oldFileName !== undefined && before !== undefined && after !== undefined;
  const path = both ? pairName(named.oldFileName!, named.newFileName!) : (after ?? before ?? line);
  if (path === undefined) return `its name cannot be told from ${quote(head[0]!)}`;
  return namesOf(
    path,
    git?.isCreate === true || (before === undefined && after !== undefined),
    git?.isDelete === true || (after === undefined && before !== undefined),
  );
}

interface Roots {
  readonly before: string;
  readonly after: string;
}

/** The folders that `git diff --no-index` compared; in a repository, a file that is not renamed has one name. */
function rootsOf(lines: readonly string[], parts: readonly Part[]): Roots | undefined {
  for (const part of parts.filter(({ isGit, hunks }) => isGit && hunks.length > 0)) {
    const [before, after] = lines.slice(part.headEnd - 2, part.headEnd).map((line) => line.slice(4).split('\t')[0]!);
    const isRenamed = lines.slice(part.start, part.headEnd).some((line) => /^(?:rename|copy) /.test(line));
    if (before === undefined || after === undefined || before === '/dev/null' || after === '/dev/null' || isRenamed) continue;
    const olds = before.split('/').slice(1);
    const news = after.split('/').slice(1);
    if (before === after || olds.join('/') === news.join('/')) return undefined;
    while (olds.length > 0 && olds.at(-1) === news.at(-1)) {
      olds.pop();
      news.pop();
    }
    return olds.length === 0 || news.length === 0 ? undefined : { before: `${olds.join('/')}/`, after: `${news.join('/')}/` };
  }
  return undefined;
}

function belowRoots(names: Names | string, roots: Roots | undefined): Names | string {
  if (typeof names === 'string' || roots === undefined) return names;
  const below = (path: string | undefined, root: string): string | undefined =>
    path?.startsWith(root) === true ? path.slice(root.length) : path;
  const after = below(names.after, roots.after);
  const before = names.kind === 'changed' ? after : below(names.before, roots.before);
  return { kind: names.kind, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** A name of `---` or `+++`, without a prefix that `diff --git` shows to be one; undefined for `/dev/null`. */
function nameIn(name: string | undefined, line: string | undefined): string | undefined {
  if (name === undefined) return line;
  if (name === '/dev/null') return undefined;
  if (line !== undefined && (name === line || withoutFirst(name) === line)) return line;
  return withoutPrefix(name);
}

function plainNames(head: readonly string[], hunk: string): Names | string {
  const binary = binaryNames(head[0]!);
  if (binary !== undefined) return namesOf(pairName(...binary), binary[0] === '/dev/null', binary[1] === '/dev/null');
  const named = parse(head.filter((line) => !line.startsWith('diff ')));
  const { oldFileName: from = '', newFileName: to = '' } = named ?? {};
  if (from === '' || to === '') return 'it has no name';
  // diff -N gives a file that is not there the beginning of time, in the zone of its user.
  const isAdded = from === '/dev/null' || (hunk.includes(' -0,0 ') && isEpoch(named?.oldHeader));
  const isDeleted = to === '/dev/null' || (hunk.includes(' +0,0 ') && isEpoch(named?.newHeader));
  return namesOf(pairName(from, to), isAdded, isDeleted && !isAdded);
}

function isEpoch(time: string | undefined): boolean {
  return /^19(?:70-01-01|69-12-31) /.test(time ?? '');
}

function namesOf(path: string, isAdded: boolean, isDeleted: boolean): Names {
  if (isAdded) return { kind: 'added', after: path };
  return isDeleted ? { kind: 'deleted', before: path } : { kind: 'changed', before: path, after: path };
}

/** What two names of one file have in common: `a/x.c` and `b/x.c`, `linux.orig/x.c` and `linux/x.c`, `x.c.orig` and `x.c`. */
function pairName(before: string, after: string): string {
  if (before === '/dev/null') return withoutPrefix(after);
  if (after === '/dev/null') return withoutPrefix(before);
  if (before === after) return tidy(after);
  const rest = withoutFirst(after);
  if (rest !== '' && withoutFirst(before) === rest) return tidy(rest);
  return before === `${after}.orig` || before === `${after}~` ? tidy(after) : withoutPrefix(after);
}

/** `a/x.c b/x.c` or `x.c x.c`: the name, if both are unquoted and the same. */
function sameNames(names: string): string | undefined {
  const middle = (names.length - 1) / 2;
  const [before, after] = [names.slice(0, middle), names.slice(middle + 1)];
  if (names[middle] !== ' ' || names.includes('"')) return undefined;
  if (before === after) return before;
  return withoutFirst(before) === withoutFirst(after) && before.includes('/') ? withoutFirst(before) : undefined;
}

function withoutPrefix(name: string): string {
  return tidy(/^[a-z12]\/./.test(name) ? name.slice(2) : name);
}

function withoutFirst(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

function tidy(name: string): string {
  return name.startsWith('/') ? name : name.replace(/\/{2,}/g, '/');
}

function whyNot(names: Names): string | undefined {
  for (const path of [names.before, names.after]) {
    const reason = path === undefined ? undefined : whyRefused(path);
    if (reason !== undefined) return `its path ${quote(path!)} ${reason}`;
  }
  return undefined;
}

/** A path that could be another place than the tree's on some system. */
function whyRefused(path: string): string | undefined {
  if (path === '' || path.endsWith('/')) return 'is no name of a file';
  if (path.includes('\0')) return 'has a NUL byte';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  if (path.includes('\\')) return 'has a backslash';
  if (path.length > 4096) return 'is too long';
  const names = path.split('/');
  if (names.some((name) => name === '..' || name === '.' || name === '')) return 'leads out of the tree';
  return names.some((name) => /^(?:\.git|git~\d+)[. ]*$/i.test(name)) ? "is git's own" : undefined;
}

function parse(lines: readonly string[]): StructuredPatch | undefined {
  try {
    return parsePatch(lines.join('\n'))[0];
  } catch {
    // One name without the other, or a name that is quoted to no end.
    return undefined;
  }
}
