import type { Patch, PatchNote } from './patch.ts';

/** What the subject of a mail says: `[PATCH v2 1/3] a: b`. */
export interface Title {
  readonly subject: string;
  readonly number: number;
  readonly total: number;
  readonly version: number;
}

/** A patch with what decides on its place in the set. */
export interface Candidate {
  readonly patch: Patch;
  readonly title: Title;
  readonly isReply: boolean;
  /** Line of the file, counted from 1. */
  readonly line: number;
}

export function readTitle(subject: string): Title {
  const [brackets] = /^\s*(?:(?:re|aw|fwd?)\s*:\s*|\[[^\]]{0,200}\]\s*)*/i.exec(subject)!;
  const [, number = '1', total = '1'] = /[[\s](\d{1,6})\/(\d{1,6})[\]\s]/.exec(brackets) ?? [];
  const version = /(?:\bv|PATCHv)(\d{1,4})\b/i.exec(brackets)?.[1] ?? '1';
  const rest = subject.slice(brackets.length).trim();
  return { subject: rest === '' ? subject.trim() : rest, number: Number(number), total: Number(total), version: Number(version) };
}

interface Chosen {
  readonly patches: readonly Patch[];
  readonly problems: readonly PatchNote[];
  readonly replaced: readonly PatchNote[];
}

/**
 * The patches to review of all that were found, in the order in which they apply. One alone is what somebody wants to be reviewed, unless its
 * cover letter came with it.
 */
export function chooseSeries(found: readonly Candidate[], isNewestFirst: boolean, hasCover: boolean): Chosen {
  const problems: PatchNote[] = [];
  const replaced: PatchNote[] = [];
  const withoutReplies = leaveOutReplies(withoutTwins(found), replaced);
  const newest = leaveOutOlder(withoutReplies, replaced);
  const inOrder = isNewestFirst ? newest.toReversed() : sort(newest, problems, hasCover);
  return { patches: inOrder.map((candidate) => candidate.patch), problems, replaced };
}

/** Archives of several lists have one mail several times. */
function withoutTwins(found: readonly Candidate[]): Candidate[] {
  const ids = new Set<string>();
  return found.filter(({ patch }) => {
    const id = patch.mail?.messageId ?? '';
    if (id === '') return true;
    const isNew = !ids.has(id);
    ids.add(id);
    return isNew;
  });
}

function leaveOutReplies(found: readonly Candidate[], replaced: PatchNote[]): readonly Candidate[] {
  const patches = found.filter((candidate) => !candidate.isReply);
  if (patches.length === 0) return found;
  for (const reply of found.filter((candidate) => candidate.isReply)) {
    replaced.push({ line: reply.line, message: 'the diff in this reply is left out' });
  }
  return patches;
}

function leaveOutOlder(found: readonly Candidate[], replaced: PatchNote[]): readonly Candidate[] {
  const last = found.reduce((most, { title }) => Math.max(most, title.version), 1);
  const newest = found.filter(({ title }) => title.version === last);
  const subjects = new Set(newest.map(({ title }) => title.subject));
  const threads = new Set(newest.flatMap(threadOf));
  const isSame = (one: Candidate): boolean => subjects.has(one.title.subject) || threadOf(one).some((id) => threads.has(id));
  const older = new Set(found.filter((one) => one.title.version < last && isSame(one)).map(({ title }) => title.version));
  for (const version of [...older].sort((a, b) => a - b)) {
    const line = found.find(({ title }) => title.version === version)!.line;
    replaced.push({ line, message: `version ${version} of the series is left out: version ${last} of it is here too` });
  }
  return found.filter(({ title }) => !older.has(title.version));
}

function threadOf({ patch }: Candidate): string[] {
  return patch.mail === undefined ? [] : [patch.mail.messageId, ...patch.mail.references].filter((id) => id !== '');
}

function sort(found: readonly Candidate[], problems: PatchNote[], hasCover: boolean): readonly Candidate[] {
  const total = found[0]?.title.total ?? 1;
  const numbers = new Set(found.map(({ title }) => title.number));
  const isSeries = total > 1 && numbers.size === found.length && found.every(({ title }) => title.total === total);
  if (!isSeries) return found;
  if ((found.length > 1 || hasCover) && found.length < total) {
    const missing = Array.from({ length: Math.min(total, 1000) }, (_, index) => index + 1).filter((number) => !numbers.has(number));
    problems.push({
      line: 1,
      message: `of ${total} patches of the series ${missing.length === 1 ? 'one is' : `${missing.length} are`} not here: ${missing.slice(0, 10).join(', ')}`,
    });
  }
  return found.toSorted((a, b) => a.title.number - b.title.number);
}
