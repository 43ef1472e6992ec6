import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sample = fileURLToPath(new URL('../../samples/riscv-hsm/', import.meta.url));

/** The tree as it is before the patches. */
export const sampleTree = join(sample, 'tree');

/** Names of the mails, in the order in which they apply. */
export const samplePatches = readdirSync(sample)
  .filter((name) => name.endsWith('.patch'))
  .sort();

/** A copy in a temporary folder, which the caller removes. */
export function copySample(): string {
  const copy = mkdtempSync(join(tmpdir(), 'lockstep-sample-'));
  cpSync(sampleTree, copy, { recursive: true });
  return copy;
}

export function applyPatch(tree: string, patch: string): void {
  // Without GIT_DIR and outside any repository, so that git works on the copy and nothing else.
  const env = { ...process.env, GIT_DIR: undefined, GIT_CEILING_DIRECTORIES: tmpdir() };
  const git = spawnSync('git', ['apply', join(sample, patch)], { cwd: tree, env, encoding: 'utf8' });
  if (git.status !== 0) throw new Error(`${patch} does not apply: ${git.error?.message ?? git.stderr}`);
}

/** Path in the tree → text, sorted by path. */
export function readTree(tree: string, folder = ''): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(join(tree, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder + entry.name;
    if (entry.isFile()) files.set(path, readFileSync(join(tree, path), 'utf8'));
    else for (const [inside, text] of readTree(tree, `${path}/`)) files.set(inside, text);
  }
  return files;
}
