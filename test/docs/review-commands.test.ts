import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { command } from '../cli/lockstep.ts';
import { Repository } from '../patch/repository.ts';
import { readTree, samplePatches, sampleTree } from '../sample/sample-tree.ts';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const mails = samplePatches.map((name) => path.join(sampleTree, '..', name));

/** What a reader is expected to have: a tree with both patches on top of some history, and `lockstep` on PATH. */
let tree: Repository;
let bin: Repository;

before(() => {
  [tree, bin] = [new Repository(), new Repository()];
  for (const subject of ['before the beginning', 'the beginning']) {
    for (const [file, text] of readTree(sampleTree)) tree.write(file, text);
    tree.commit(subject);
  }
  tree.git('am', '-q', ...mails);
  tree.git('branch', 'base', 'HEAD~2');
  const lockstep = path.join(bin.root, 'lockstep');
  writeFileSync(lockstep, `#!/bin/sh\nexec '${process.execPath}' ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(lockstep, 0o755);
});
after(() => {
  tree.remove();
  bin.remove();
});

/** Runs a script of a document in the tree, with names that stand for something put in. */
function run(script: string): { status: number | null; stdout: string; stderr: string } {
  const known = script
    .replace(/0001-(?:kvm|some-change)\.patch/g, `'${mails[0]}'`)
    .replace('b4 am -o - MESSAGE-ID', `cat ${mails.map((mail) => `'${mail}'`).join(' ')}`)
    .replace('git fetch origin "$BASE"', `git fetch -q '${tree.root}' "$BASE"`)
    .replace('> lockstep.sarif', '');
  const env = { ...process.env, PATH: `${bin.root}${path.delimiter}${process.env['PATH']}`, BASE: 'base' };
  const { status, stdout, stderr } = spawnSync('sh', ['-ec', known], { cwd: tree.root, env, encoding: 'utf8', timeout: 120_000 });
  return { status, stdout, stderr };
}

test('commands that review patches run as they are written', () => {
  const commands = ['README.md', 'docs/command-line.md', 'docs/review.md'].flatMap((document) =>
    [...read(document).matchAll(/^ {4}((?:.*\| )?lockstep review [^#\n]+)/gm)].map(([, line]) => line!.trim()),
  );
  assert.ok(commands.length > 7, commands.join('\n'));
  for (const line of new Set(commands)) {
    const { status, stdout, stderr } = run(line);
    assert.equal(status, 0, `${line}: ${stderr}`);
    assert.match(stdout, /reset_cntx_lock|mp_state_lock|"version": "2\.1\.0"/, line);
  }
});

test('the scripts for CI, b4 and a hook do what is said of them', () => {
  const document = read('docs/review-in-ci.md');
  const [job = '', hook = ''] = [...document.matchAll(/```sh\n([^]*?)```/g)].map(([, script]) => script!);
  const baseline = /`(mkdir -p ci && lockstep check [^`]+)`/.exec(document)?.[1] ?? '';
  const { status, stdout, stderr } = run(`${baseline}\n${job}`);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^== 1\/2 RISCV: KVM: Give each vCPU a lock for its state\n/m);
  assert.match(stdout, /^2 patches: 0 new, 5 fixed, 0 kept;/m);

  const [, check = ''] = /git config b4\.review-perpatch-check-cmd '(.+)'/.exec(document) ?? [];
  const b4 = run(`${check} < '${mails[0]}'`);
  assert.deepEqual([b4.status, (JSON.parse(b4.stdout) as { status: string }[]).map((answer) => answer.status)], [0, ['pass']]);

  const file = path.join(tree.root, '.git/hooks/pre-commit');
  const hookOf = (script: string): void => {
    writeFileSync(file, `#!/bin/sh\nPATH='${bin.root}':$PATH\n${script}`);
    chmodSync(file, 0o755);
  };
  hookOf(hook);
  const bad = 'git revert --no-commit HEAD HEAD~1 && git revert --quit';
  const stopped = run(`${bad}; git commit -q -m back`);
  assert.deepEqual([stopped.status, stopped.stderr.match(/: new: /g)?.length], [1, 5], stopped.stderr);
  const [, piped = ''] = /takes `(git diff --cached \| lockstep review -)`/.exec(document) ?? [];
  hookOf(hook.replace(/^exec .*$/m, piped));
  const all = run('git reset -q && git commit -q -a -m back');
  assert.deepEqual([all.status, all.stderr.match(/: new: /g)?.length], [1, 5], all.stderr);
  assert.equal(run('git commit -q --no-verify -a -m back').status, 0);
});
