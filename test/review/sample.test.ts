import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test, type TestContext } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Log } from 'sarif';
import { lockstep, makeTree } from '../cli/lockstep.ts';
import { Repository } from '../patch/repository.ts';
import { applyPatch, copySample, readTree, samplePatches, sampleTree } from '../sample/sample-tree.ts';
import { assertGolden } from './golden.ts';

const [first, second] = samplePatches.map((name) => path.join(sampleTree, '..', name)) as [string, string];
/** The sample with the first patch, and with both. */
const withFirst = copySample();
const withBoth = copySample();
applyPatch(withFirst, samplePatches[0]!);
for (const patch of samplePatches) applyPatch(withBoth, patch);
/** Where nothing is, so that what is said does not depend on it. */
const elsewhere = copySample();
after(() => {
  for (const folder of [withFirst, withBoth, elsewhere]) rmSync(folder, { recursive: true, force: true });
});

const context = 'struct kvm_vcpu_arch.guest_reset_context';
const state = 'struct kvm_vcpu_arch.mp_state';

async function review(patch: string, tree: string, format: string, status = 0, ...more: readonly string[]): Promise<string> {
  const ran = await lockstep(elsewhere, 'review', patch, '--tree', tree, '--format', format, ...more);
  assert.deepEqual([ran.stderr, ran.status], ['', status]);
  return ran.stdout;
}

/** What a review says in JSON, as far as it is looked at here. */
interface Said {
  readonly findings: readonly {
    check: string;
    change: string;
    causes?: readonly { text: string }[];
    patchLine?: { patch: number; line: number; fileLine: number };
  }[];
  readonly changes: {
    readonly classes: Record<
      'added' | 'removed',
      readonly { class: string; guards: readonly string[]; outer: readonly string[]; takers: readonly { function: string }[] }[]
    >;
    readonly edges: Record<'added' | 'removed', readonly { outer: string; inner: string }[]>;
    readonly contracts: readonly { function: string; messages: readonly string[] }[];
    readonly accesses: readonly {
      place: string;
      verdict: string;
      messages: readonly string[];
      after?: { writers: readonly string[]; all: readonly string[] };
    }[];
  };
}

interface Review extends Said {
  readonly patches: readonly (Said & {
    subject: string;
    number: number;
    total: number;
    messageId: string;
    state: string;
    refused: unknown[];
  })[];
  readonly problems: readonly unknown[];
}

async function reviewJson(patch: string, tree: string, status = 0): Promise<Review> {
  return JSON.parse(await review(patch, tree, 'json', status)) as Review;
}

for (const [name, patch, tree] of [
  ['0001', first, sampleTree],
  ['0002', second, withFirst],
] as const) {
  for (const [format, ending] of [
    ['text', 'txt'],
    ['reply', 'mail'],
    ['b4', 'b4.json'],
    ...(name === '0002' ? [['json', 'json'] as const] : []),
  ] as const) {
    test(`${name} as ${format} is what its golden file shows`, async () => {
      assertGolden(`${name}.${ending}`, await review(patch, tree, format));
    });
  }
}

test('0001: the inversion is gone, and it is said which line did it', async () => {
  const { findings } = await reviewJson(first, sampleTree);
  assert.deepEqual(
    [...new Set(findings.map(({ check, change }) => `${change} ${check}`))],
    ['fixed documented-order', 'fixed lock-order-cycle', 'fixed sync-deadlock'],
  );
  const mail = readFileSync(first, 'utf8').split('\n');
  for (const { causes, patchLine } of findings) {
    assert.deepEqual(
      causes?.map(({ text }) => text),
      ['mutex_lock(&kvm->lock);'],
    );
    assert.equal(mail[patchLine!.fileLine - 1], '-\t\tmutex_lock(&kvm->lock);');
  }
});

test('0001: mp_state_lock is new, with who takes it, where it nests, and what it guards', async () => {
  const { changes } = await reviewJson(first, sampleTree);
  assert.deepEqual([changes.classes.added.length, changes.classes.removed], [1, []]);
  const [added] = changes.classes.added;
  assert.equal(added?.class, 'struct kvm_vcpu_arch.mp_state_lock');
  assert.deepEqual(added.outer, ['struct kvm_vcpu.mutex', 'the read side of struct kvm.srcu']);
  const takers = added.takers.map((taker) => taker.function);
  for (const name of ['kvm_sbi_hsm_vcpu_start', 'kvm_sbi_hsm_vcpu_stop', 'sbi_srst_handler']) assert.ok(takers.includes(name), name);
  assert.ok(added.guards.includes(state));
  const guarded = changes.accesses.find(({ place }) => place === state);
  assert.deepEqual(guarded?.after?.writers, ['struct kvm_vcpu_arch.mp_state_lock']);
});

test('0001: what functions do to locks', async () => {
  const { changes } = await reviewJson(first, sampleTree);
  const said = (name: string) => changes.contracts.filter((contract) => contract.function === name).flatMap(({ messages }) => messages);
  assert.deepEqual(said('kvm_riscv_vcpu_power_off'), ['now takes struct kvm_vcpu_arch.mp_state_lock']);
  assert.deepEqual(said('__kvm_riscv_vcpu_power_off'), ['is new, and is always called with struct kvm_vcpu_arch.mp_state_lock held']);
});

test('the reset context: 0001 changes the lock of its writers and leaves its reader alone, 0002 closes it', async () => {
  const of = ({ changes }: Said) => changes.accesses.find(({ place }) => place === context)!;
  const open = of(await reviewJson(first, sampleTree));
  assert.deepEqual(
    [open.verdict, open.messages],
    [
      'open',
      [
        'its writer kvm_sbi_hsm_vcpu_start held struct kvm.lock and now holds struct kvm_vcpu_arch.mp_state_lock',
        'its reader kvm_riscv_reset_vcpu has no lock in common with the writers, before or after',
      ],
    ],
  );
  const closed = of(await reviewJson(second, withFirst));
  assert.deepEqual(
    [closed.verdict, closed.after?.all, closed.messages],
    [
      'closed',
      ['struct kvm_vcpu_arch.reset_cntx_lock'],
      ['readers and writers now have struct kvm_vcpu_arch.reset_cntx_lock in common; before, they had none'],
    ],
  );
});

test('as a series: each patch as by itself, and the whole with the patch that does it', async (t) => {
  const folder = makeTree(t, { 'series.mbox': `${readFileSync(second, 'utf8')}${readFileSync(first, 'utf8')}` });
  const series = await reviewJson(path.join(folder, 'series.mbox'), sampleTree);
  assert.deepEqual(
    series.patches.map(({ number, total, state: how }) => [number, total, how]),
    [
      [1, 2, 'forward'],
      [2, 2, 'forward'],
    ],
  );
  for (const [i, [patch, tree]] of (
    [
      [first, sampleTree],
      [second, withFirst],
    ] as const
  ).entries()) {
    const [alone] = (await reviewJson(patch, tree)).patches;
    assert.deepEqual(withoutPlaces(series.patches[i]), withoutPlaces(alone));
  }
  assert.deepEqual([...new Set(series.findings.map(({ change, patchLine }) => `${change} by ${patchLine?.patch}`))], ['fixed by 1']);
  const whole = series.changes.accesses.find(({ place }) => place === context);
  assert.deepEqual([whole?.verdict, whole?.after?.all], ['closed', ['struct kvm_vcpu_arch.reset_cntx_lock']]);
  assert.deepEqual(
    series.changes.classes.added.map((each) => each.class),
    ['struct kvm_vcpu_arch.mp_state_lock', 'struct kvm_vcpu_arch.reset_cntx_lock'],
  );
  assertGolden('series.txt', await review(path.join(folder, 'series.mbox'), sampleTree, 'text'));
  assertGolden('series.mail', await review(path.join(folder, 'series.mbox'), sampleTree, 'reply'));
});

test('a tree that has the patches already: the same, taken off', async (t) => {
  const both = path.join(makeTree(t, { 'series.mbox': `${readFileSync(first, 'utf8')}${readFileSync(second, 'utf8')}` }), 'series.mbox');
  for (const [patch, tree, old] of [
    [first, withFirst, sampleTree],
    [second, withBoth, withFirst],
    [both, withBoth, sampleTree],
    [both, withFirst, sampleTree],
  ] as const) {
    const { patches, ...whole } = await reviewJson(patch, tree);
    const { patches: others, ...other } = await reviewJson(patch, old);
    assert.deepEqual(whole, other);
    const has = (i: number): boolean => tree === withBoth || i === 0;
    assert.deepEqual(
      patches,
      others.map((each, i) => (has(i) ? { ...each, state: 'reversed' } : each)),
    );
  }
});

test('the patches the other way round: what they fix is new, and the status says so', async (t) => {
  const reversed = reversedPatch(t);
  const { findings, changes } = await reviewJson(reversed, withBoth, 1);
  assert.deepEqual(
    [...new Set(findings.map(({ check, change }) => `${change} ${check}`))],
    ['new documented-order', 'new lock-order-cycle', 'new sync-deadlock'],
  );
  assert.deepEqual(
    changes.accesses.filter(({ verdict }) => verdict === 'open').map(({ place }) => place),
    [context],
  );
  assertGolden('reversed.txt', await review(reversed, withBoth, 'text', 1));
  assertGolden('reversed.mail', await review(reversed, withBoth, 'reply', 1));
  const answers = JSON.parse(await review(reversed, withBoth, 'b4')) as { tool: string; status: string; summary: string }[];
  assert.deepEqual(answers.map(({ tool, status }) => `${tool} ${status}`).sort(), [
    'lockstep fail',
    'lockstep fail',
    'lockstep fail',
    'lockstep warn',
    'lockstep warn',
  ]);
});

test('SARIF obeys its schema, and says what is new, and with --all what is absent', async (t) => {
  const schema = JSON.parse(readFileSync(new URL('../report/sarif-schema-2.1.0.json', import.meta.url), 'utf8')) as object;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  const validate = ajv.compile(schema);
  for (const [patch, tree, status, baseline] of [
    [first, sampleTree, 0, 'absent'],
    [reversedPatch(t), withBoth, 1, 'new'],
  ] as const) {
    for (const more of [[], ['--all']]) {
      const log = JSON.parse(await review(patch, tree, 'sarif', status, ...more)) as Log;
      assert.ok(validate(log), ajv.errorsText(validate.errors, { separator: '\n' }));
      assert.deepEqual(
        log.runs[0]?.results?.map(({ baselineState }) => baselineState),
        Array(baseline === 'new' || more.length > 0 ? 5 : 0).fill(baseline),
      );
    }
  }
});

test('a reply keeps to the rules of mails', async (t) => {
  const patches = { [first]: sampleTree, [second]: withFirst, [reversedPatch(t)]: withBoth };
  for (const [patch, tree] of Object.entries(patches)) {
    const quoted = new Set(
      readFileSync(patch, 'utf8')
        .split('\n')
        .map((line) => `> ${line}`.trimEnd()),
    );
    const lines = (await review(patch, tree, 'reply', tree === withBoth ? 1 : 0)).split('\n');
    let run = 0;
    for (const line of lines.slice(lines.findIndex((each) => /^On /.test(each)))) {
      const isQuote = line.startsWith('>');
      const isPlace = line === '> [...]' || /^> (diff |---|\+\+\+|@@)/.test(line);
      if (isQuote && !isPlace) assert.ok(quoted.has(line), line);
      else assert.ok(line.length <= 72 || isQuote, line);
      run = isQuote && !isPlace ? run + 1 : 0;
      // Five above the one that it is about.
      assert.ok(run <= 6, line);
    }
  }
});

function reversedPatch(t: TestContext): string {
  const repository = new Repository();
  t.after(() => repository.remove());
  for (const [file, text] of readTree(withBoth)) repository.write(file, text);
  repository.commit('after');
  for (const [file, text] of readTree(sampleTree)) repository.write(file, text);
  const file = path.join(repository.root, 'reversed.patch');
  writeFileSync(file, repository.bytes('diff'));
  return file;
}

function withoutPlaces(said: unknown): unknown {
  return JSON.parse(JSON.stringify(said, (key, value: unknown) => (key === 'patch' || key === 'fileLine' ? undefined : value)));
}
