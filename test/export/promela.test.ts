import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { comment } from '../../src/model/export/names.ts';
import { toPromela } from '../../src/model/export/promela.ts';
import type { System } from '../../src/model/explore/system.ts';
import { runSpin, spinProblem } from '../promela/spin.ts';
import { assertGolden } from './golden.ts';
import { smallModels } from './models.ts';
import { answerOf, readModel, systemOf } from './system.ts';

const problem = process.env['CI'] === 'true' ? undefined : spinProblem();

/** The same answer from SPIN, of as many states if it is that all is well. */
async function compare(system: System, properties: readonly string[], text?: string): Promise<'holds' | 'violated'> {
  const ours = answerOf(system, properties);
  const promela = toPromela(system, 'test', { deadlocks: properties.includes('deadlock'), ...(text !== undefined && { text }) });
  const { answer, states, reason } = await runSpin(promela, { reduction: false, optimization: 0, hashBits: 20 });
  assert.equal(answer, ours.answer, `${reason}\n${promela}`);
  if (answer === 'holds') assert.equal(states, ours.states, promela);
  return ours.answer;
}

if (problem !== undefined) test('SPIN', { skip: problem }, () => {});
else
  describe('Promela, in SPIN', { concurrency: 2 }, () => {
    for (const { name, text, answer, properties } of smallModels) {
      test(`${name}: ${answer}`, async () => {
        assert.equal(await compare(systemOf(text, { properties }), properties, text), answer);
      });
    }

    const properties = ['deadlock', 'torn', 'start', 'assert'];
    const values = { vcpus: 2, rounds: 1, aia: 1, imsic: 1, create: 1, mps: 1 };
    for (const name of ['before', 'patched', 'followup']) {
      test(`vCPUs, ${name}`, async () => {
        const system = systemOf(readModel(name), { scenario: 'everything', values, properties });
        assert.equal(await compare(system, properties), name === 'before' ? 'violated' : 'holds');
      });
    }
  });

test('a model that people can read', () => {
  const { text, properties } = smallModels.find(({ name }) => name === 'a grace period')!;
  assertGolden('grace-period.pml', toPromela(systemOf(text, { properties }), 'a grace period', { text }));
});

describe('names of a model', () => {
  test('comments neither end nor begin others', () => {
    for (const text of ['*/ c_code { x } /*', '**//**//', '/*/*/', '*)(*', '(*)', '====', 'a\n*/\nb', '\u2028*\u2028/', '*\u0000/', '\\'])
      assert.doesNotMatch(comment(text), /\*\/|\/\*|\(\*|\*\)|====|----|[^ -~]/, text);
  });

  test('what stands outside of comments is of our alphabet', () => {
    const text = `interface \u00e9t\u00e9 { c_code: mutex; run: int; \u00fc: int; $x: int }
const init = object<\u00e9t\u00e9>();
const active$ = object<array<mutex, 2>>();
function proctype(): void { mutex_lock(init.c_code); init.run = init.\u00fc; init.$x = init.run; init.\u00fc = init.$x; mutex_lock(active$[1]); }
scenario('s', 'S', () => { thread('*/ c_code { } /*', proctype); thread('1; assert(0)', proctype); thread('', proctype); at_end(() => init.run == 0, '*/ #include </etc/passwd> /*'); });`;
    const printed = toPromela(systemOf(text, { properties: ['assert'] }), '*/\n#include "x"\n/*', { text, deadlocks: false });
    const code = printed.replace(/\/\*.*?\*\//gs, '');
    assert.doesNotMatch(code, /#include|\bc_code|[^\w\s{}()[\];:=<>!&|~+\-#,]/);
    assert.doesNotMatch(code, /#(?!define NOTHING_YET)/);
    for (const [name] of code.matchAll(/\b[A-Za-z]\w*/g))
      assert.match(
        name,
        /^(bit|byte|short|int|active|proctype|d_step|if|fi|do|od|goto|true|false|assert|timeout|define|NOTHING_YET|at_end|end|P\d+|end_\d+|((starts|rests|ended)_)?thread_\w*|(var|lock)_\w+)$/,
      );
  });
});
