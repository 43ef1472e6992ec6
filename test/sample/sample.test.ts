import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const sample = fileURLToPath(new URL('../../samples/riscv-hsm/', import.meta.url));
const patches = readdirSync(sample)
  .filter((name) => name.endsWith('.patch'))
  .sort();
const hasGcc = spawnSync('gcc', ['--version']).status === 0;

let tree: string;
before(() => {
  tree = mkdtempSync(join(tmpdir(), 'lockstep-sample-'));
  cpSync(join(sample, 'tree'), tree, { recursive: true });
});
after(() => {
  rmSync(tree, { recursive: true, force: true });
});

test('the sample has two mails, and says what it is', () => {
  assert.deepEqual(
    patches.map((name) => name.slice(0, 4)),
    ['0001', '0002'],
  );
  for (const file of filesBelow(tree)) {
    const text = readFileSync(join(tree, file), 'utf8');
    assert.match(text.slice(0, 200), /SPDX-License-Identifier: MIT/, file);
    assert.match(text.slice(0, 200), /ample by Lockstep, not kernel code/, file);
  }
});

// One test: each step starts from what the one before has left.
test('the tree compiles, before the patches and after each', (t) => {
  compile(t);
  for (const name of patches) {
    // Without GIT_DIR and outside any repository, so that git works on the copy and nothing else.
    const applied = spawnSync('git', ['apply', join(sample, name)], {
      cwd: tree,
      env: { ...process.env, GIT_DIR: undefined, GIT_CEILING_DIRECTORIES: tmpdir() },
      encoding: 'utf8',
    });
    assert.equal(applied.status, 0, `${name}: ${applied.stderr}`);
    compile(t);
  }
  const hsm = readFileSync(join(tree, 'arch/riscv/kvm/vcpu_sbi_hsm.c'), 'utf8');
  assert.match(hsm, /reset_cntx_lock/);
  assert.doesNotMatch(hsm, /kvm->lock/);
});

function compile(t: { diagnostic(message: string): void }): void {
  if (!hasGcc) {
    t.diagnostic('no gcc here: syntax not checked');
    return;
  }
  const sources = filesBelow(tree).filter((file) => file.endsWith('.c'));
  for (const configuration of [[], ['-DCONFIG_LOCKDEP']]) {
    const include = ['-I', 'include', '-I', 'arch/riscv/include'];
    const gcc = spawnSync('gcc', ['-fsyntax-only', '-Wall', ...configuration, ...include, ...sources], { cwd: tree, encoding: 'utf8' });
    assert.equal(gcc.stderr, '');
    assert.equal(gcc.status, 0);
  }
}

function filesBelow(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(folder, `${prefix}${entry.name}/`) : [prefix + entry.name],
  );
}
