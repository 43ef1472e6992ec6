import type { FileText, Tree } from '../source/tree.ts';
import type { Applied, AppliedFile, PlacedHunk, PlacedLine, Refused } from './applied.ts';
import type { FileChange, Hunk, Patch } from './patch.ts';
import { linesOf, Placing, sideOf, type Lines } from './place.ts';

type Source = Pick<Tree, 'read'>;

/**
 * Puts a patch on a tree; nothing is written. Hunks that do not fit are left out and said. If the tree has the patch already,
 * it is taken off instead: then `after` is what the tree has.
 */
export function applyPatch(tree: Source, patch: Patch): Applied {
  const forward = attempt(tree, patch, false);
  // It may fit twice by chance, as where it repeats a line. Then it is where its numbers say.
  if (forward.refused.length === 0 && !forward.wasOff) return { state: 'forward', files: forward.files, refused: [] };
  const backward = attempt(tree, patch, true);
  const isBackward = backward.refused.length === 0 && (forward.refused.length > 0 || !backward.wasOff) && backward.files.length > 0;
  if (isBackward) return { state: 'reversed', files: backward.files, refused: [] };
  const { files, refused } = forward;
  return { state: refused.length === 0 ? 'forward' : files.some(isPutOn) ? 'partly' : 'none', files, refused };
}

/** Whether anything of a file is another than before: of a binary, and of one whose mode alone changes, nothing is put on. */
function isPutOn({ change, hunks }: AppliedFile): boolean {
  return hunks.length > 0 || (!change.isBinary && change.kind !== 'changed');
}

/** Takes a patch off a tree that is known to have it; `none` where it has not, or not all of it. */
export function takeOff(tree: Source, patch: Patch): Applied {
  const { files, refused } = attempt(tree, patch, true);
  return refused.length === 0 && files.length > 0 ? { state: 'reversed', files, refused } : { state: 'none', files: [], refused };
}

/** Texts by path that make the tree before the patch of a tree, or the one after it; undefined for files that are not there. */
export function textsOf(applied: Applied, side: 'before' | 'after'): Map<string, string | undefined> {
  const gone = new Map<string, undefined>();
  const there = new Map<string, string>();
  for (const { change, before, after } of applied.files.filter((file) => !file.change.isBinary)) {
    const [own, text] = side === 'before' ? [change.before, before] : [change.after, after];
    const other = side === 'before' ? change.after : change.before;
    // A copy leaves its source as it is.
    const isSource = change.kind === 'copied' && side === 'before';
    if (own !== undefined && text !== undefined && !isSource) there.set(own, text);
    if (other !== undefined && other !== own && (change.kind !== 'copied' || isSource)) gone.set(other, undefined);
  }
  // One file may go where another one was.
  return new Map<string, string | undefined>([...gone, ...there]);
}

interface Attempt {
  readonly files: AppliedFile[];
  readonly refused: Refused[];
  /** Whether some hunk is not where the patch says. */
  readonly wasOff: boolean;
}

/** One file of the patch, with the path that is in the tree called `from`, whichever way it is applied. */
interface Step {
  readonly change: FileChange;
  readonly from?: string;
  readonly to?: string;
}

function attempt(tree: Source, patch: Patch, isReverse: boolean): Attempt {
  const files: AppliedFile[] = [];
  const refused: Refused[] = [];
  let wasOff = false;
  const steps = patch.files.map((change): Step => {
    return isReverse ? { change, from: change.after, to: change.before } : { change, from: change.before, to: change.after };
  });
  const moved = new Set(
    steps.flatMap(({ change, from, to }) => (from !== undefined && from !== to && change.kind !== 'copied' ? [from] : [])),
  );
  const froms = new Set<string>();
  const tos = new Set<string>();
  for (const step of steps) {
    const { change, from, to } = step;
    const refuse = (message: string, line = change.line): void => {
      refused.push({ file: change.after ?? change.before ?? '', line, message });
    };
    const isCopy = change.kind === 'copied';
    const isTwice = (!(isCopy && !isReverse) && isSeen(froms, from)) || (!(isCopy && isReverse) && isSeen(tos, to));
    const read = isTwice
      ? { error: 'the patch has this file twice' }
      : change.isBinary
        ? { text: '' }
        : sourceOf(tree, step, moved, isReverse);
    if ('error' in read) {
      refuse(read.error);
      continue;
    }
    if (change.isBinary) {
      files.push({ change, hunks: [] });
      continue;
    }
    const put = putHunks(change, read.text, isReverse);
    for (const { hunk, message } of put.refused) refuse(message, hunk.line);
    const isLeft = to === undefined && put.text !== '' && change.hunks.length > 0;
    if (isLeft && put.refused.length === 0) refuse('the file has more lines than the patch deletes');
    if (isLeft || (put.hunks.length === 0 && put.refused.length > 0)) continue;
    if (put.wasOff) wasOff = true;
    const old = from === undefined ? {} : { [isReverse ? 'after' : 'before']: read.text };
    const made = to === undefined ? {} : { [isReverse ? 'before' : 'after']: put.text };
    files.push({ change, ...old, ...made, hunks: put.hunks });
  }
  return { files, refused, wasOff };
}

function isSeen(seen: Set<string>, path: string | undefined): boolean {
  const isOld = path !== undefined && seen.has(path);
  if (path !== undefined) seen.add(path);
  return isOld;
}

/** The text that the hunks are put on, where the tree is as the patch wants it. */
function sourceOf(tree: Source, { change, from, to }: Step, moved: ReadonlySet<string>, isReverse: boolean): FileText {
  const isSourceLeft = change.kind === 'copied' && isReverse;
  if (to !== undefined && to !== from && !isSourceLeft && !moved.has(to)) {
    const there = tree.read(to);
    if ('text' in there) return { error: `\`${to}\` is in the tree already` };
    if (there.error !== 'not found') return { error: `\`${to}\` cannot be looked at: ${there.error}` };
  }
  if (from === undefined) return { text: '' };
  const read = tree.read(from);
  if ('text' in read) return read;
  // A diff without git's heads does not say that a file is new.
  const isNew = change.kind === 'changed' && change.hunks.length === 1 && change.hunks[0]!.lines.every((line) => line.kind === '+');
  if (read.error !== 'not found') return { error: `\`${from}\` cannot be read: ${read.error}` };
  return isNew && !isReverse ? { text: '' } : { error: `\`${from}\` is not in the tree` };
}

interface Put {
  readonly text: string;
  readonly hunks: PlacedHunk[];
  readonly refused: { hunk: Hunk; message: string }[];
  readonly wasOff: boolean;
}

function putHunks(change: FileChange, text: string, isReverse: boolean): Put {
  const lines = linesOf(text);
  const exact = putLines(change.hunks, lines, isReverse, (line) => line);
  if (exact.refused.length === 0) return exact;
  // A mail, or git's autocrlf, changed how lines end: of all of them, or it is none of that.
  const isTreeCrlf = lines.texts.length > 0 && lines.texts.every((line) => line.endsWith('\r'));
  const isTreeLf = lines.texts.every((line) => !line.endsWith('\r'));
  const all = change.hunks.flatMap((hunk) => hunk.lines);
  const convert =
    isTreeCrlf && all.every((line) => !line.text.endsWith('\r'))
      ? (line: string): string => `${line}\r`
      : isTreeLf && all.every((line) => line.text.endsWith('\r'))
        ? (line: string): string => line.slice(0, -1)
        : undefined;
  if (convert === undefined) return exact;
  const converted = putLines(change.hunks, lines, isReverse, convert);
  return converted.refused.length < exact.refused.length ? converted : exact;
}

function putLines(hunks: readonly Hunk[], lines: Lines, isReverse: boolean, convert: (line: string) => string): Put {
  const placing = new Placing(lines);
  const made: string[][] = [];
  const placed: PlacedHunk[] = [];
  const refused: { hunk: Hunk; message: string }[] = [];
  let taken = 0;
  let length = 0;
  let hasOpenEnd = lines.hasOpenEnd;
  for (const given of hunks) {
    const hunk = { ...given, lines: given.lines.map((line) => ({ ...line, text: convert(line.text) })) };
    const side = sideOf(hunk, isReverse);
    const place = placing.place(side);
    if ('message' in place) {
      refused.push({ hunk: given, message: place.message });
      continue;
    }
    made.push(lines.texts.slice(taken, place.at));
    length += place.at - taken;
    const fresh = hunk.lines.filter((line) => line.kind !== (isReverse ? '+' : '-'));
    placed.push(placeHunk(given, place.at, length, isReverse));
    made.push(fresh.map((line) => line.text));
    length += fresh.length;
    taken = place.at + side.old.length;
    if (taken === lines.texts.length && (side.old.length > 0 || fresh.length > 0)) hasOpenEnd = fresh.at(-1)?.hasNoNewline === true;
  }
  made.push(lines.texts.slice(taken));
  const all = made.flat();
  const text = all.length === 0 ? '' : `${all.join('\n')}${hasOpenEnd ? '' : '\n'}`;
  return { text, hunks: placed, refused, wasOff: placing.wasOff };
}

/** `from` and `to` count lines from 0, in the text that was there and in the one that was made. */
function placeHunk(hunk: Hunk, from: number, to: number, isReverse: boolean): PlacedHunk {
  let [before, after] = isReverse ? [to, from] : [from, to];
  const first = (start: number, other: string): number => (hunk.lines.some(({ kind }) => kind !== other) ? start + 1 : start);
  const starts = { beforeStart: first(before, '+'), afterStart: first(after, '-') };
  const lines = hunk.lines.map((line): PlacedLine => {
    const place = { ...(line.kind === '+' ? {} : { before: ++before }), ...(line.kind === '-' ? {} : { after: ++after }) };
    return { ...line, ...place };
  });
  return { hunk, ...starts, lines };
}
