import { quote, type LineProblem, type Part } from './parts.ts';
import type { FileChange } from './patch.ts';

/** What `git format-patch` and its like count above a diff. */
interface DiffStat {
  /** The line that sums up, counted from 0. */
  readonly line: number;
  readonly files: number;
  readonly added: number;
  readonly removed: number;
  /** One for each file; of a binary, and of a name that is cut or quoted, less is known. */
  readonly rows: readonly Row[];
}

interface Row {
  /** As it is called after the patch; its end, where the name was cut. Undefined where it is quoted. */
  readonly name?: string;
  readonly isCut: boolean;
  /** Lines added and removed; undefined for a binary. */
  readonly lines?: number;
}

/** What was read, with the lines of the text that it was read from. */
interface ReadDiff {
  readonly files: readonly FileChange[];
  readonly parts: readonly Part[];
  readonly problems: readonly LineProblem[];
}

const total = /^ (\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?$/;
/** Git cuts its rows to 80 characters unless it is told not to. */
const longestRow = 1000;
const row = /^ (.+?) +\| +(?:(\d+)(?: [-+]+)?|Bin(?: .*)?|Unmerged)$/;

/**
 * What the diffstat has that is not there: a patch that is cut off between two hunks or files has nothing else that shows it. What is there and
 * not counted is read all the same, and is nothing to tell. Where the list of files is cut, nothing is said.
 */
export function missingOf(lines: readonly string[], diff: ReadDiff): readonly LineProblem[] {
  const stat = statAbove(lines, diff.parts[0]?.start ?? 0);
  if (!stat) return [];
  const files = missingFiles(stat, diff);
  const messages = [...(files === undefined ? [] : [files]), ...missingLines(lines, stat, diff)];
  return messages.map((message) => ({ line: stat.line, message }));
}

/** The last one above the first file, with nothing but what git writes between them. */
function statAbove(lines: readonly string[], end: number): DiffStat | undefined {
  let line = end - 1;
  while (line >= 0 && (lines[line]!.trim() === '' || /^ (?:create|delete|mode change|rename|copy|rewrite) /.test(lines[line]!))) line--;
  const [, files, added = '0', removed = '0'] = total.exec(lines[line] ?? '') ?? [];
  if (files === undefined) return undefined;
  const rows: Row[] = [];
  for (let at = line - 1; at >= 0; at--) {
    // More files than were to be listed.
    if (lines[at] === ' ...') return undefined;
    const [, name, count] = lines[at]!.length > longestRow ? [] : (row.exec(lines[at]!) ?? []);
    if (name === undefined) break;
    rows.unshift(rowOf(name, count));
  }
  return { line, files: Number(files), added: Number(added), removed: Number(removed), rows };
}

function rowOf(text: string, count: string | undefined): Row {
  const lines = count === undefined ? {} : { lines: Number(count) };
  const name = text.replace(/ \((?:new|gone|mode [-+][lx]|new [-+][lx])\)$/, '');
  if (name.startsWith('"')) return { ...lines, isCut: false };
  // `dir/{old => new}/x.c`, where either may be empty; `old.c => new.c`.
  const after = name
    .replace(/\{[^{}]* => ([^{}]*)\}/, '$1')
    .replace(/^.* => /, '')
    .replace(/\/{2,}/g, '/');
  return after.startsWith('...') ? { ...lines, name: after.slice(3), isCut: true } : { ...lines, name: after, isCut: false };
}

function missingFiles({ files, rows }: DiffStat, diff: ReadDiff): string | undefined {
  const missing = files - diff.parts.length;
  if (missing <= 0) return undefined;
  const unread = rows.filter((each) => !diff.files.some((file) => isOf(each, file)));
  const names = unread.flatMap(({ name, isCut }) => (name === undefined ? [] : [`${isCut ? '...' : ''}${name}`]));
  const named = names.length === missing ? names.slice(0, 10).map(quote).join(', ') : '';
  return `of the ${files} files of the diffstat ${missing === 1 ? 'one is' : `${missing} are`} not here${named === '' ? '' : `: ${named}`}`;
}

/** Of files that are here; what was left out of one of them is told already. */
function missingLines(lines: readonly string[], { rows, added, removed, files }: DiffStat, diff: ReadDiff): readonly string[] {
  const whole = diff.files.filter((file) => isWhole(lines, file, diff));
  const said = whole.flatMap((file) => {
    const own = rows.filter((each) => isOf(each, file));
    // A name that was cut may be that of several files.
    const [only] = own;
    const isOnly = own.length === 1 && diff.files.filter((other) => isOf(only!, other)).length === 1;
    const missing = isOnly ? (only!.lines ?? 0) - countOf(file, '+') - countOf(file, '-') : 0;
    return missing > 0 ? [missingText(only!.lines!, missing, ` of ${quote(file.after ?? file.before ?? '')}`)] : [];
  });
  const isCounted = rows.length === 0 && diff.problems.length === 0 && diff.parts.length === files && whole.length === files;
  if (!isCounted) return said;
  const sum = (kind: '+' | '-'): number => whole.reduce((all, file) => all + countOf(file, kind), 0);
  const missing = Math.max(0, added - sum('+')) + Math.max(0, removed - sum('-'));
  return missing > 0 ? [missingText(added + removed, missing, '')] : [];
}

function missingText(lines: number, missing: number, of: string): string {
  return `of the ${lines} changed lines${of} in the diffstat ${missing === 1 ? 'one is' : `${missing} are`} not here`;
}

/** Not a file that git was told to tell without its old lines, a binary, or one of which something is said already. */
function isWhole(lines: readonly string[], { line, kind, isBinary, hunks }: FileChange, { parts, problems }: ReadDiff): boolean {
  const at = parts.findIndex(({ start }) => start === line - 1);
  const part = parts[at];
  if (!part || isBinary || (kind === 'deleted' && hunks.length === 0)) return false;
  const end = parts[at + 1]?.start ?? lines.length;
  return (
    !lines.slice(part.start, part.headEnd).some((each) => each.startsWith('dissimilarity index ')) &&
    !problems.some((problem) => problem.line >= part.start && problem.line < end)
  );
}

function isOf({ name, isCut }: Row, { before, after }: FileChange): boolean {
  const path = after ?? before;
  return name !== undefined && path !== undefined && (isCut ? path.endsWith(name) : path === name);
}

function countOf({ hunks }: FileChange, kind: '+' | '-'): number {
  return hunks.reduce((sum, { lines }) => sum + lines.filter((line) => line.kind === kind).length, 0);
}
