/*
 * What is kept between two runs is told again only while nothing that it was made from has changed, and whatever has become of it.
 */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { abba } from './abba.ts';
import { lockstep, makeTree, type Ran } from './lockstep.ts';

interface Kept {
  readonly tree: string;
  readonly cache: string;
  check(...args: string[]): Promise<Ran>;
  /** The one entry there is. */
  entry(): string;
}

function kept(t: TestContext, files: Readonly<Record<string, string>> = {}): Kept {
  const tree = makeTree(t, {
    MAINTAINERS: '',
    'lib/abba.c': `#include <linux/orders.h>\n${abba}`,
    'include/linux/orders.h': 'struct never;\n',
    ...files,
  });
  const cache = makeTree(t, {});
  return {
    tree,
    cache,
    check: (...args) => lockstep(tree, 'check', 'lib', '--format', 'json', '--cache', cache, ...args),
    entry() {
      const [only, ...others] = readdirSync(cache);
      assert.deepEqual(others, []);
      return path.join(cache, only!);
    },
  };
}

/** Puts another message into an answer without its digest being wrong: what is told then was kept. */
async function mark({ entry }: Kept): Promise<void> {
  const { createHash } = await import('node:crypto');
  const [head, body] = readFileSync(entry(), 'utf8').split('\n', 2) as [string, string];
  const marked = body.replaceAll('"message":"', '"message":"kept: ');
  assert.notEqual(marked, body);
  const digest = createHash('sha256').update(marked).digest('hex');
  writeFileSync(entry(), `${head.split(' ').slice(0, 2).join(' ')} ${digest}\n${marked}`);
}

test('the second answer is the first, and nothing is analyzed for it', async (t) => {
  const here = kept(t);
  const first = await here.check();
  assert.equal(first.status, 1);
  assert.deepEqual(await here.check(), first);
  await mark(here);
  const second = await here.check();
  assert.equal(second.status, 1);
  assert.match(second.stdout, /"message": ?"kept: /);
});

const changes: readonly { readonly what: string; readonly change: (tree: string) => void }[] = [
  { what: 'a source', change: (tree) => appendFileSync(path.join(tree, 'lib/abba.c'), '\n') },
  { what: 'a header', change: (tree) => appendFileSync(path.join(tree, 'include/linux/orders.h'), '\n') },
  { what: 'a source that comes', change: (tree) => writeFileSync(path.join(tree, 'lib/new.c'), '') },
  { what: 'a source that goes', change: (tree) => rmSync(path.join(tree, 'lib/other.c')) },
  {
    what: 'a document that comes',
    change: (tree) => {
      mkdirSync(path.join(tree, 'Documentation'));
      writeFileSync(path.join(tree, 'Documentation/locking.rst'), '=======\nLocking\n=======\n');
    },
  },
  {
    what: 'a header that comes before another',
    change: (tree) => {
      mkdirSync(path.join(tree, 'arch/x86/include/linux'), { recursive: true });
      writeFileSync(path.join(tree, 'arch/x86/include/linux/orders.h'), '');
    },
  },
];

for (const { what, change } of changes) {
  test(`${what} makes another answer`, async (t) => {
    const here = kept(t, { 'lib/other.c': '' });
    await here.check();
    await mark(here);
    change(here.tree);
    const { status, stdout, stderr } = await here.check();
    assert.equal(status, 1);
    assert.equal(stderr, '');
    assert.doesNotMatch(stdout, /"kept: /);
    assert.doesNotMatch(readFileSync(here.entry(), 'utf8'), /"kept: /);
  });
}

test('what is asked for otherwise is another answer', async (t) => {
  const here = kept(t, { 'own.rst': '=====\nOrder\n=====\n' });
  await here.check();
  await mark(here);
  assert.doesNotMatch((await here.check('--orders', 'own.rst')).stdout, /"kept: /);
  assert.doesNotMatch((await lockstep(here.tree, 'check', 'lib/abba.c', '--format', 'json', '--cache', here.cache)).stdout, /"kept: /);
  assert.match((await here.check()).stdout, /"kept: /);
});

const damages: readonly { readonly what: string; readonly damage: (file: string) => void; readonly notice: RegExp }[] = [
  { what: 'cut short', damage: (file) => truncateSync(file, 500), notice: /^lockstep: cache: \w+\.answer is damaged; it is made anew\n$/ },
  { what: 'empty', damage: (file) => truncateSync(file, 0), notice: /is damaged; it is made anew\n$/ },
  { what: 'bytes of any kind', damage: (file) => writeFileSync(file, Buffer.alloc(3000, 0xfe)), notice: /is damaged; it is made anew\n$/ },
  {
    what: 'of another version',
    damage: (file) => writeFileSync(file, readFileSync(file, 'utf8').replace(/^lockstep-cache \S+/, 'lockstep-cache 0.0.1-old')),
    notice: /^lockstep: cache: what is there was kept by another version; it is made anew\n$/,
  },
];

for (const { what, damage, notice } of damages) {
  test(`an entry that is ${what} is made anew, which is said`, async (t) => {
    const here = kept(t);
    const first = await here.check();
    const whole = readFileSync(here.entry(), 'utf8');
    damage(here.entry());
    const again = await here.check();
    assert.deepEqual([again.status, again.stdout], [first.status, first.stdout]);
    assert.match(again.stderr, notice);
    assert.equal(readFileSync(here.entry(), 'utf8'), whole);
    assert.deepEqual(await here.check(), first);
  });
}

test('an entry that is whole and no answer is made anew', async (t) => {
  const here = kept(t);
  const first = await here.check();
  const { createHash } = await import('node:crypto');
  for (const body of ['null', '{"trace":{"files":{},"folders":{}},"result":{"findings":[{"id":1}]}}', '[']) {
    writeFileSync(here.entry(), `lockstep-cache source ${createHash('sha256').update(body).digest('hex')}\n${body}`);
    const again = await here.check();
    assert.equal(again.stdout, first.stdout);
    assert.match(again.stderr, /is damaged; it is made anew/);
  }
});

test('a folder that cannot be written is said once, and the check is made all the same', async (t) => {
  const here = kept(t);
  const file = path.join(here.tree, 'no-folder');
  writeFileSync(file, '');
  const { status, stderr } = await lockstep(here.tree, 'check', 'lib', '--cache', path.join(file, 'cache'));
  assert.equal(status, 1);
  assert.match(stderr, /^lockstep: cache: nothing is kept: cannot write .*: not found\n$/);
});

test('--no-cache keeps nothing', async (t) => {
  const here = kept(t);
  assert.equal((await lockstep(here.tree, 'check', 'lib', '--no-cache')).status, 1);
  assert.deepEqual(readdirSync(here.cache), []);
  const both = await here.check('--no-cache');
  assert.equal(both.status, 2);
  assert.match(both.stderr, /--cache and --no-cache exclude each other/);
});
