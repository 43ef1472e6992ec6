import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Log } from 'sarif';
import { abba } from './abba.ts';
import { command, lockstep, makeTree, spawnLockstep } from './lockstep.ts';

interface Report {
  readonly version: number;
  readonly findings: readonly {
    id: string;
    check: string;
    order?: { file: string; line: number; text: string };
    at: { file: string; line: number };
  }[];
  readonly stats: { inBaseline?: number; lessSure?: number; suppressed?: number };
}

const order = 'Locking\n=======\n\n- first_lock is taken outside second_lock\n';
const clean = abba.replace(/void backward[^]*/, '');

test('status 0 where nothing is found, 1 with findings', async (t) => {
  const tree = makeTree(t, { 'clean/a.c': clean, 'abba/a.c': abba });
  assert.equal((await lockstep(tree, 'check', 'clean')).status, 0);
  assert.equal((await lockstep(tree, 'check', 'abba')).status, 1);
  assert.equal((await lockstep(tree, 'check', 'clean', 'abba')).status, 1);
});

test('folders without sources are no clean bill; beside others they are named', async (t) => {
  const tree = makeTree(t, { MAINTAINERS: '', 'doc/a.txt': '', 'empty/only.h': '', 'lib/a.c': clean });
  assert.deepEqual(await lockstep(tree, 'check', 'doc', 'empty'), {
    ...{ status: 2, stdout: '', stderr: 'lockstep: no C file below doc, empty\n' },
  });
  const beside = await lockstep(tree, 'check', 'doc', 'lib');
  assert.deepEqual([beside.status, beside.stderr], [0, 'lockstep: no C file below doc\n']);
});

test('a folder that is taken for the tree for want of a better one is named', async (t) => {
  const tree = makeTree(t, { 'lib/a.c': clean, 'linux/MAINTAINERS': '', 'linux/lib/a.c': clean });
  const notice = `lockstep: no MAINTAINERS above lib: using ${tree} as the tree (--tree DIR names another)\n`;
  assert.equal((await lockstep(tree, 'check', 'lib')).stderr, notice);
  assert.equal((await lockstep(tree, 'check', 'lib', '--tree', '.')).stderr, '');
  assert.equal((await lockstep(tree, 'check', 'linux/lib')).stderr, '');
});

test('findings that are less sure than was asked for are counted, and kept from the status', async (t) => {
  // Readers on all sides: it takes waiting writers, a doubt.
  const lock = (a: string, b: string) =>
    `void ${a}${b}(void)\n{\n\tdown_read(&${a}); down_read(&${b});\n\tup_read(&${b}); up_read(&${a});\n}\n`;
  const locks = 'static DECLARE_RWSEM(a);\nstatic DECLARE_RWSEM(b);\n';
  const tree = makeTree(t, { MAINTAINERS: '', 'lib/a.c': locks + lock('a', 'b') + lock('b', 'a') });
  const all = await lockstep(tree, 'check', 'lib', '--minimum-confidence', 'medium');
  assert.match(all.stdout, /^ {2}confidence: medium$/m);
  assert.equal(all.status, 1);
  const sure = await lockstep(tree, 'check', 'lib');
  assert.match(sure.stdout, /^no findings, [1-9]\d* more of less confidence \(--minimum-confidence (medium|low) shows (it|them)\); /);
  assert.equal(sure.status, 0);
  const written = await lockstep(tree, 'check', 'lib', '--write-baseline', 'known.json');
  assert.match(written.stdout, /^no findings, [1-9]\d* more in the baseline; /);
  const again = await lockstep(tree, 'check', 'lib', '--baseline', 'known.json', '--minimum-confidence', 'low', '--format', 'json');
  assert.deepEqual((JSON.parse(again.stdout) as Report).findings, []);
});

test('what a comment suppresses is counted, and kept from the status', async (t) => {
  const ignored = abba
    .replace('mutex_lock(&second_lock);\n', 'mutex_lock(&second_lock); /* lockstep: ignore lock-order-cycle: boot only */\n')
    .replace('void backward', '// lockstep: ignore lock-order-cycle: the other side of it\nvoid backward');
  const tree = makeTree(t, {
    ...{ MAINTAINERS: '', 'both/a.c': ignored, 'one/a.c': ignored.replace('// lockstep: ignore lock-order-cycle', '//') },
    'bare/a.c': ignored.replace(': boot only', ''),
  });
  const both = await lockstep(tree, 'check', 'both');
  assert.match(both.stdout, /^no findings, 2 suppressed; /);
  assert.equal(both.status, 0);
  const one = await lockstep(tree, 'check', 'one');
  assert.match(one.stdout, /^1 finding \(1 error\), 1 suppressed; /m);
  assert.equal(one.status, 1);
  const bare = await lockstep(tree, 'check', 'bare');
  assert.match(bare.stdout, /^bare\/a\.c:8:56: warning: this gives no reason, so nothing is ignored: .* \[suppression\]$/m);
  assert.match(bare.stdout, /^2 findings \(1 error, 1 warning\), 1 suppressed; /m);

  const json = JSON.parse((await lockstep(tree, 'check', 'both', '--format', 'json')).stdout) as Report;
  assert.deepEqual([json.findings, json.stats.suppressed, json.stats.lessSure], [[], 2, 0]);
  const sarif = JSON.parse((await lockstep(tree, 'check', 'one', '--format', 'sarif')).stdout) as Log;
  assert.deepEqual(
    sarif.runs[0]?.results?.map(({ suppressions }) => suppressions),
    [[], [{ kind: 'inSource', justification: 'boot only' }]],
  );
});

test('a comment that suppresses nothing is told for a file, whose callers are read, and not for a folder', async (t) => {
  const unused = clean.replace('void forward', '/* lockstep: ignore lock-order-cycle: of old */\nvoid forward');
  const tree = makeTree(t, { MAINTAINERS: '', 'lib/a.c': unused });
  const file = await lockstep(tree, 'check', 'lib/a.c');
  assert.match(file.stdout, /^lib\/a\.c:6:4: information: no lock-order-cycle is found here: nothing is ignored \[suppression\]$/m);
  assert.equal(file.status, 0);
  assert.match((await lockstep(tree, 'check', 'lib')).stdout, /^no findings; /);
});

test('the tree is found above the path, and files are named from it', async (t) => {
  const folder = makeTree(t, { 'linux/MAINTAINERS': '', 'linux/lib/abba.c': abba });
  const expected = (await lockstep(path.join(folder, 'linux'), 'check', 'lib')).stdout;
  assert.match(expected, /^lib\/abba\.c:/);
  for (const [cwd, ...args] of [
    ['.', 'linux/lib'],
    ['.', path.join(folder, 'linux/lib')],
    ['linux/lib', '.'],
    ['linux/lib', 'lib'],
    ['.', 'lib', '--tree', 'linux'],
    ['linux/lib', 'lib', '--tree', '..'],
  ] as const) {
    assert.equal((await lockstep(path.join(folder, cwd), 'check', ...args)).stdout, expected, `${cwd}: ${args.join(' ')}`);
  }
});

test('the same run writes the same bytes, in every format', async (t) => {
  const tree = makeTree(t, { 'lib/abba.c': abba, 'lib/bad.c': '\0', 'Documentation/locking.rst': order });
  for (const format of ['text', 'json', 'sarif']) {
    const [one, two] = [0, 1].map(() => spawnLockstep(tree, 'check', 'lib', '--format', format));
    assert.deepEqual(one, two);
    assert.equal(one?.status, 1);
    assert.ok(!one?.stdout.includes(tree), 'no absolute paths');
  }
});

test('the machine formats hold the same findings', async (t) => {
  const tree = makeTree(t, { 'lib/abba.c': abba });
  const json = JSON.parse((await lockstep(tree, 'check', 'lib', '--format', 'json')).stdout) as Report;
  const sarif = JSON.parse((await lockstep(tree, 'check', 'lib', '--format=sarif')).stdout) as Log;
  assert.equal(json.version, 1);
  assert.deepEqual(
    sarif.runs[0]?.results?.map((result) => [result.ruleId, result.partialFingerprints?.['lockstepFinding/v1']]),
    json.findings.map((finding) => [finding.check, finding.id]),
  );
});

test('findings of the baseline are left out, counted, and do not come back when lines move', async (t) => {
  const tree = makeTree(t, { 'lib/abba.c': abba, 'moved/lib/abba.c': `/* one\n * more\n */\n${abba}` });
  const written = await lockstep(tree, 'check', 'lib', '--write-baseline', 'known.json');
  assert.match(written.stdout, /^no findings, 2 more in the baseline; /);
  assert.equal(written.status, 0);
  assert.match(readFileSync(path.join(tree, 'known.json'), 'utf8'), /"lock-order-cycle"/);
  for (const root of ['.', 'moved']) {
    const { status, stdout } = await lockstep(tree, 'check', 'lib', '--tree', root, '--baseline', 'known.json', '--format', 'json');
    const { findings, stats } = JSON.parse(stdout) as Report;
    assert.deepEqual({ status, findings, known: stats.inBaseline }, { status: 0, findings: [], known: 2 });
  }
});

test('orders from a file are used, inside the tree and outside', async (t) => {
  const folder = makeTree(t, { 'linux/lib/abba.c': abba, 'linux/my.rst': order, 'other.rst': order });
  const tree = path.join(folder, 'linux');
  for (const [given, shown] of [
    ['my.rst', 'my.rst'],
    ['../other.rst', path.join(folder, 'other.rst')],
  ] as const) {
    const { findings } = JSON.parse((await lockstep(tree, 'check', 'lib', '--orders', given, '--format', 'json')).stdout) as Report;
    const broken = findings.find((finding) => finding.check === 'documented-order');
    assert.deepEqual(broken?.order, { file: shown, line: 4, text: 'first_lock is taken outside second_lock' });
  }
});

test('a reader that leaves early is no failure', async (t) => {
  const tree = makeTree(t, { MAINTAINERS: '', 'lib/abba.c': abba });
  const child = spawn(process.execPath, [...command, 'check', 'lib'], { cwd: tree, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [status] = (await once(child, 'close')) as [number];
  assert.deepEqual({ status, stderr }, { status: 1, stderr: '' });
});

for (const asked of ['check lib', 'review ./empty.patch', 'lsp --not-an-option'])
  test(`what is there to read is left to others, and not waited for: ${asked}`, async (t) => {
    const tree = makeTree(t, { MAINTAINERS: '', 'lib/abba.c': abba, 'empty.patch': '\n' });
    const loop = `while read -r line; do echo "got $line"; "$@" >/dev/null 2>&1; done`;
    const child = spawn('sh', ['-c', loop, 'sh', process.execPath, ...command, ...asked.split(' ')], {
      cwd: tree,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    // More would stay unread for ever.
    child.stdin.write('one\ntwo\n', () => child.stdin.end('three\n'));
    await once(child, 'close');
    assert.equal(stdout, 'got one\ngot two\ngot three\n');
  });

test('a report that cannot be written is a failure', async (t) => {
  const tree = makeTree(t, { MAINTAINERS: '', 'lib/abba.c': abba });
  const full = openSync('/dev/full', 'w');
  t.after(() => closeSync(full));
  const { status, stderr } = spawnSync(process.execPath, [...command, 'check', 'lib'], {
    cwd: tree,
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  assert.match(stderr, /^lockstep: cannot write the report: .*ENOSPC/);
  assert.equal(status, 2);
});
