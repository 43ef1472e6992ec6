import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { devNull } from 'node:os';
import path from 'node:path';

/** A folder in the work tree of a git repository. */
export interface Repository {
  /** Where the work tree begins. */
  readonly root: string;
  /** What is asked about: the root, or a folder below it, as a kernel tree kept in some other repository. */
  readonly folder: string;
  /** Path of the folder below the root, with a `/` at its end; empty for the root. */
  readonly prefix: string;
}

export type Answer<T> = T | { readonly error: string };

export interface Commit {
  readonly hash: string;
  readonly subject: string;
  readonly author: string;
  /** As ISO 8601 has it. */
  readonly date: string;
}

/** `status`: with which git ended, where it did. */
type Ran = { readonly bytes: Buffer } | { readonly error: string; readonly status?: number };

const maxMegabytes = 256;
const seconds = 120;

/**
 * What a repository may not decide. Its configuration is as hostile as its files: watchers, filters, hooks, signatures and missing objects
 * can all name programs to start. External diffs and conversions are refused where a diff is asked for (`diffOptions`).
 */
const settings: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', devNull],
  ['core.quotePath', 'true'],
  ['color.ui', 'false'],
  ['diff.ignoreSubmodules', 'all'],
  ['diff.orderFile', '/dev/null'],
  ['diff.submodule', 'short'],
  ['diff.suppressBlankEmpty', 'false'],
  ['i18n.logOutputEncoding', 'UTF-8'],
  ['log.showSignature', 'false'],
  ['protocol.allow', 'never'],
];

/** Options of every command that makes a diff. */
export function diffOptions(repository: Repository): string[] {
  const place = repository.prefix === '' ? '--no-relative' : '--relative';
  return ['--no-ext-diff', '--no-textconv', '--no-color', '--ignore-submodules=all', '--submodule=short', place];
}

/** The end of a command's arguments: what is below the folder. */
export function inFolder(repository: Repository): string[] {
  return repository.prefix === '' ? ['--'] : ['--', '.'];
}

/** The repository that a folder is in. */
export function findRepository(folder: string): Answer<Repository> {
  const version = runGit(folder, ['version'], []);
  if ('error' in version) return version;
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version.bytes.toString()) ?? [];
  if (Number(major) < 2 || (Number(major) === 2 && Number(minor) < 31)) return { error: 'git is older than 2.31' };
  const found = runGit(folder, ['rev-parse', '--show-toplevel'], []);
  if ('error' in found) return found;
  try {
    const root = realpathSync.native(found.bytes.toString().replace(/\r?\n$/, ''));
    const real = realpathSync.native(folder);
    const below = path.relative(root, real).split(path.sep).join('/');
    if (below === '..' || below.startsWith('../') || path.isAbsolute(below)) return { error: 'the folder is outside of its repository' };
    return { root, folder: real, prefix: below === '' ? '' : `${below}/` };
  } catch {
    return { error: 'the folder cannot be read' };
  }
}

/** Runs git in the folder of a repository. `args` has no revision that was not resolved. */
export function git(repository: Repository, args: readonly string[], input?: string): Answer<{ readonly bytes: Buffer }> {
  const filters = filtersIn(repository.folder);
  return 'error' in filters ? filters : runGit(repository.folder, args, filters.keys, input);
}

/** The name of the commit that somebody calls so: a hash, a branch, a tag, `HEAD~2`. */
export function resolveCommit(repository: Repository, revision: string): Answer<{ readonly hash: string }> {
  if (/[\0\n]/.test(revision) || revision.trim() === '') return { error: 'no revision is given' };
  const found = git(repository, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  const hash = 'error' in found ? '' : found.bytes.toString().trim();
  return isHash(hash) ? { hash } : { error: `no commit is called \`${revision.slice(0, 100)}\`` };
}

export function isHash(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** The newest commits that change something in the folder, for a person to pick one. */
export function recentCommits(repository: Repository, count: number): Answer<{ readonly commits: readonly Commit[] }> {
  const format = '--format=%H%x00%an%x00%aI%x00%s%x00';
  const log = git(repository, ['log', `-${Math.trunc(count)}`, '--no-color', format, 'HEAD', ...inFolder(repository)]);
  if ('error' in log) return log;
  const fields = log.bytes.toString().split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + 4 < fields.length; at += 4) {
    commits.push({ hash: fields[at]!.trim(), author: fields[at + 1]!, date: fields[at + 2]!, subject: fields[at + 3]! });
  }
  return { commits };
}

/** A git that starts no program of the repository, writes nothing, and gets nothing from elsewhere. */
function runGit(folder: string, args: readonly string[], filters: readonly string[], input?: string): Ran {
  const overrides = [...settings, ...filters.map((key) => [key, key.endsWith('.required') ? 'false' : ''] as const)];
  const env: NodeJS.ProcessEnv = {};
  for (const [key, value] of Object.entries(process.env)) if (!/^GIT_/i.test(key)) env[key] = value;
  // Not `-c`: a name may have `=` in it.
  for (const [index, [key, value]] of overrides.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  const more = { GIT_CONFIG_COUNT: String(overrides.length), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1' };
  const run = spawnSync('git', ['--no-pager', '-C', folder, ...args], {
    // Some systems look for programs in the working folder first.
    cwd: path.dirname(process.execPath),
    env: { ...env, ...more, GIT_ALLOW_PROTOCOL: 'none', LC_ALL: 'C' },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
    maxBuffer: maxMegabytes * 1024 * 1024,
    timeout: seconds * 1000,
    windowsHide: true,
  });
  if (run.error !== undefined) return { error: whyNotRun(run.error) };
  if (run.status === 0) return { bytes: run.stdout };
  const said =
    run.stderr
      .toString()
      .split('\n')
      .find((line) => line.trim() !== '') ?? `git ended with ${run.status ?? run.signal}`;
  return { error: said.replace(/^(?:fatal|error): /, '').slice(0, 300), ...(run.status === null ? {} : { status: run.status }) };
}

function whyNotRun(error: Error & { code?: string }): string {
  if (error.code === 'ENOENT') return 'git is not installed';
  if (error.code === 'ENOBUFS') return `git gave more than ${maxMegabytes} MB`;
  return error.code === 'ETIMEDOUT' ? `git took longer than ${seconds} seconds` : `git cannot be started: ${error.code ?? error.message}`;
}

/** The settings of programs that a file of the work tree goes through when it is compared. */
function filtersIn(folder: string): Answer<{ readonly keys: readonly string[] }> {
  const found = runGit(folder, ['config', '-z', '--name-only', '--get-regexp', '^filter\\..*\\.(clean|smudge|process|required)$'], []);
  if ('error' in found) return found.status === 1 ? { keys: [] } : found;
  return { keys: [...new Set(found.bytes.toString().split('\0'))].filter((key) => key !== '') };
}
