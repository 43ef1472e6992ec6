import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { run } from '../../src/cli/run.ts';
import { bundleInto, passingFolder } from '../host/bundle.ts';

const folder = passingFolder('cli');
bundleInto(folder, { 'cli.cjs': 'src/cli/main.ts', 'part-worker.cjs': 'src/host/part-worker.ts' });
/** The command line as it is shipped: what follows the program's name. */
export const command: readonly string[] = [path.join(folder, 'cli.cjs')];

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process: the same code less `main.ts`, and ten times as fast. */
export async function lockstep(cwd: string, ...args: string[]): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const output = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const status = await run(args, { cwd, input: () => Readable.from([]), stdout: output('stdout'), stderr: output('stderr') });
  return { status, ...written };
}

/** Runs the command line as a process of its own. */
export function spawnLockstep(cwd: string, ...args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...args], { cwd, encoding: 'utf8', timeout: 120_000 });
  return { status, stdout, stderr };
}

/** A folder of files that is gone after the test. */
export function makeTree(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}
