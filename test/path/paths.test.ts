import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled } from '../../src/model/reviewer-api.ts';
import { lastStep, linesOf, pathsIn, waysOf } from './program.ts';

const locks = `
DEFINE_MUTEX(a);
DEFINE_MUTEX(b);
DEFINE_MUTEX(c);
`;
const named = `
DEFINE_MUTEX(a_lock);
DEFINE_MUTEX(b_lock);
`;
const orders = { 'Documentation/locking.rst': 'Locking\n=======\n\n- a_lock is taken outside b_lock\n' };

test('locks, calls and what is held at each, from the entry to the function and its own lock', async () => {
  const text = `${locks}
void target(void) { mutex_lock(&c); mutex_unlock(&c); }
void middle(void) { mutex_lock(&b); mutex_unlock(&b); mutex_lock(&b); target(); mutex_unlock(&b); }
void entry(void) { mutex_lock(&a); middle(); mutex_unlock(&a); }
`;
  const found = await pathsIn({ 'f.c': text }, 'target');
  assert.deepEqual(linesOf(found), [
    [
      'entry: entered []',
      'entry: takes a [a]',
      'entry: calls middle [a]',
      'middle: takes b [a b]',
      'middle: releases b [a]',
      'middle: takes b [a b]',
      'middle: calls target [a b]',
      'target: takes c [a b c]',
    ],
  ]);
  assert.equal(found.isCut, false);
  assert.deepEqual(
    found.paths[0]!.steps.map(({ at }) => at.line),
    [8, 8, 8, 7, 7, 7, 7, 6],
  );
});

test('the documented order is marked on the step that breaks it, and on no other', async () => {
  const broken = `${named}
void target(void) { mutex_lock(&a_lock); mutex_unlock(&a_lock); }
void entry(void) { mutex_lock(&b_lock); target(); mutex_unlock(&b_lock); }
`;
  assert.deepEqual(linesOf(await pathsIn({ 'f.c': broken, ...orders }, 'target'))[0]!.slice(1), [
    'entry: takes b_lock [b_lock]',
    'entry: calls target [b_lock]',
    'target: takes a_lock [b_lock a_lock] !a_lock is taken outside b_lock',
  ]);
  const kept = `${named}
void target(void) { mutex_lock(&b_lock); mutex_unlock(&b_lock); }
void entry(void) { mutex_lock(&a_lock); target(); mutex_unlock(&a_lock); }
`;
  assert.doesNotMatch(linesOf(await pathsIn({ 'f.c': kept, ...orders }, 'target'))[0]!.join(), /!/);
  const tried = broken.replace('mutex_lock(&a_lock);', 'if (!mutex_trylock(&a_lock)) return;');
  const [path] = linesOf(await pathsIn({ 'f.c': tried, ...orders }, 'target'));
  assert.equal(path!.at(-1), 'target: takes a_lock (trylock) [b_lock a_lock]');
});

test('a pointer hop names the field, the entry the pointer that it is kept in', async () => {
  const text = `${locks}
struct ops { void (*open)(void); void (*handler)(void); };
void second(void) { mutex_lock(&b); mutex_unlock(&b); }
void first(void) { mutex_lock(&c); mutex_unlock(&c); }
void run(struct ops *ops) { mutex_lock(&a); ops->handler(); mutex_unlock(&a); }
void entry(void) { run(0); }
struct ops table = { .open = entry };
struct ops one = { .handler = first };
struct ops two = { .handler = second };
`;
  const found = await pathsIn({ 'f.c': text }, 'second');
  assert.deepEqual(linesOf(found), [
    [
      'entry: entered via table.open []',
      'entry: calls run []',
      'run: takes a [a]',
      'run: calls second (one of 2) via struct ops.handler [a]',
      'second: takes b [a b]',
    ],
  ]);
  assert.equal(found.paths[0]!.steps[3]!.candidates, 2);
});

test('what a wrapper takes and gives back is shown inside it; what it leaves as it was is not', async () => {
  const text = `${locks}
struct dev { struct mutex lock; };
static void dev_lock(struct dev *d) { mutex_lock(&d->lock); }
static void dev_unlock(struct dev *d) { mutex_unlock(&d->lock); }
static void dev_begin(struct dev *d) { dev_lock(d); }
static void peek(void) { mutex_lock(&c); mutex_unlock(&c); }
void target(void) { }
void entry(struct dev *d) { dev_begin(d); dev_unlock(d); dev_begin(d); peek(); target(); dev_unlock(d); }
`;
  assert.deepEqual(linesOf(await pathsIn({ 'f.c': text }, 'target')), [
    [
      'entry: entered []',
      'entry: calls dev_begin []',
      'dev_begin: calls dev_lock []',
      'dev_lock: takes struct dev.lock [struct dev.lock]',
      'entry: calls dev_unlock [struct dev.lock]',
      'dev_unlock: releases struct dev.lock []',
      'entry: calls dev_begin []',
      'dev_begin: calls dev_lock []',
      'dev_lock: takes struct dev.lock [struct dev.lock]',
      'entry: calls target [struct dev.lock]',
    ],
  ]);
});

test('wrappers that are passed the lock, and read sides', async () => {
  const text = `${locks}
DEFINE_STATIC_SRCU(domain);
struct dev { struct mutex lock; int idx; };
static void unlock(struct mutex *m) { mutex_unlock(m); }
static void dev_unlock(struct dev *d) { unlock(&d->lock); }
static void enter_domain(struct dev *d) { d->idx = srcu_read_lock(&domain); }
static void leave_domain(struct dev *d) { srcu_read_unlock(&domain, d->idx); }
void target(void) { }
void entry(struct dev *d) { mutex_lock(&d->lock); dev_unlock(d); enter_domain(d); leave_domain(d); target(); }
`;
  assert.deepEqual(linesOf(await pathsIn({ 'f.c': text }, 'target')), [
    [
      'entry: entered []',
      'entry: takes struct dev.lock [struct dev.lock]',
      'entry: calls dev_unlock [struct dev.lock]',
      'dev_unlock: calls unlock [struct dev.lock]',
      'unlock: releases struct dev.lock []',
      'entry: calls enter_domain []',
      'enter_domain: enters the read side of domain [domain]',
      'entry: calls leave_domain [domain]',
      'leave_domain: leaves the read side of domain []',
      'entry: calls target []',
    ],
  ]);
});

test('a lock that is given back before the call is not held there', async () => {
  const text = `${locks}
void target(void) { mutex_lock(&b); mutex_unlock(&b); }
void entry(void) { mutex_lock(&a); mutex_unlock(&a); target(); }
`;
  const [path] = (await pathsIn({ 'f.c': text }, 'target')).paths;
  assert.deepEqual(
    lastStep(path!).held.map(({ lockClass }) => lockClass),
    ['b'],
  );
});

test('the way is one that the conditions allow', async () => {
  const text = `${locks}
void target(void) { mutex_lock(&c); mutex_unlock(&c); }
void entry(int x, int y)
{
	if (x)
		mutex_lock(&a);
	if (y)
		mutex_lock(&b);
	if (!x)
		target();
	if (y)
		mutex_unlock(&b);
	if (x)
		mutex_unlock(&a);
}
`;
  assert.deepEqual(linesOf(await pathsIn({ 'f.c': text }, 'target'))[0], [
    'entry: entered []',
    'entry: takes b [b]',
    'entry: calls target [b]',
    'target: takes c [b c]',
  ]);
});

test('what a caller passes decides which way through the callee there is', async () => {
  const text = `${locks}
void target(void) { }
static void middle(int locked) { if (locked) mutex_lock(&b); target(); if (locked) mutex_unlock(&b); }
void with(void) { middle(1); }
void without(void) { middle(0); }
`;
  const found = await pathsIn({ 'f.c': text }, 'target');
  const held = found.paths.map((path) => [path.functions[0]!.name, lastStep(path).held.length]);
  assert.deepEqual(held, [
    ['without', 0],
    ['with', 1],
  ]);
});

test('where the conditions of every way contradict each other they are ignored, and that is said', async () => {
  const text = `${locks}
void target(void) { }
void entry(int x) { if (x) return; mutex_lock(&a); if (x) target(); mutex_unlock(&a); }
`;
  const found = await pathsIn({ 'f.c': text }, 'target');
  assert.deepEqual(linesOf(found), [['entry: entered []', 'entry: takes a [a]', 'entry: calls target [a]']]);
  assert.match(found.problems[0]!.message, /^conditions on every path to target contradict each other/);
});

test('a function that is passed to what calls it', async () => {
  const text = `${locks}
struct ops { int (*get)(void); int (*set)(void); };
int get(void) { return 0; }
int set(void) { return 1; }
static struct ops ops = { .get = get, .set = set };
static int with_lock(int (*fn)(void)) { int ret; mutex_lock(&a); ret = fn(); mutex_unlock(&a); return ret; }
int entry(struct ops *ops, int x) { return x ? with_lock(ops->get) : with_lock(ops->set); }
`;
  for (const name of ['get', 'set']) {
    const found = await pathsIn({ 'f.c': text }, name);
    assert.deepEqual(
      linesOf(found).map((path) => path.at(-1)),
      [`with_lock: calls ${name} via struct ops.${name} [a]`],
    );
    assert.deepEqual(found.problems, []);
  }
});

test('a loop is gone through once, and again where only that leads there', async () => {
  const once = `${locks}
void target(void) { }
void entry(int n) { for (int i = 0; i < n; i++) { mutex_lock(&a); mutex_unlock(&a); } target(); }
`;
  assert.deepEqual(linesOf(await pathsIn({ 'f.c': once }, 'target')), [['entry: entered []', 'entry: calls target []']]);
  const again = `${locks}
void target(void) { }
void entry(int n)
{
	mutex_lock(&a);
	for (;;) {
		mutex_unlock(&a);
		mutex_lock(&b);
		target();
		mutex_unlock(&b);
		mutex_lock(&a);
	}
}
`;
  const [path] = linesOf(await pathsIn({ 'f.c': again }, 'target'));
  assert.deepEqual(path!.slice(1), ['entry: takes a [a]', 'entry: releases a []', 'entry: takes b [b]', 'entry: calls target [b]']);
});

test('of several paths the shortest comes first', async () => {
  const text = `${locks}
void target(void) { }
void near(void) { target(); }
void middle(void) { target(); }
void far(void) { mutex_lock(&a); middle(); mutex_unlock(&a); }
`;
  assert.deepEqual(waysOf(await pathsIn({ 'f.c': text }, 'target')), ['near target', 'far middle target']);
});

test('recursion is gone through once, and where nothing else leads it starts at the nearest', async () => {
  const text = `${locks}
void odd(int n);
void even(int n) { if (n) { mutex_lock(&a); odd(n - 1); mutex_unlock(&a); } }
void odd(int n) { if (n) even(n - 1); }
void self(int n) { mutex_lock(&b); if (n) self(n - 1); mutex_unlock(&b); }
`;
  const alone = await pathsIn({ 'f.c': text }, 'odd');
  assert.deepEqual(waysOf(alone), ['odd', 'even odd']);
  assert.deepEqual(waysOf(await pathsIn({ 'f.c': `${text}void entry(void) { even(3); }\n` }, 'odd')), ['entry even odd']);
  assert.deepEqual(waysOf(await pathsIn({ 'f.c': text }, 'self')), ['self']);
});

test('a function that nobody calls and that takes no lock is its own path', async () => {
  const found = await pathsIn({ 'f.c': `${locks}\nvoid target(void)\n{\n}\n` }, 'target');
  assert.deepEqual(linesOf(found), [['target: entered []']]);
  assert.deepEqual(found.definitions, [{ function: 'target', file: 'f.c', line: 6 }]);
});

test('waiting for readers is a step', async () => {
  const text = `${locks}
DEFINE_STATIC_SRCU(readers);
void target(void) { synchronize_srcu(&readers); }
void entry(void) { mutex_lock(&a); target(); mutex_unlock(&a); }
`;
  const [path] = linesOf(await pathsIn({ 'f.c': text }, 'target'));
  assert.equal(path!.at(-1), 'target: synchronize_srcu waits for the readers of readers [a]');
});

test('an unknown function: names that are much like it', async () => {
  const found = await pathsIn({ 'f.c': 'void start_vcpu(void) { }\nvoid stop(void) { }\n' }, 'start_vpcu');
  assert.deepEqual([found.paths, found.definitions, found.similar], [[], [], ['start_vcpu']]);
  assert.deepEqual((await pathsIn({ 'f.c': 'void stop(void) { }\n' }, 'xyzzyxyzzy')).similar, []);
});

test('a name in two files: all places to choose from, and the one of the file that is named', async () => {
  const files = {
    'one.c': `${locks}static void target(void) { mutex_lock(&a); mutex_unlock(&a); }\nvoid first(void) { target(); }\n`,
    'two.c': `${locks}static void target(void) { mutex_lock(&b); mutex_unlock(&b); }\nvoid second(void) { target(); }\n`,
  };
  const both = await pathsIn(files, 'target');
  assert.deepEqual(both.paths, []);
  assert.deepEqual(
    both.definitions.map(({ file, line }) => `${file}:${line}`),
    ['one.c:5', 'two.c:5'],
  );
  assert.deepEqual(waysOf(await pathsIn(files, { function: 'target', file: 'two.c' })), ['second target']);
  assert.deepEqual(waysOf(await pathsIn(files, 'target', { paths: ['one.c'] })), ['first target']);
});

test('without a path the file is looked for in the tree, and read with what its Makefile links', async () => {
  const files = {
    'drivers/x/Makefile': 'obj-y := x.o y.o\n',
    'drivers/x/x.c': 'void target(void) { }\n',
    'drivers/x/y.c': 'void target(void);\nvoid entry(void) { target(); }\n',
    'drivers/z/z.c': 'void target(void);\nvoid other(void) { target(); }\n',
  };
  assert.deepEqual(waysOf(await pathsIn(files, 'target', { paths: [] })), ['entry target']);
});

const lines = `${locks}
int other(void) { return 0; }
void target(int x)
{
	int y = x;

	mutex_lock(&a);
	if (x) {
		/* a comment */
		y = other();
	}
	other();
	mutex_unlock(&a);
}
`;

test('a line: its lock operation, its call, or what comes next', async () => {
  const at = async (line: number): Promise<string> => linesOf(await pathsIn({ 'f.c': lines }, { file: 'f.c', line }))[0]!.at(-1)!;
  // Its head stands for the function, with the lock that it takes.
  assert.equal(await at(7), 'target: takes a [a]');
  assert.equal(await at(9), 'target: reaches line 9 []');
  assert.equal(await at(11), 'target: takes a [a]');
  assert.equal(await at(13), 'target: reaches line 13 [a]');
  assert.equal(await at(14), 'target: calls other [a]');
  assert.equal(await at(15), 'target: reaches line 15 [a]');
  assert.equal(await at(17), 'target: releases a []');
});

test('a line outside of functions is none', async () => {
  const found = await pathsIn({ 'f.c': lines }, { file: 'f.c', line: 2 });
  assert.deepEqual([found.paths, found.definitions], [[], []]);
});

test('many callers: as many paths as are shown, and it is said that there are more', async () => {
  const callers = Array.from({ length: 30 }, (_, i) => `void entry${i}(void) { target(); }`);
  const late = 'void middle(void) { target(); }\nvoid last(void) { mutex_lock(&a); middle(); mutex_unlock(&a); }';
  const found = await pathsIn(
    { 'f.c': `${locks}\nvoid target(void) { mutex_lock(&b); mutex_unlock(&b); }\n${callers.join('\n')}\n${late}\n` },
    'target',
  );
  assert.equal(found.paths.length, 20);
  assert.equal(found.isCut, true);
  // The one with something else held is among them, though others are shorter.
  assert.equal(waysOf(found).at(-1), 'last middle target');
});

test('many callers: those that break an order are among what is shown', async () => {
  const callers = Array.from(
    { length: 30 },
    (_, i) => `DEFINE_MUTEX(m${i});\nvoid entry${i}(void) { mutex_lock(&m${i}); target(); mutex_unlock(&m${i}); }`,
  );
  const late = 'void middle(void) { target(); }\nvoid last(void) { mutex_lock(&b_lock); middle(); mutex_unlock(&b_lock); }';
  const text = `${named}void target(void) { mutex_lock(&a_lock); mutex_unlock(&a_lock); }\n${callers.join('\n')}\n${late}\n`;
  const found = await pathsIn({ 'f.c': text, ...orders }, 'target');
  assert.equal(found.paths.length, 20);
  assert.match(linesOf(found).at(-1)!.at(-1)!, /!a_lock is taken outside b_lock$/);
});

test('ways beyond number end', async () => {
  const layer = (i: number): string =>
    Array.from(
      { length: 6 },
      (_, k) => `void f${i}_${k}(void) { ${Array.from({ length: 6 }, (__, n) => `f${i + 1}_${n}();`).join(' ')} }`,
    ).join('\n');
  const layers = Array.from({ length: 12 }, (_, i) => layer(i)).reverse();
  const ends = Array.from({ length: 6 }, (_, k) => `void f12_${k}(void) { target(); }`);
  const started = performance.now();
  const found = await pathsIn(
    { 'f.c': `${locks}\nvoid target(void) { mutex_lock(&a); mutex_unlock(&a); }\n${ends.join('\n')}\n${layers.join('\n')}\n` },
    'target',
  );
  assert.equal(found.paths.length, 20);
  assert.equal(found.isCut, true);
  assert.ok(performance.now() - started < 20_000);
});

test('a request that is given up throws', async () => {
  let asked = 0;
  const cancelled = (): boolean => ++asked > 20;
  await assert.rejects(pathsIn({ 'f.c': lines }, 'target', { cancelled: () => true }), Cancelled);
  await assert.rejects(
    pathsIn(
      { 'f.c': `${locks}\nvoid target(void) { }\n${Array.from({ length: 30 }, (_, i) => `void e${i}(void) { target(); }`).join('\n')}\n` },
      'target',
      { cancelled },
    ),
    Cancelled,
  );
});

test('paths are plain data', async () => {
  const found = await pathsIn({ 'f.c': lines }, 'target');
  assert.deepEqual(structuredClone(found), found);
});
