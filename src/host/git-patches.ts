import { diffOptions, git, inFolder, isHash, resolveCommit, type Answer, type Repository } from './git.ts';

/** Patches as git writes them, for the reader of patches. */
export interface GitPatches {
  readonly bytes: Buffer;
  /** The commit that the first of them was made on; undefined where it has none, and where the work tree has the changes. */
  readonly base?: string;
  /** What is not in them, in words. */
  readonly notes: readonly string[];
}

/** A branch that `b4 review` made for a series. */
export interface ReviewBranch {
  readonly name: string;
  /** Subject of the cover letter. */
  readonly subject: string;
  /** What `patchesOf` takes. */
  readonly range: string;
}

const maxCommits = 1000;

/** The patches of a commit, or of a range as `v6.1..topic` or `main...topic`; those that change something in the folder. */
export function patchesOf(repository: Repository, revision: string): Answer<GitPatches> {
  const range = /^(.*?)(\.{2,3})(.*)$/s.exec(revision.trim());
  if (range === null) return patchOf(repository, revision.trim());
  const from = resolveCommit(repository, range[1] === '' ? 'HEAD' : range[1]!);
  if ('error' in from) return from;
  const to = resolveCommit(repository, range[3] === '' ? 'HEAD' : range[3]!);
  return 'error' in to ? to : patchesBetween(repository, from.hash, to.hash);
}

/** What is in the index and not in the last commit, or in the work tree and not in the index. */
export function changesIn(repository: Repository, place: 'staged' | 'unstaged'): Answer<GitPatches> {
  const staged = place === 'staged' ? ['--cached'] : [];
  const diff = git(repository, ['diff', ...staged, ...patchOptions(repository), ...inFolder(repository)]);
  if ('error' in diff) return diff;
  const notes = place === 'staged' ? [] : untracked(repository);
  if (diff.bytes.length === 0) return { error: [`nothing is ${place === 'staged' ? 'staged' : 'changed'}`, ...notes].join('; ') };
  const head = resolveCommit(repository, 'HEAD');
  const base = place === 'staged' && 'hash' in head ? { base: head.hash } : {};
  return { bytes: diff.bytes, ...base, notes };
}

/** Series that `b4 review` has put on branches: the patches, and a last commit that is empty and tells of them. */
export function reviewBranches(repository: Repository): Answer<{ readonly branches: readonly ReviewBranch[] }> {
  const format = '--format=%(refname:short)%00%(objectname)%00%(contents)%00';
  const refs = git(repository, ['for-each-ref', format, 'refs/heads/b4/review/']);
  if ('error' in refs) return refs;
  const fields = refs.bytes.toString().split('\0');
  const branches: ReviewBranch[] = [];
  for (let at = 0; at + 3 < fields.length; at += 3) {
    const [name, tip, message] = [fields[at]!.trim(), fields[at + 1]!, fields[at + 2]!];
    const range = reviewRange(repository, tip, message);
    if (range !== undefined) branches.push({ name, subject: message.split('\n')[0]!.trim(), range });
  }
  return { branches };
}

function patchesBetween(repository: Repository, from: string, to: string): Answer<GitPatches> {
  const count = (...args: string[]): number => {
    const counted = git(repository, ['rev-list', '--count', ...args]);
    return 'error' in counted ? 0 : Number(counted.bytes.toString());
  };
  const all = count('--no-merges', `${from}..${to}`, '--');
  const merges = count('--merges', `${from}..${to}`, '--');
  const here = repository.prefix === '' ? all : count('--no-merges', `${from}..${to}`, ...inFolder(repository));
  if (here === 0) return { error: all === 0 ? 'the range has no commits' : 'no commit of the range changes the folder' };
  if (here > maxCommits) return { error: `the range has ${here} commits; ${maxCommits} are the most` };
  const roots = git(repository, ['rev-list', '--max-parents=0', `${from}..${to}`, '--']);
  const cut = 'error' in roots ? undefined : whyCut(repository, roots.bytes.toString().split('\n').filter(isHash));
  if (cut !== undefined) return { error: cut };
  const made = formatPatch(repository, [`${from}..${to}`]);
  if ('error' in made) return made;
  const notes: string[] = [];
  const mails = made.bytes.toString('latin1').match(/^From (?:[0-9a-f]{40}|[0-9a-f]{64}) Mon Sep 17 00:00:00 2001$/gm)?.length ?? 0;
  if (mails < here)
    notes.push(`${here - mails === 1 ? 'a commit that changes nothing is' : `${here - mails} commits that change nothing are`} left out`);
  if (merges > 0) notes.push(`${merges === 1 ? 'a merge is' : `${merges} merges are`} left out`);
  if (all > here)
    notes.push(`${all - here === 1 ? 'a commit that changes' : `${all - here} commits that change`} nothing in the folder left out`);
  const base = git(repository, ['merge-base', from, to]);
  return { bytes: made.bytes, ...('error' in base ? {} : { base: base.bytes.toString().trim() }), notes };
}

function patchOf(repository: Repository, revision: string): Answer<GitPatches> {
  const commit = resolveCommit(repository, revision);
  if ('error' in commit) return commit;
  const parents = git(repository, ['log', '-1', '--no-color', '--format=%P', commit.hash, '--']);
  if ('error' in parents) return parents;
  const [base, other] = parents.bytes.toString().trim().split(' ').filter(isHash);
  if (other === undefined) {
    const cut = base === undefined ? whyCut(repository, [commit.hash]) : undefined;
    if (cut !== undefined) return { error: cut };
    // Not `-1`: of a folder, that is the last commit before which changes it.
    const made = formatPatch(repository, base === undefined ? ['--root', commit.hash] : [`${base}..${commit.hash}`]);
    if ('error' in made) return made;
    if (made.bytes.length === 0)
      return { error: repository.prefix === '' ? 'the commit changes nothing' : 'the commit changes nothing in the folder' };
    return { bytes: made.bytes, ...(base === undefined ? {} : { base }), notes: [] };
  }
  const options = ['-1', '-p', '-m', '--first-parent', '--format=medium', '--no-notes', '--no-decorate'];
  const shown = git(repository, ['log', ...options, ...patchOptions(repository), commit.hash, '--']);
  return 'error' in shown
    ? shown
    : { bytes: shown.bytes, base: base!, notes: ['the commit is a merge: it is compared with its first parent'] };
}

/** In a shallow clone the last commit that is there looks as if it had made the whole tree. `commits` have no parent here. */
function whyCut(repository: Repository, commits: readonly string[]): string | undefined {
  const cut = commits.find((hash) => {
    const commit = git(repository, ['cat-file', 'commit', hash]);
    return !('error' in commit) && commit.bytes.toString('latin1').split('\n\n')[0]!.includes('\nparent ');
  });
  return cut === undefined ? undefined : `the clone is shallow and ends at ${cut.slice(0, 12)}: what that commit changes is not known here`;
}

function formatPatch(repository: Repository, which: readonly string[]): Answer<{ readonly bytes: Buffer }> {
  const plain = ['attach', 'thread', 'cover-letter', 'to', 'cc', 'add-header', 'notes', 'from', 'signature', 'base', 'signoff'];
  // Git counts commits without a change too.
  const options = ['--stdout', '--no-numbered', ...plain.map((name) => `--no-${name}`)];
  return git(repository, ['format-patch', ...options, ...patchOptions(repository), ...which, ...inFolder(repository)]);
}

function patchOptions(repository: Repository): string[] {
  return [...diffOptions(repository), '--full-index', '-M', '-U3', '--src-prefix=a/', '--dst-prefix=b/'];
}

/** The range that b4 wrote down, in JSON at the end of the last commit's message; else what the branch has over its base. */
function reviewRange(repository: Repository, tip: string, message: string): string | undefined {
  const [, json] = message.split('--- b4-review-tracking ---');
  if (json !== undefined) {
    const series = seriesOf(json.replace(/^#.*$/gm, ''));
    const first = textAt(series, 'first-patch-commit');
    if (isHash(first)) return `${first}^..${tip}^`;
    const base = textAt(series, 'base-commit');
    if (isHash(base)) return `${base}..${tip}^`;
  }
  const base = git(repository, ['merge-base', 'HEAD', tip]);
  const hash = 'error' in base ? '' : base.bytes.toString().trim();
  return isHash(hash) && hash !== tip ? `${hash}..${tip}` : undefined;
}

function seriesOf(json: string): unknown {
  try {
    const data: unknown = JSON.parse(json);
    return typeof data === 'object' && data !== null && 'series' in data ? data.series : undefined;
  } catch {
    return undefined;
  }
}

function textAt(value: unknown, key: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'string' ? found : '';
}

function untracked(repository: Repository): string[] {
  const found = git(repository, ['ls-files', '-z', '--others', '--exclude-standard', ...inFolder(repository)]);
  const count = 'error' in found ? 0 : found.bytes.toString('latin1').split('\0').length - 1;
  return count === 0
    ? []
    : [`${count === 1 ? 'a file that git does not track is' : `${count} files that git does not track are`} not looked at`];
}
