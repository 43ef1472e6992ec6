/*
 * A program of user space is checked as it is: no kernel around it, no header of the system, its own headers found without a Makefile.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockstep, makeTree } from './lockstep.ts';

const files = {
  'project/bank.h': '#include <stdio.h>\n',
  'include/account.h': `#ifndef ACCOUNT_H
#define ACCOUNT_H
#include <pthread.h>
struct account {
	pthread_mutex_t lock;
	int sum;
};
extern pthread_mutex_t ledger;
#define HOLD(account) pthread_mutex_lock(&(account)->lock)
#endif
`,
  'src/pay/pay.c': `#include <account.h>
#include "project/bank.h"
void pay(struct account *account)
{
	pthread_mutex_lock(&ledger);
	HOLD(account);
	account->sum++;
	pthread_mutex_unlock(&account->lock);
	pthread_mutex_unlock(&ledger);
}
`,
  'src/audit.c': `#include "account.h"
pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
void audit(struct account *account)
{
	HOLD(account);
	pthread_mutex_lock(&ledger);
	pthread_mutex_unlock(&ledger);
	pthread_mutex_unlock(&account->lock);
}
`,
};

test('a program is checked without a kernel', async (t) => {
  const tree = makeTree(t, files);
  const { status, stdout, stderr } = await lockstep(tree, 'check', 'src', '--tree', '.', '--no-cache');
  assert.equal(stderr, '');
  assert.equal(status, 1);
  assert.match(
    stdout,
    /^src\/audit\.c:6:2: error: ledger is taken here with struct account\.lock held, but pay takes struct account\.lock/m,
  );
  assert.match(stdout, /^2 findings \(2 errors\); read 2 files and 2 headers, .*, 0 documented orders\n$/m);
});

test('also where somebody else works on the tree: what is gone is said, and the rest is checked', async (t) => {
  const { rmSync } = await import('node:fs');
  const { createDiskTree } = await import('../../src/host/disk-tree.ts');
  const { loadGrammar } = await import('../../src/host/grammar.ts');
  const { createReviewer } = await import('../../src/model/reviewer.ts');
  const folder = makeTree(t, { ...files, 'src/gone.c': 'void gone(void) {}\n' });
  const disk = createDiskTree(folder);
  const tree = {
    ...disk,
    read: (path: string) => {
      // It was listed before anything is read.
      rmSync(`${folder}/src/gone.c`, { force: true });
      return disk.read(path);
    },
  };
  const { findings, problems } = (await createReviewer({ tree, ...loadGrammar() })).check({ paths: ['src'], scope: 'paths' });
  assert.deepEqual(problems, [{ file: 'src/gone.c', line: 0, message: 'cannot read src/gone.c: not found' }]);
  assert.deepEqual(
    findings.map(({ check, at }) => `${check} ${at.file}`),
    ['lock-order-cycle src/audit.c', 'lock-order-cycle src/pay/pay.c'],
  );
});
