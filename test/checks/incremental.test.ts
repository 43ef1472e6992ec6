import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cancelled, type Reviewer } from '../../src/model/reviewer-api.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { readTree, sampleTree } from '../sample/sample-tree.ts';
import { type Fixture, grammar, readFixtures, treeOf } from './fixture.ts';

/** The same cases in each run; other ones with LOCKSTEP_SEED, more with LOCKSTEP_RUNS. */
const seed = Number(process.env['LOCKSTEP_SEED'] ?? 1);
const runs = Number(process.env['LOCKSTEP_RUNS'] ?? 60);

type Files = Map<string, string>;

/** A reviewer that was there before the edits says what one says that was not: findings, problems, numbers, orders. */
async function assertSame(kept: Reviewer, files: Files, paths: readonly string[]): Promise<void> {
  const fresh = await createReviewer({ tree: treeOf(files), ...grammar });
  assert.deepEqual(say(kept, paths, files), say(fresh, paths, files));
}

function say(reviewer: Reviewer, paths: readonly string[], files: Files): string[] {
  const orders = ['fixture/locking.rst'].filter((path) => files.has(path));
  const { findings, problems, stats } = reviewer.check({ paths, orders, scope: 'module' });
  const rules = reviewer.orders({ paths, orders });
  return [...findings, ...problems, stats, ...rules].map((said) => JSON.stringify(said));
}

const locks = `#include "kernel.h"
static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
`;
const inverted = `void g(void)
{
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}
`;
const calling = (name: string) => `void f(void)
{
	mutex_lock(&a);
	${name}();
	mutex_unlock(&a);
}
`;
const takesB = (name: string) => `static void ${name}(void)
{
	mutex_lock(&b);
	mutex_unlock(&b);
}
`;
const helper = `static void lock_a(void)
{
	mutex_lock(&a);
}
`;
const helped = `void f(void)
{
	lock_a();
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
}
`;
const returning = (type: string) => `${locks}struct p { struct mutex l; };
struct q { struct mutex l; };
static struct ${type} *get(void)
{
	return 0;
}
void f(void)
{
	mutex_lock(&a);
	mutex_lock(&get()->l);
	mutex_unlock(&get()->l);
	mutex_unlock(&a);
}
void h(struct q *q)
{
	mutex_lock(&q->l);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&q->l);
}
`;
const getter = (field: string) => `${locks}struct p { struct mutex l, m; };
static struct mutex *lock_of(struct p *p)
{
	return &p->${field};
}
void f(struct p *p)
{
	mutex_lock(lock_of(p));
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(lock_of(p));
}
void h(struct p *p)
{
	mutex_lock(&a);
	mutex_lock(&p->l);
	mutex_unlock(&p->l);
	mutex_unlock(&a);
}
`;
const circle = (first: string) => `#define ${first} ${first === 'ping(x)' ? 'pong(x)' : 'ping(x)'}
static inline void ping(int n)
{
	if (n)
		pong(n);
	help();
}
static inline void pong(int n)
{
	ping(n);
}
`;
const inline = (body: string) => `static inline void help(void)
{
${body}}
`;
const ops = (fn: string) => `struct ops { void (*go)(void); };
${fn}static struct ops o = { .go = foo };
void f(struct ops *o)
{
	mutex_lock(&a);
	o->go();
	mutex_unlock(&a);
}
`;
const localStruct = (field: string) => `${locks}void f(void)
{
	struct own { struct mutex ${field}; } own;
	mutex_lock(&own.${field});
	mutex_unlock(&own.${field});
}
void h(struct own *own)
{
	mutex_lock(&own->l);
	mutex_unlock(&own->l);
}
`;
const nestedStruct = (between: string) => `${locks}struct outer {
	struct inner { struct mutex l; } inner;
};
void h(struct inner *inner)
{
	mutex_lock(&inner->l);
${between}	mutex_unlock(&inner->l);
}
void f(struct outer *outer)
{
	mutex_lock(&outer->inner.l);
	mutex_unlock(&outer->inner.l);
}
`;

/** Edits after which something that was kept once said what was so before. */
const edits: readonly [name: string, before: Record<string, string>, ...steps: Record<string, string>[]][] = [
  [
    'a callee is written after its caller',
    { 'x.c': locks + inverted + calling('foo') },
    { 'x.c': locks + inverted + takesB('foo') + calling('foo') },
  ],
  [
    'a callee is written, then its caller again',
    { 'x.c': locks + inverted + calling('foo') },
    { 'x.c': locks + inverted + takesB('foo') + calling('foo') },
    { 'x.c': locks + inverted + takesB('foo') + calling(' foo') },
  ],
  ['a callee goes', { 'x.c': locks + inverted + takesB('foo') + calling('foo') }, { 'x.c': locks + inverted + calling('foo') }],
  [
    'a callee gets another name',
    { 'x.c': locks + inverted + takesB('foo') + calling('foo') },
    { 'x.c': locks + inverted + takesB('bar') + calling('foo') },
  ],
  [
    'a helper that returns with a lock moves',
    { 'x.c': locks + inverted + helper + helped },
    { 'x.c': `${locks}\n\n\n${inverted}${helper}${helped}` },
  ],
  [
    'a helper takes its lock with a subclass',
    { 'x.c': locks + inverted + helper + helped },
    { 'x.c': locks + inverted + helper.replace('mutex_lock(&a)', 'mutex_lock_nested(&a, 1)') + helped },
  ],
  [
    'a helper tries',
    { 'x.c': locks + inverted + helper + helped },
    { 'x.c': locks + inverted + helper.replace('mutex_lock', 'mutex_trylock') + helped },
  ],
  [
    'the inline of a header begins to take a lock',
    { 'h.h': inline(''), 'x.c': `${locks}#include "h.h"\n${inverted}${calling('help')}` },
    { 'h.h': inline('\tmutex_lock(&b);\n\tmutex_unlock(&b);\n') },
  ],
  ['a function returns another type', { 'x.c': returning('p') }, { 'x.c': returning('q') }],
  ['a function returns another lock', { 'x.c': getter('m') }, { 'x.c': getter('l') }],
  ['a function kept in a field is written', { 'x.c': locks + inverted + ops('') }, { 'x.c': locks + inverted + ops(takesB('foo')) }],
  [
    'inlines that call each other',
    { 'h.h': inline('') + circle('ping(x)'), 'x.c': `${locks}#include "h.h"\n${inverted}${calling('pong')}` },
    { 'h.h': inline('\tmutex_lock(&b);\n') + circle('pong(x)') },
  ],
  ['a struct inside a function changes', { 'x.c': localStruct('l') }, { 'x.c': localStruct('m') }],
  [
    'the user of a struct inside another is edited',
    { 'x.c': nestedStruct('') },
    { 'x.c': nestedStruct('\tmutex_lock(&a);\n\tmutex_unlock(&a);\n') },
  ],
  [
    'functions change places',
    { 'x.c': locks + inverted + takesB('foo') + calling('foo') },
    { 'x.c': locks + calling('foo') + takesB('foo') + inverted },
  ],
  [
    'a header appears',
    { 'x.c': `${locks}#include "h.h"\n${inverted}${calling('help')}` },
    { 'h.h': inline('\tmutex_lock(&b);\n\tmutex_unlock(&b);\n') },
  ],
  [
    'a callee is no longer built',
    { 'x.c': locks + inverted + takesB('foo') + calling('foo') },
    { 'x.c': `${locks}${inverted}#if 0\n${takesB('foo')}#endif\n${calling('foo')}` },
    { 'x.c': `${locks}${inverted}#ifdef CONFIG_A\n${takesB('foo')}#endif\n#ifndef CONFIG_A\n${calling('foo')}#endif\n` },
  ],
  [
    'an order is documented',
    {
      'x.c': `${locks}static DEFINE_MUTEX(c_lock);\nstatic DEFINE_MUTEX(d_lock);\nvoid f(void)\n{\n\tmutex_lock(&c_lock);\n\tmutex_lock(&d_lock);\n}\n`,
    },
    { '../Documentation/x/locking.rst': 'X\n=\n\nd_lock is taken outside c_lock.\n' },
  ],
];

for (const [name, before, ...steps] of edits) {
  test(`after an edit all is as if it had always been so: ${name}`, async () => {
    const place = (path: string) => (path.startsWith('../') ? path.slice(3) : `fixture/${path}`);
    const kernel = readFixtures('')[0]!.files;
    const files: Files = new Map([...kernel].filter(([path]) => !path.endsWith('.c')));
    for (const [path, text] of Object.entries(before)) files.set(place(path), text);
    const kept = await createReviewer({ tree: treeOf(files), ...grammar });
    say(kept, ['fixture'], files);
    for (const step of steps) {
      for (const [path, text] of Object.entries(step)) files.set(place(path), text);
      kept.forget(Object.keys(step).map(place));
      await assertSame(kept, files, ['fixture']);
    }
  });
}

const kinds = ['lines', 'copy', 'move', 'rename', 'drop', 'add', 'word', 'word', 'word', 'cut', 'undo', 'remove', 'create'] as const;

/** An edit of one file; numbers choose among what there is to choose from. */
interface Edit {
  readonly kind: (typeof kinds)[number];
  readonly file: number;
  readonly at: number;
  readonly to: number;
  /** Whether the next edit comes before anybody asks; or after how many questions the request is given up. */
  readonly then: 'ask' | 'go on' | number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom(...kinds),
  file: fc.nat(),
  at: fc.noBias(fc.nat()),
  to: fc.noBias(fc.nat()),
  then: fc.oneof(
    { weight: 4, arbitrary: fc.constant('ask' as const) },
    { weight: 1, arbitrary: fc.constant('go on' as const) },
    fc.nat(40),
  ),
});

/** Words that an edit may put in each other's place. */
const alternatives: readonly (readonly string[])[] = [
  ['mutex_lock(', 'mutex_trylock(', 'down_read(', 'spin_lock('],
  ['mutex_unlock(', 'up_read(', 'mutex_lock(', 'kfree('],
  ['&a)', '&b)', '&dev->lock)', '&a, 1)'],
  ['static ', '', 'static inline ', '__weak '],
  ['void ', 'int ', 'struct dev *', 'static void ', 'struct mutex *'],
  ['struct dev', 'struct other', 'struct dev_ops', 'void'],
  ['(void)', '(struct dev *dev)', '(int n)'],
  ['#include "kernel.h"', '#include "one.h"', '#ifdef CONFIG_A', '#endif', '#define a b', '\n'],
  ['\n{\n', '\n{\n\thelp();\n', '\n{\n\tguard(mutex)(&a);\n', '\n{\n\tif (0)\n\t\treturn;\n', '{\n'],
  ['return', 'goto out', 'mutex_unlock(&a); return', '/* no */'],
];

const written = [
  takesB('help'),
  takesB('foo'),
  helper,
  'static inline int help(void) { return mutex_trylock(&b); }\n',
  'static struct mutex *lock_of(struct dev *dev)\n{\n\treturn &dev->lock;\n}\nvoid use(struct dev *dev)\n{\n\tmutex_lock(lock_of(dev));\n\thelp();\n}\n',
  '#define HELP(x) do { mutex_lock(x); help(); } while (0)\nvoid helps(void)\n{\n\tHELP(&a);\n\tmutex_lock(&b);\n}\n',
  'struct dev { struct part { struct mutex lock; } part; struct mutex lock; };\nvoid part(struct part *part)\n{\n\tmutex_lock(&part->lock);\n\thelp();\n}\n',
  'static struct dev_ops these = { .help = help, .foo = foo };\n',
  'static DEFINE_MUTEX(a);\n',
  '/* Lock order: a is taken outside b. */\n',
];

const functions = /^\w[^;{}#\n]*\([^;{}#]*\)\s*\{[\s\S]*?^\}\n/gm;

/** A file after an edit; undefined where it is gone. */
function edited(text: string, { kind, at, to }: Edit, original: string | undefined): string | undefined {
  const lines = text.split('\n');
  const found = [...text.matchAll(functions)];
  const one = found[at % Math.max(found.length, 1)];
  const name = one && /(\w+)\s*\(/.exec(one[0])?.[1];
  switch (kind) {
    case 'lines':
      return lines.toSpliced(at % lines.length, to % 2, '', '').join('\n');
    case 'copy':
      return one ? text + one[0] : text;
    case 'move':
      return one ? one[0] + text.replace(one[0], () => '') : text;
    case 'drop':
      return one ? text.replace(one[0], () => '') : text;
    case 'rename':
      // Everywhere, or only where it is defined.
      return name === undefined ? text : to % 2 === 0 ? text.replaceAll(name, ['help', 'foo'][at % 2]!) : text.replace(name, `${name}_2`);
    case 'add':
      return to % 2 === 0
        ? text + written[at % written.length]!
        : `${lines[0]!}\n${written[at % written.length]!}${lines.slice(1).join('\n')}`;
    case 'word': {
      const words = alternatives[at % alternatives.length]!;
      const places = words.flatMap((word) => (word === '' ? [] : [...text.matchAll(new RegExp(word.replace(/\W/g, '\\$&'), 'g'))]));
      const place = places[to % Math.max(places.length, 1)];
      return place ? text.slice(0, place.index) + words[(at + to) % words.length]! + text.slice(place.index + place[0].length) : text;
    }
    case 'cut':
      return text.slice(0, at % (text.length + 1)) + text.slice((at % (text.length + 1)) + (to % 40));
    case 'undo':
      return original ?? text;
    case 'remove':
      return to % 3 === 0 ? undefined : text;
    case 'create':
      return text;
  }
}

test('after any edits all is as if it had always been so', async () => {
  const fixtures = readFixtures('');
  const programs = new Map(fixtures.map(({ name, files }) => [name, files]));
  programs.set('together', together(fixtures));
  programs.set('sample', readTree(sampleTree));
  const start = fc.oneof(
    fc.constantFrom(...programs.keys()),
    fc.constantFrom(...[...programs.keys()].filter((name) => name.startsWith('multi-'))),
    { weight: 2, arbitrary: fc.constant('together') },
    fc.constant('sample'),
  );
  const property = fc.asyncProperty(start, fc.array(edit, { minLength: 1, maxLength: 8 }), async (program, list) => {
    const original = programs.get(program)!;
    const paths = [program === 'sample' ? 'arch/riscv/kvm' : 'fixture'];
    const files = new Map(original);
    const kept = await createReviewer({ tree: treeOf(files), ...grammar });
    say(kept, paths, files);
    for (const each of list) {
      const names = [...files.keys()].filter((name) => /\.([ch]|rst)$/.test(name));
      const name =
        each.kind === 'create' ? `${paths[0]!}/${['one.h', 'new.c'][each.at % 2]!}` : names[each.file % Math.max(names.length, 1)];
      if (name === undefined) continue;
      const text = edited(files.get(name) ?? written[each.to % written.length]!, each, original.get(name));
      if (text === undefined) files.delete(name);
      else files.set(name, text);
      kept.forget([name]);
      if (each.then === 'ask') await assertSame(kept, files, paths);
      else if (each.then !== 'go on') giveUp(kept, paths, each.then);
    }
    await assertSame(kept, files, paths);
  });
  await fc.assert(property, {
    seed,
    numRuns: runs,
    includeErrorInReport: true,
    endOnFailure: process.env['LOCKSTEP_SHRINK'] === undefined,
  });
});

/** Some programs that have much to do with each other, in one folder. */
function together(fixtures: readonly Fixture[]): Files {
  const files: Files = new Map(fixtures[0]!.files);
  for (const fixture of fixtures.slice(0, 40)) for (const [path, text] of fixture.files) files.set(path, text.replace(/\bb\b(?=\))/g, 'a'));
  files.set('fixture/one.h', `#include "kernel.h"\n${written.slice(0, 3).join('')}`);
  return files;
}

function giveUp(reviewer: Reviewer, paths: readonly string[], after: number): void {
  let asked = 0;
  try {
    reviewer.check({ paths, scope: 'module', cancelled: () => ++asked > after });
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
  }
}
