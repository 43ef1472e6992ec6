import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A git repository of a test, with nothing of the machine's configuration. */
export class Repository {
  readonly root = realpathSync(mkdtempSync(path.join(tmpdir(), 'lockstep-git-')));

  constructor() {
    this.git('init', '-q', '-b', 'main');
    this.git('config', 'user.name', 'Jo Sample');
    this.git('config', 'user.email', 'jo@example.org');
    this.git('config', 'core.autocrlf', 'false');
  }

  git(...args: string[]): string {
    return this.bytes(...args).toString('latin1');
  }

  bytes(...args: string[]): Buffer {
    const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_COMMITTER_DATE: '2024-04-08T09:00:00Z' };
    return execFileSync('git', ['-C', this.root, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });
  }

  write(file: string, text: string | Uint8Array): void {
    mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    writeFileSync(path.join(this.root, file), text);
  }

  /** Takes in all of the work tree; the new commit's name. */
  commit(subject: string): string {
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', subject);
    return this.git('rev-parse', 'HEAD').trim();
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Lines `1` to `count`, with some of them changed. */
export function numbered(count: number, changed: Readonly<Record<number, string>> = {}, end = '\n'): string {
  return Array.from({ length: count }, (_, index) => `${changed[index + 1] ?? `line ${index + 1}`}${end}`).join('');
}
