import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runSpin, spinProblem, type SpinOptions } from './spin.ts';

const model = new URL('vcpu.pml', import.meta.url);
// Under CI nothing is skipped: what is missing there fails.
const problem = process.env['CI'] === 'true' ? undefined : spinProblem();

const versions = ['BEFORE', 'PATCHED', 'FOLLOWUP'] as const;

/** The answers for the three versions, in their order. */
type Answers = readonly ['holds' | 'violated', 'holds' | 'violated', 'holds' | 'violated'];
const allHold: Answers = ['holds', 'holds', 'holds'];
const oldDeadlocks: Answers = ['violated', 'holds', 'holds'];
const followupHelps: Answers = ['violated', 'violated', 'holds'];

interface Row {
  readonly property: 'deadlock' | 'torn';
  readonly size: string;
  readonly threads?: readonly ('AIA' | 'IMSIC' | 'CREATE' | 'MPS')[];
  readonly answers: Answers;
}

/** What takes a second or two each, most of it for the C compiler. */
const rows: readonly Row[] = [
  { property: 'deadlock', size: 'N=2 K=1', threads: ['AIA'], answers: oldDeadlocks },
  { property: 'deadlock', size: 'N=2 K=1', threads: ['IMSIC'], answers: oldDeadlocks },
  { property: 'deadlock', size: 'N=3 K=1', threads: ['AIA', 'IMSIC'], answers: oldDeadlocks },
  { property: 'deadlock', size: 'N=2 K=4', answers: allHold },
  { property: 'deadlock', size: 'N=2 K=2', threads: ['CREATE'], answers: allHold },
  { property: 'torn', size: 'N=2 K=3', answers: allHold },
  { property: 'torn', size: 'N=2 K=4', answers: followupHelps },
  { property: 'torn', size: 'N=3 K=1', answers: allHold },
  { property: 'torn', size: 'N=2 K=1', threads: ['MPS'], answers: allHold },
  { property: 'torn', size: 'N=2 K=2', threads: ['MPS'], answers: followupHelps },
];

if (problem !== undefined) test('SPIN', { skip: problem }, () => {});
else {
  describe('vCPU locking, in SPIN', { concurrency: 2 }, () => {
    for (const { property, size, threads = [], answers } of rows) {
      versions.forEach((version, index) => {
        test(`${property}, ${size}${threads.map((name) => ` +${name}`).join('')}, ${version}: ${answers[index]}`, async () => {
          const [n, k] = size.match(/\d+/g)!.map(Number);
          const defines: Record<string, string | number> = { VERSION: version, N: n!, K: k! };
          for (const name of threads) defines[`WITH_${name}`] = 1;
          const options: SpinOptions =
            property === 'torn' ? { defines: { ...defines, TORN: 1 }, property: 'assertions' } : { defines, property: 'deadlock' };
          const { answer, reason } = await runSpin(model, { ...options, optimization: 1 });
          assert.deepEqual([answer, kindOf(reason)], [answers[index], answers[index] === 'holds' ? undefined : property]);
        });
      });
    }

    test('no statement of the model is dead', async () => {
      const defines = { VERSION: 'FOLLOWUP', N: 2, K: 1, WITH_AIA: 1, WITH_IMSIC: 1, WITH_CREATE: 1, WITH_MPS: 1, TORN: 1 };
      const { answer, unreached } = await runSpin(model, { defines });
      assert.deepEqual([answer, unreached], ['holds', []]);
    });
  });

  describe('runSpin', { concurrency: 2 }, () => {
    const counter = (body: string): string => `byte n;\nactive [2] proctype count() { ${body} }\n`;
    // Two counters of 32 bits, which are read: no search ends here.
    const endless = 'int a, b;\nactive proctype left() { do :: a++ :: a == b -> b = 0 od }\nactive proctype right() { do :: b++ od }\n';

    test('counts states, transitions, time and memory', async () => {
      const found = await runSpin(counter('n++; n--'));
      assert.equal(found.answer, 'holds');
      assert.ok(found.states > 5 && found.transitions >= found.states, JSON.stringify(found));
      assert.ok(found.seconds > 0 && found.peakMemoryKb > 1000, JSON.stringify(found));
    });

    test('tells deadlocks from assertions', async () => {
      const text = counter('assert(n == 0); n++; n == 1');
      assert.match((await runSpin(text, { property: 'assertions' })).reason!, /assertion violated/);
      assert.match((await runSpin(text, { property: 'deadlock' })).reason!, /invalid end state/);
      assert.equal((await runSpin(counter('n == 0'))).answer, 'holds');
    });

    test('the reduction changes what is counted, not the answer', async () => {
      const defines = { N: 2, K: 1, WITH_AIA: 1 };
      const [reduced, full] = await Promise.all([true, false].map((reduction) => runSpin(model, { defines, reduction })));
      assert.equal(reduced?.answer, 'holds');
      assert.equal(full?.answer, 'holds');
      assert.ok(full.states > reduced.states);
    });

    test('no time, no memory, no depth: unknown, and why', async () => {
      assert.match((await unknown(endless, { timeoutSeconds: 1 })).reason!, /interrupted/);
      assert.match((await unknown(endless, { memoryLimitMb: 200 })).reason!, /MEMLIM/);
      assert.match((await unknown(counter('n++; n++; n++'), { depth: 3 })).reason!, /depth too small/);
    });

    test('a model that does not build is an error, and so is a definition that is none', async () => {
      await assert.rejects(runSpin('init { x = 1 }'), /undeclared variable: x/);
      await assert.rejects(runSpin(model, { defines: { N: '2; true' } }), /not a definition/);
    });

    async function unknown(text: string, options: SpinOptions): ReturnType<typeof runSpin> {
      const found = await runSpin(text, options);
      assert.equal(found.answer, 'unknown');
      return found;
    }
  });
}

function kindOf(reason: string | undefined): Row['property'] | undefined {
  if (reason === undefined) return undefined;
  return /invalid end state/.test(reason) ? 'deadlock' : 'torn';
}
