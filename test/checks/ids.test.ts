import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../src/model/checks/finding.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { readTree, sampleTree } from '../sample/sample-tree.ts';
import { grammar, readFixtures, treeOf } from './fixture.ts';

type Files = ReadonlyMap<string, string>;

async function findingsOf(files: Files, path: string): Promise<readonly Finding[]> {
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  return reviewer.check({ paths: [path], scope: 'module' }).findings;
}

/** What a finding says, by id. */
async function saidBy(files: Files, path: string): Promise<Map<string, string>> {
  return new Map((await findingsOf(files, path)).map(({ id, acquires, message }) => [id, `${acquires}: ${message}`]));
}

const headers: Files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
const program = (text: string): Files => new Map(headers).set('fixture/x.c', `#include "kernel.h"\n${text}`);

const locks = `static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
static DEFINE_MUTEX(c);
`;
const back = `void back(void)
{
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}
`;
const takes = `static void takes_b(void)
{
	mutex_lock(&b);
	mutex_unlock(&b);
}
`;
const caller = (name: string, ...held: string[]) => `void ${name}(void)
{
${held.map((lock) => `\tmutex_lock(&${lock});\n`).join('')}	takes_b();
${held.map((lock) => `\tmutex_unlock(&${lock});\n`).join('')}}
`;

test('an id means the same whatever other rules there are', async () => {
  const all = readTree(sampleTree);
  const hsm = 'arch/riscv/kvm/vcpu_sbi_hsm.c';
  const document = 'Documentation/virt/kvm/locking.rst';
  const fewer = new Map(all).set(document, all.get(document)!.replace('- kvm->lock is taken outside vcpu->mutex\n', ''));
  const documented = async (files: Files) =>
    new Map([...(await saidBy(files, hsm))].filter(([id]) => id.startsWith('documented-order:') && id.includes('struct kvm.lock')));
  const [known, now] = [await documented(fewer), await documented(all)];
  assert.equal(known.size, 1);
  assert.equal(now.size, 2);
  for (const [id, said] of known) assert.equal(now.get(id)?.split(',')[0], said.split(',')[0]);
  assert.deepEqual([...now.keys()].map((id) => id.split(':').slice(3).join(':')).sort(), [
    'struct kvm.srcu->struct kvm.lock',
    'struct kvm_vcpu.mutex->struct kvm.lock',
  ]);
});

test('an id means the same when another caller holds more', async () => {
  const before = await saidBy(program(locks + back + takes + caller('one', 'a')), 'fixture/x.c');
  const after = await saidBy(program(locks + back + takes + caller('more', 'c', 'a') + caller('one', 'a')), 'fixture/x.c');
  assert.deepEqual([...before.keys()].sort(), ['lock-order-cycle:fixture/x.c:back:b->a', 'lock-order-cycle:fixture/x.c:takes_b:a->b']);
  assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
});

test('an id of three locks names them all, from the place on', async () => {
  const pair = (outer: string, inner: string) =>
    `void ${outer}_${inner}(void)\n{\n\tmutex_lock(&${outer});\n\tmutex_lock(&${inner});\n\tmutex_unlock(&${inner});\n\tmutex_unlock(&${outer});\n}\n`;
  const found = await saidBy(program(locks + pair('a', 'b') + pair('b', 'c') + pair('c', 'a')), 'fixture/x.c');
  assert.deepEqual([...found.keys()].sort(), [
    'lock-order-cycle:fixture/x.c:a_b:a->b->c',
    'lock-order-cycle:fixture/x.c:b_c:b->c->a',
    'lock-order-cycle:fixture/x.c:c_a:c->a->b',
  ]);
});

test('two places of one function are told apart by a number', async () => {
  const twice = `void forth(int n)
{
	if (n) {
		mutex_lock(&a);
		mutex_lock(&b);
		mutex_unlock(&b);
		mutex_unlock(&a);
	}
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
}
`;
  const again = back.replace('}\n', `${back.split('\n').slice(2, 6).join('\n')}\n}\n`);
  const found = await saidBy(program(locks + again + twice), 'fixture/x.c');
  const forth = [...found.keys()].filter((id) => id.includes(':forth:'));
  assert.deepEqual(forth, ['lock-order-cycle:fixture/x.c:forth:a->b', 'lock-order-cycle:fixture/x.c:forth:a->b#2']);
});
