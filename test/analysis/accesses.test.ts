import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { guardsOf, type Access } from '../../src/model/analysis/accesses.ts';
import { cText } from '../frontend/c-text.ts';
import { analyzeText, guardOf, lineOf } from './program.ts';

/** Two objects of a kind, one in the other's hands; most programs are about these. */
const types = `
struct plain { int low; int high; };
struct part { struct plain first; struct plain second; int count; spinlock_t lock; };
struct node { struct mutex lock; int value; struct part part; struct node *peer; struct owner *owner; int table[4]; unsigned long flags; };
struct owner { struct mutex lock; int total; struct node *nodes[8]; struct node *chosen; };
struct node *node_find(struct owner *owner, int key);
struct node *node_current(void);
void note(int *p);
void set_bit(int nr, unsigned long *word);
bool test_bit(int nr, const unsigned long *word);
void *memcpy(void *to, const void *from, unsigned long n);
void lockdep_assert_held(void *lock);
`;

/** Accesses of the functions named, or of those that begin with `f`. */
function accessesIn(text: string, ...places: string[]): readonly Access[] {
  const { analysis, accesses } = analyzeText(types + text);
  const functions = places.length > 0 ? [] : analysis.program.functions.filter(({ ir }) => ir.name.startsWith('f'));
  return accesses({ functions, places }).accesses;
}

function linesIn(text: string, ...places: string[]): string[] {
  return accessesIn(text, ...places).map((access) => `${[access.place, ...access.fields].join('.')}: ${lineOf(access)}`);
}

function inFunction(body: string): string[] {
  return linesIn(`void f(struct node *n, struct node *m, struct owner *o, int key)\n{\n${body}\n}\n`).map((line) =>
    line.replace('f: ', ''),
  );
}

test('what is counted behind a question is written', () => {
  const kinds = (body: string) => inFunction(body).map((line) => line.replace(/ \[.*/, ''));
  assert.deepEqual(kinds('if (!n->value++) work(0);'), kinds('if (n->value++) work(0);'));
  assert.ok(kinds('if (!n->value++) work(0);').some((line) => line.includes('write')));
});

test('what macros write around it is not shown', () => {
  const shown = (body: string) => inFunction(body).map((line) => line.replace(/.*(?:read|write) (.*) \[.*/, '$1'));
  assert.deepEqual(shown('(((&n->part.first)))->low = 1;'), ['n->part.first.low']);
  assert.deepEqual(shown('((n))->value = 1;'), ['(n)->value']);
  assert.deepEqual(shown('if (key & (&n->part)->count) work(0);'), ['n->part.count']);
});

test('what is an access, and of what kind', () => {
  assert.deepEqual(inFunction('n->value = 1;'), ['struct node.value: write n->value []']);
  assert.deepEqual(inFunction('n->value++; n->value |= 2;'), [
    'struct node.value: write n->value []',
    'struct node.value: write n->value []',
  ]);
  assert.deepEqual(inFunction('if (key && !n->value) work(0);'), ['struct node.value: read n->value []']);
  assert.deepEqual(inFunction('key = key ? n->value : 0;'), ['struct node.value: read n->value []']);
  assert.deepEqual(inFunction('n->table[n->value] = 0;'), [
    'struct node.table: write n->table[n->value] []',
    'struct node.value: read n->value []',
  ]);
  assert.deepEqual(inFunction('int all[] = { n->value, key };'), ['struct node.value: read n->value []']);
  assert.deepEqual(inFunction('*n = *m;'), ['struct node: write *n []', 'struct node: read *m []']);
  assert.deepEqual(inFunction('switch (n->value) { case 1: work(m->value); }'), [
    'struct node.value: read n->value []',
    'struct node.value: read m->value []',
  ]);
});

test('what is none: addresses, sizes, locks, locals', () => {
  assert.deepEqual(inFunction('note(&n->value); key = sizeof(n->value) + offsetof(struct node, value); key++;'), []);
  assert.deepEqual(inFunction('struct plain p; p.low = key; note(&p.low); note(n->table);'), []);
  assert.deepEqual(inFunction('spin_lock_init(&n->part.lock); mutex_lock(&n->lock); mutex_unlock(&n->lock);'), []);
  assert.deepEqual(inFunction('note(&n->peer->value);'), ['struct node.peer: read n->peer []']);
});

test('globals, but not tables that nobody writes', () => {
  const text = `
static int counter;
static const int limits[2];
static DEFINE_MUTEX(counter_lock);
void f_kept(void) { mutex_lock(&counter_lock); counter = limits[0]; mutex_unlock(&counter_lock); }
int f_seen(void) { return counter; }
int f_hidden(int counter) { return counter; }
`;
  assert.deepEqual(linesIn(text), ['counter: f_kept: write counter [counter_lock]', 'counter: f_seen: read counter []']);
});

test('a member that a macro is told of is no global of that name', () => {
  const text = `
static int entry;
struct item { struct list_head entry; int weight; };
int f(struct list_head *all)
{
	struct item *item;
	int sum = 0;
	list_for_each_entry(item, all, entry)
		sum += item->weight;
	item = container_of(all, struct item, entry);
	return sum;
}
`;
  assert.deepEqual(linesIn(text), ['struct item.weight: f: read item->weight []']);
  assert.deepEqual(linesIn(text.replace('return sum', 'return sum + entry')).slice(0, 1), ['entry: f: read entry []']);
});

test('guards hold until their scope ends', () => {
  assert.deepEqual(inFunction('{ guard(mutex)(&n->lock); n->value = 1; } m->value = 2;'), [
    'struct node.value: write n->value [struct node.lock]',
    'struct node.value: write m->value []',
  ]);
  assert.deepEqual(inFunction('scoped_guard(mutex, &m->lock) n->value = 1;'), [
    'struct node.value: write n->value [] other: struct node.lock',
  ]);
});

test('marked accesses, and the same ones plain', () => {
  assert.deepEqual(inFunction('WRITE_ONCE(n->value, READ_ONCE(m->value));'), [
    'struct node.value: marked write n->value []',
    'struct node.value: marked read m->value []',
  ]);
  assert.deepEqual(inFunction('n->value = m->value;'), ['struct node.value: write n->value []', 'struct node.value: read m->value []']);
  assert.deepEqual(inFunction('set_bit(1, &n->flags); if (test_bit(1, &n->flags)) n->flags = 0;'), [
    'struct node.flags: marked write set_bit(1, &n->flags) []',
    'struct node.flags: marked read test_bit(1, &n->flags) []',
    'struct node.flags: write n->flags []',
  ]);
});

test('what copies a whole object writes one and reads the other', () => {
  assert.deepEqual(inFunction('memcpy(&n->part.first, &m->part.second, sizeof(n->part.first));'), [
    'struct part.first: write memcpy(&n->part.first, &m->part.second, sizeof(n->part.first)) []',
    'struct part.second: read memcpy(&n->part.first, &m->part.second, sizeof(n->part.first)) []',
  ]);
  assert.deepEqual(inFunction('struct plain here; memcpy(&here, &m->part.second, sizeof(here));'), [
    'struct part.second: read memcpy(&here, &m->part.second, sizeof(here)) []',
  ]);
});

test('a place ends before plain data that is embedded in several places, and not before a struct with a lock', () => {
  assert.deepEqual(inFunction('n->part.first.low = 1;'), ['struct part.first.low: write n->part.first.low []']);
  assert.deepEqual(inFunction('n->part.count = 1;'), ['struct part.count: write n->part.count []']);
});

test('a local pointer stands for what it was given', () => {
  const first = 'struct part.first.low: write p->low';
  assert.deepEqual(inFunction('struct plain *p = &n->part.first; p->low = 1;'), [`${first} []`]);
  assert.deepEqual(inFunction('struct plain *p; p = &n->part.first; p->low = 1;'), [`${first} []`]);
  assert.deepEqual(inFunction('struct plain *p = NULL; p = &n->part.first; if (key) p->low = 1;'), [`${first} []`]);
  assert.deepEqual(inFunction('struct plain *p; p = &n->part.second; p->low = 2; p = &n->part.first; p->low = 1;'), [
    `${first} []`,
    'struct part.second.low: write p->low []',
  ]);
  // Either of two: which object it is in is not known.
  assert.deepEqual(inFunction('struct plain *p; if (key) p = &n->part.first; else p = &n->part.second; p->low = 1;'), [
    'struct plain.low: write p->low []',
  ]);
  assert.deepEqual(inFunction('struct plain *p = &n->part.second; while (work(0)) { p->low = 1; p = &n->part.first; }'), [
    'struct plain.low: write p->low []',
  ]);
});

test('a lock of the object guards it, that of another object of its kind does not', () => {
  assert.deepEqual(inFunction('mutex_lock(&n->lock); n->value = 1; mutex_unlock(&n->lock);'), [
    'struct node.value: write n->value [struct node.lock]',
  ]);
  assert.deepEqual(inFunction('mutex_lock(&m->lock); n->value = 1; mutex_unlock(&m->lock);'), [
    'struct node.value: write n->value [] other: struct node.lock',
  ]);
  assert.deepEqual(inFunction('spin_lock(&n->part.lock); n->part.count = 1; spin_unlock(&n->part.lock);'), [
    'struct part.count: write n->part.count [struct part.lock]',
  ]);
  assert.deepEqual(inFunction('spin_lock(&m->part.lock); n->part.count = 1; spin_unlock(&m->part.lock);'), [
    'struct part.count: write n->part.count [] other: struct part.lock',
  ]);
  // A part with a name of its own.
  assert.deepEqual(inFunction('struct part *p = &n->part; spin_lock(&p->lock); n->part.count = 1; spin_unlock(&p->lock);'), [
    'struct part.count: write n->part.count [struct part.lock]',
  ]);
});

test('what a key leads to is another object, what is derived from the object may be the same', () => {
  const kept = (how: string): string[] =>
    inFunction(`struct node *t = ${how}; mutex_lock(&n->lock); t->value = 1; mutex_unlock(&n->lock);`).filter((line) =>
      line.includes('write'),
    );
  assert.deepEqual(kept('node_find(o, key)'), ['struct node.value: write t->value [] other: struct node.lock']);
  assert.deepEqual(kept('node_current()'), ['struct node.value: write t->value [struct node.lock]']);
  assert.deepEqual(kept('o->chosen'), ['struct node.value: write t->value [struct node.lock]']);
});

test('a lock of another struct guards by its class', () => {
  assert.deepEqual(inFunction('mutex_lock(&o->lock); n->value = 1; mutex_unlock(&o->lock);'), [
    'struct node.value: write n->value [struct owner.lock]',
  ]);
});

test('read sides are no guards, a reader lock is a shared one', () => {
  assert.deepEqual(inFunction('rcu_read_lock(); key = n->value; rcu_read_unlock();'), ['struct node.value: read n->value [] in: rcu']);
  const text = `
static DECLARE_RWSEM(sem);
int f(struct node *n) { down_read(&sem); n->value = 1; up_read(&sem); return 0; }
int f_write(struct node *n) { down_write(&sem); n->value = 1; up_write(&sem); return 0; }
`;
  const accesses = accessesIn(text);
  assert.deepEqual(accesses.map(lineOf), ['f: write n->value [sem (shared)]', 'f_write: write n->value [sem]']);
  assert.deepEqual(guardOf(guardsOf(accesses), 'struct node.value').writers, []);
  assert.deepEqual(guardOf(guardsOf(accesses.slice(1)), 'struct node.value').writers, ['sem']);
});

test('locks of callers count, if they are of the object that is passed', () => {
  const callee = 'static void f(struct node *n) { n->value = 1; }\n';
  const entry = (body: string): string => `${callee}void entry(struct owner *o, struct node *n, struct node *m) { ${body} }\n`;
  assert.deepEqual(linesIn(entry('mutex_lock(&n->lock); f(n); mutex_unlock(&n->lock);')), [
    'struct node.value: f: write n->value [struct node.lock]',
  ]);
  assert.deepEqual(linesIn(entry('mutex_lock(&m->lock); f(n); mutex_unlock(&m->lock);')), [
    'struct node.value: f: write n->value [] other: struct node.lock',
  ]);
  assert.deepEqual(linesIn(entry('mutex_lock(&m->lock); f(n); f(m); mutex_unlock(&m->lock);')), [
    'struct node.value: f: write n->value [] other: struct node.lock',
    'struct node.value: f: write n->value [struct node.lock]',
  ]);
  assert.deepEqual(linesIn(entry('f(n);')), ['struct node.value: f: write n->value []']);
});

test('through a chain of calls, with another name and only a part passed', () => {
  const text = `
static void f(struct part *p) { p->count = 1; }
static void middle(struct node *that) { f(&that->part); }
void entry(struct node *x, struct node *y) { spin_lock(&x->part.lock); middle(x); spin_unlock(&x->part.lock); }
`;
  const [access] = accessesIn(text);
  assert.deepEqual(lineOf(access!), 'f: write p->count [struct part.lock]');
  assert.deepEqual(access!.chain, ['entry', 'middle', 'f']);
  assert.deepEqual(linesIn(text.replace('middle(x)', 'middle(y)')), ['struct part.count: f: write p->count [] other: struct part.lock']);
});

test('objects that nobody else can reach do not count', () => {
  const text = (published: string): string => `
static struct node *first;
void f(void)
{
	struct node *n = kzalloc(sizeof(*n), GFP_KERNEL);
	${published}
	n->value = 1;
}
`;
  assert.deepEqual(linesIn(text('')), ['struct node.value: f: write n->value [] private']);
  assert.deepEqual(
    linesIn(text('first = n;')).filter((line) => line.includes('value')),
    ['struct node.value: f: write n->value []'],
  );
  assert.deepEqual(inFunction('mutex_init(&n->lock); n->value = 1; m->value = 2;'), [
    'struct node.value: write n->value [] private',
    'struct node.value: write m->value []',
  ]);
  const passed = `
static void f(struct node *n) { n->value = 1; }
void entry(void) { struct node *n = kzalloc(sizeof(*n), GFP_KERNEL); f(n); }
void other(struct node *n) { mutex_init(&n->lock); f(n); }
`;
  assert.deepEqual(linesIn(passed), ['struct node.value: f: write n->value [] private']);
});

test('accesses to a place, wherever they are', () => {
  const text = `
void set(struct node *n) { mutex_lock(&n->lock); n->value = 1; mutex_unlock(&n->lock); }
int get(struct node *n) { return n->value + n->part.count; }
int other(struct owner *o) { return o->total; }
`;
  const accesses = accessesIn(text, 'struct node.value');
  assert.deepEqual(accesses.map(lineOf), ['set: write n->value [struct node.lock]', 'get: read n->value []']);
  const guard = guardOf(guardsOf(accesses), 'struct node.value');
  assert.deepEqual(guard, {
    place: 'struct node.value',
    writers: ['struct node.lock'],
    readers: [],
    all: [],
    writes: 1,
    reads: 1,
    marked: 0,
  });
});

test('a read of what nobody writes does not weaken a guard', () => {
  const text = `
void set(struct node *n) { mutex_lock(&n->lock); n->part.first.low = 1; mutex_unlock(&n->lock); }
int get(struct node *n) { return n->part.first.high; }
`;
  const guard = (changed: string): readonly string[] =>
    guardOf(guardsOf(accessesIn(changed, 'struct part.first')), 'struct part.first').all;
  assert.deepEqual(guard(text), ['struct node.lock']);
  assert.deepEqual(guard(text.replace('first.high', 'first.low')), []);
});

test("a header's inline that reaches no lock is read where it is called", () => {
  const analyzed = analyzeText(
    `#include "node.h"
void f(struct node *that) { mutex_lock(&that->lock); node_set(that, 1); mutex_unlock(&that->lock); if (node_get(that)) work(0); }
`,
    {
      'node.h': `${types}
static inline void node_put(struct node *value, int to) { struct node *n = value; n->value = to; }
static inline void node_set(struct node *node, int value) { node_put(node, value); }
static inline int node_get(struct node *n) { if (!n) return 0; return n->value; }
`,
    },
  );
  const { accesses } = analyzed.accesses({ places: ['struct node.value'] });
  assert.deepEqual(accesses.map(lineOf), ['f: write n->value [struct node.lock]', 'f: read that->value []']);
});

test('no text makes it fail', () => {
  fc.assert(
    fc.property(cText, (text) => {
      const { analysis, accesses, contracts } = analyzeText(text);
      const { functions } = analysis.program;
      accesses({ functions });
      contracts(functions);
    }),
    { numRuns: 300 },
  );
});

test('contracts: what is taken, returned with, given back, held on entry, claimed', () => {
  const { contracts: contractsIn, functions } = analyzeText(`${types}
void take(struct node *n) { mutex_lock(&n->lock); }
void give(struct node *n) { mutex_unlock(&n->lock); }
static void inner(struct node *n) { lockdep_assert_held(&n->lock); n->value = 1; }
static void must(struct node *n) __must_hold(&n->part.lock)
{
	n->part.count = 1;
}
void both(struct node *n) { take(n); inner(n); give(n); }
void also(struct node *n) { spin_lock(&n->part.lock); must(n); take(n); inner(n); give(n); spin_unlock(&n->part.lock); }
`);
  const contracts = contractsIn(functions('take', 'give', 'inner', 'must', 'both'));
  const brief = Object.fromEntries(
    contracts.map((c) => [
      c.function,
      [c.takes, c.returnsHeld, c.releases, c.held ?? 'no callers', c.asserts]
        .map((list) => (typeof list === 'string' ? list : list.join()))
        .join('|'),
    ]),
  );
  assert.deepEqual(brief, {
    take: 'struct node.lock|struct node.lock|||',
    give: '||struct node.lock|struct node.lock|',
    inner: '|||struct node.lock|struct node.lock',
    must: '|||struct part.lock|struct part.lock',
    both: '|||no callers|',
  });
});

test('heads and nodes of lists are told, a pointer to one is not', () => {
  const linked = (body: string) =>
    accessesIn(
      `struct entry { struct list_head node; struct list_head *cursor; int weight; };\nvoid f(struct entry *e)\n{\n\t${body}\n}\n`,
    ).map(({ place, isLinked }) => [place, isLinked]);
  assert.deepEqual(linked('e->node.next = 0;'), [['struct entry.node', true]]);
  assert.deepEqual(linked('e->cursor = 0;'), [['struct entry.cursor', false]]);
  assert.deepEqual(linked('e->weight = 0;'), [['struct entry.weight', false]]);
});
