import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFunctions, findOperation } from '../../src/model/c-lines/c-function.ts';
import { compileModel } from '../../src/model/compile-model.ts';

const c = `/* fn(a) { is no definition */
static int other(struct dev *d);
int fn(struct dev *d);

static __always_inline int
fn(struct dev *d, void (*done)(int))
{
	/* mutex_lock(&d->lock); */
	mutex_lock(&d->lock);
	if (d->state == 2) {
		d->state = 1;
		mutex_lock_nested(&d->list_lock, 1);
		kvm_srcu_read_lock(d);
	}
	kvm_srcu_read_lock(d);
	fn(d, "mutex_lock(&d->lock)");
	return READ_ONCE(d->users);
}
`;
const [fn] = findFunctions('a.c', c, new Set(['fn']));

test('a function is found at its definition, not where it is declared, called or spoken of', () => {
  assert.equal(fn?.line, 6);
  assert.deepEqual(findFunctions('a.c', c, new Set(['other', 'nothing'])), []);
});

for (const [step, others, line] of [
  ['mutex_lock(d.lock)', '', 9],
  ['mutex_lock(d.list_lock)', '', 12],
  ['d.state = 1', '', 11],
  ['READ_ONCE(d.users)', '', 17],
  ['srcu_read_lock(d.srcu)', 'srcu_read_lock(d.srcu);', 13],
  // Two in C, one or three in the model: which one it is cannot be told.
  ['srcu_read_lock(d.srcu)', '', undefined],
  ['srcu_read_lock(d.srcu)', 'srcu_read_lock(d.srcu); srcu_read_lock(d.srcu);', undefined],
  ['down_read(d.nowhere)', '', undefined],
] as const) {
  test(`${step}${others && `, then ${others}`} is ${line === undefined ? 'not told' : `in line ${line}`}`, () => {
    const text = `interface dev { lock: mutex; list_lock: mutex; state: int; users: int; srcu: srcu_struct; nowhere: rw_semaphore; }
function fn(d: dev): void { ${step}; ${others} }`;
    const model = compileModel(text, 'a.model.ts').program.functions[0]!;
    const start = text.indexOf(step);
    assert.equal(findOperation(fn!, text, model, { start, end: start + step.length }), line);
  });
}
