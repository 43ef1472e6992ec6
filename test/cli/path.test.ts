import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleTree } from '../sample/sample-tree.ts';
import { parseMermaid } from '../trace/mermaid-parser.ts';
import { lockstep, makeTree } from './lockstep.ts';

const handler = 'kvm_sbi_ext_hsm_handler';
const mutexes = `struct mutex { int x; };
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
static struct mutex a, b;
`;
const two = {
  MAINTAINERS: '',
  'd/one.c': `${mutexes}void target(void) { mutex_lock(&b); mutex_unlock(&b); }\nvoid near(void) { target(); }\nvoid far(void) { mutex_lock(&a); near(); mutex_unlock(&a); }\nvoid other(void) { target(); }\n`,
  'e/two.c': `${mutexes}static void same(void) { }\n`,
  'e/three.c': `${mutexes}static void same(void) { }\n`,
};

test('the sample: every step from the system call to the lock, and status 1 for the order it breaks', async () => {
  const { status, stdout, stderr } = await lockstep(sampleTree, 'path', handler);
  assert.equal(status, 1, stderr);
  assert.match(stdout, /^path 1 of 1: kvm_vcpu_ioctl > kvm_arch_vcpu_ioctl_run > .* > kvm_sbi_ext_hsm_handler$/m);
  const steps = [
    /kvm_main\.c:\d+: kvm_vcpu_ioctl: entered through kvm_vcpu_fops\.unlocked_ioctl$/m,
    /kvm_main\.c:\d+: kvm_vcpu_ioctl: takes struct kvm_vcpu\.mutex$/m,
    /kvm_host\.h:\d+: kvm_vcpu_srcu_read_lock: enters the read side of struct kvm\.srcu$/m,
    /through struct kvm_vcpu_sbi_extension\.handler, holding struct kvm_vcpu\.mutex, struct kvm\.srcu$/m,
    /vcpu_sbi_hsm\.c:\d+: kvm_sbi_ext_hsm_handler: takes struct kvm\.lock$/m,
    /^ {4}documented order broken: Documentation\/virt\/kvm\/locking\.rst:13: kvm->lock is taken outside vcpu->mutex$/m,
  ];
  const at = steps.map((step) => stdout.search(step));
  assert.ok(at[0]! >= 0);
  assert.deepEqual(
    at.toSorted((a, b) => a - b),
    at,
  );
});

test('JSON: the contract', async () => {
  const { stdout } = await lockstep(sampleTree, 'path', handler, '--format', 'json');
  const { version, paths, isCut, problems } = JSON.parse(stdout) as {
    version: number;
    paths: { file: string; line: number; function: string; text: string; held: string[]; via?: string; orders?: { line: number }[] }[][];
    isCut: boolean;
    problems: unknown[];
  };
  assert.deepEqual([version, paths.length, isCut, problems], [1, 1, false, []]);
  const [path] = paths;
  assert.deepEqual(
    path!.flatMap(({ via }) => via ?? []),
    ['kvm_vcpu_fops.unlocked_ioctl', 'struct kvm_vcpu_sbi_extension.handler'],
  );
  const { file, function: name, text, held, orders } = path!.at(-1)!;
  assert.deepEqual(
    { file, name, text, held },
    {
      file: 'arch/riscv/kvm/vcpu_sbi_hsm.c',
      name: handler,
      text: 'takes struct kvm.lock',
      held: ['struct kvm_vcpu.mutex', 'struct kvm.srcu', 'struct kvm.lock'],
    },
  );
  assert.deepEqual(
    orders?.map(({ line }) => line),
    [13, 23],
  );
});

test('Mermaid draws the first path, or the one that is named', async (t) => {
  const cwd = makeTree(t, two);
  const first = await lockstep(cwd, 'path', 'target', '--format', 'mermaid');
  await parseMermaid(first.stdout);
  assert.match(first.stderr, /the first of 2 paths \(--only N draws another\)/);
  const second = await lockstep(cwd, 'path', 'target', '--format', 'mermaid', '--only', '2');
  await parseMermaid(second.stdout);
  assert.match(second.stdout, /as far\n/);
  assert.doesNotMatch(first.stdout, /as far\n/);
  assert.equal(second.stderr, '');
});

test('several paths, the shortest first; no order broken ends with 0', async (t) => {
  const { status, stdout } = await lockstep(makeTree(t, two), 'path', 'target', 'd');
  assert.equal(status, 0);
  assert.deepEqual(stdout.match(/^path .*$/gm), ['path 1 of 2: other > target', 'path 2 of 2: far > near > target']);
  assert.match(stdout, /^2 paths$/m);
});

test('a line of a file, a function of a file', async (t) => {
  const cwd = makeTree(t, two);
  assert.match((await lockstep(cwd, 'path', 'd/one.c:5')).stdout, /one\.c:5: target: takes b$/m);
  assert.match((await lockstep(cwd, 'path', 'e/two.c:same')).stdout, /^path 1 of 1: same$/m);
});

const wrong: readonly [args: string[], message: RegExp][] = [
  [[], /path needs a FUNCTION/],
  [['taget'], /no function taget: did you mean target\?$/m],
  [['xyzzy'], /no function xyzzy in what was read$/m],
  [['same'], /same is defined at e\/three\.c:5, e\/two\.c:5: name one as e\/three\.c:same$/m],
  [['d/one.c:1'], /no function d\/one\.c:1 in what was read$/m],
  [['d/none.c:1'], /cannot read d\/none\.c: not found/],
  [['target', '../elsewhere'], /cannot read \.\.\/elsewhere/],
  [['target', '--only', '9'], /no path 9: there are 2$/m],
  [['target', '--format', 'sarif'], /unknown format sarif; there is: text, json, mermaid/],
];

test('what cannot be: one line that says why, and status 2', async (t) => {
  const cwd = makeTree(t, two);
  for (const [args, message] of wrong) {
    const { status, stdout, stderr } = await lockstep(cwd, 'path', ...args);
    assert.equal(status, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, message);
  }
});
