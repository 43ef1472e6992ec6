import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, readFixtures, treeOf } from './fixture.ts';

async function check(text: string) {
  const files = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
  files.set('fixture/x.c', `#include "kernel.h"\n${text}`);
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  return reviewer.check({ paths: ['fixture'], scope: 'paths' });
}

test('a wait inside its own read side says which configuration it needs', async () => {
  const { findings } = await check(`DEFINE_STATIC_SRCU(s);
void f(void)
{
	int idx = srcu_read_lock(&s);
#ifdef CONFIG_TWO
	synchronize_srcu(&s);
#endif
	srcu_read_unlock(&s, idx);
}
`);
  assert.deepEqual(
    findings.map(({ check: id, config }) => [id, config]),
    [['sync-deadlock', ['CONFIG_TWO']]],
  );
});

test('a helper that ends a read side leaves alone what is held for writing', async () => {
  const { findings } = await check(`struct node { struct rw_semaphore sem; };
static DECLARE_RWSEM(b);
static void end_read(struct node *child)
{
	up_read(&child->sem);
}
void forth(struct node *parent, struct node *child)
{
	down_write(&parent->sem);
	down_read(&child->sem);
	end_read(child);
	down_write(&b);
	up_write(&b);
	up_write(&parent->sem);
}
void back(struct node *parent)
{
	down_write(&b);
	down_write(&parent->sem);
}
`);
  assert.match(findings[0]!.message, /^b is taken here with struct node.sem held, but /);
});

const many = (count: number, text: (i: number) => string) => Array.from({ length: count }, (_, i) => text(i)).join('');

test('a place with many ways to it hides no other place', async () => {
  const { findings } = await check(`static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
${many(60, (i) => `static DEFINE_MUTEX(l${i});\n`)}
static void one_place(void)
{
	mutex_lock(&b);
	mutex_unlock(&b);
}
${many(60, (i) => `void caller${i}(void)\n{\n\tmutex_lock(&l${i});\n\tmutex_lock(&a);\n\tone_place();\n\tmutex_unlock(&a);\n\tmutex_unlock(&l${i});\n}\n`)}
void other_place(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
}
void back(void)
{
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}
${many(2, (i) => `void back${i}(void)\n{\n\tmutex_lock(&b);\n\tmutex_lock(&a);\n\tmutex_unlock(&a);\n\tmutex_unlock(&b);\n}\n`)}
`);
  const forth = findings.filter(({ acquires }) => acquires === 'b');
  assert.deepEqual(forth.map((finding) => finding.function).sort(), ['one_place', 'other_place']);
  assert.ok(findings.every(({ reasons }) => reasons.some((reason) => reason === 'more ways take b with a held than are followed')));
});

test('a step with more states than are followed is a problem', async () => {
  const locks = many(6, (i) => `static DEFINE_MUTEX(l${i});\n`);
  const { problems } = await check(`${locks}void f(void)
{
${many(6, (i) => `\tint r${i} = mutex_trylock(&l${i});\n`)}	work(r0 + r1 + r2 + r3 + r4 + r5);
	mutex_lock(&l0);
}
`);
  assert.deepEqual(
    problems.map(({ message }) => message),
    ['f has more ways through it than are followed'],
  );
});

test('macros that are nested too deeply to be followed are a problem', async () => {
  const { problems } = await check(`static DEFINE_MUTEX(a);
#define TAKE_0(x) mutex_lock(x)
${many(9, (i) => `#define TAKE_${i + 1}(x) do { TAKE_${i}(x); } while (0)\n`)}
void f(void)
{
	TAKE_4(&a);
	TAKE_9(&a);
}
`);
  assert.deepEqual(
    problems.map(({ line, message }) => `${line} ${message}`),
    ['17 macros in f are nested deeper than is followed: locks there may be missed'],
  );
});

test('a macro that calls a function of its own name is that call', async () => {
  const { problems, stats } = await check(`static DEFINE_MUTEX(a);
void take(struct mutex *m);
#define take(x) ({ mutex_lock(x); take(x); })
void f(void)
{
	take(&a);
}
`);
  assert.deepEqual(problems, []);
  assert.equal(stats.lockOperations, 1);
});

test('who calls a function that takes both locks itself is no doubt, also where a caller of it was read', async () => {
  const { findings } = await check(`static DEFINE_MUTEX(names);
static DEFINE_MUTEX(rates);
int rate_set(int rate)
{
	mutex_lock(&rates);
	mutex_lock(&names);
	work(rate);
	mutex_unlock(&names);
	mutex_unlock(&rates);
	return 0;
}
int rates_set(int rate)
{
	return rate_set(rate);
}
void rate_put(void)
{
	mutex_lock(&names);
	mutex_lock(&rates);
	work(2);
	mutex_unlock(&rates);
	mutex_unlock(&names);
}
`);
  assert.deepEqual(
    findings.map(({ check: id, confidence }) => [id, confidence]),
    [
      ['lock-order-cycle', 'high'],
      ['lock-order-cycle', 'high'],
    ],
  );
});

test('an acquisition that would lead to itself without end is less sure, and a place that is compared is named as written', async () => {
  const { findings } = await check(`struct host { rwlock_t lock; int window; };
#define LOCK_OFFSET 8
void write_host(struct host *host, int offset)
{
	int far = work(offset);

	if (far == 1) {
		write_lock(&host->lock);
		write_host(host, LOCK_OFFSET);
	}
	host->window = offset;
	if (far == 1)
		write_unlock(&host->lock);
}
`);
  assert.deepEqual(
    findings.map(({ check: id, confidence, reasons }) => [id, confidence, reasons.find((reason) => reason.includes('itself'))]),
    [['double-acquire', 'medium', 'write_host comes to itself with the lock held: what it is called with must keep that from going on']],
  );
});

const bus = `struct bus;
struct bus_ops {
	int (*read)(struct bus *bus);
};
struct bus {
	const struct bus_ops *ops;
};
`;

const driverOf = (name: string) => `#include "kernel.h"
#include "bus.h"
#include "${name}.h"
static int ${name}_read(struct bus *bus)
{
	struct ${name} *own = container_of(bus, struct ${name}, bus);
	int value;

	mutex_lock(&own->lock);
	value = own->saved->read(bus);
	mutex_unlock(&own->lock);
	return value;
}
void ${name}_probe(struct ${name} *own, struct bus_ops *ops)
{
	own->saved = own->bus.ops;
	ops->read = ${name}_read;
	own->bus.ops = ops;
}
`;

const structOf = (name: string) => `struct ${name} {
	struct bus bus;
	const struct bus_ops *saved;
	struct mutex lock;
};
`;

test('a call by a struct that only one driver knows seldom means a function of another', async () => {
  const kernel = readFixtures('')[0]!.files.get('fixture/kernel.h')!;
  const files = new Map<string, string>([
    ['MAINTAINERS', ''],
    ['fixture/kernel.h', kernel],
    ['fixture/bus.h', bus],
  ]);
  for (const name of ['one', 'two']) files.set(`fixture/${name}.c`, driverOf(name)).set(`fixture/${name}.h`, structOf(name));
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  const { findings } = reviewer.check({ paths: ['fixture'], scope: 'paths' });
  const cycle = findings.find(({ check: id }) => id === 'lock-order-cycle');
  assert.ok(cycle);
  assert.equal(cycle.confidence, 'low');
  assert.ok(
    cycle.reasons.includes('the pointer struct bus_ops.read may not mean two_read: fixture/two.c knows nothing of struct one.saved'),
  );
});

test('a field of which no store was read seldom holds a table that is known to be elsewhere', async () => {
  const { findings } = await check(`struct port;
struct port_ops { void (*stop)(struct port *port); };
struct port { const struct port_ops *ops; };
struct helper { const struct port_ops *ops; };
static DEFINE_MUTEX(ports);
static void port_stop(struct port *port)
{
	mutex_lock(&ports);
	mutex_unlock(&ports);
}
static const struct port_ops own_ops = { .stop = port_stop };
void port_init(struct port *port)
{
	port->ops = &own_ops;
}
void port_stop_all(struct port *port, struct helper *helper)
{
	mutex_lock(&ports);
	helper->ops->stop(port);
	mutex_unlock(&ports);
}
`);
  assert.deepEqual(
    findings.map(({ check: id, confidence, reasons }) => [id, confidence, reasons[0]]),
    [
      [
        'double-acquire',
        'medium',
        'the pointer struct port_ops.stop may not mean port_stop: what is stored in struct helper.ops was not read',
      ],
    ],
  );
});

const queueOf = (lock: string) => `struct engine;
struct request { struct engine *engine; spinlock_t lock; };
struct engine { struct request *last; spinlock_t lock; void (*submit)(struct request *request); };
static void engine_submit(struct request *request)
{
	spin_lock(&request->${lock});
	spin_unlock(&request->${lock});
}
void engine_init(struct engine *engine)
{
	engine->submit = engine_submit;
}
void engine_move(struct request *request, struct engine *to)
{
	spin_lock(&request->${lock});
	to->submit(request);
	spin_unlock(&request->${lock});
}
`;

test('behind a pointer, a lock that is found by way of other objects may be another one', async () => {
  const confidences = await Promise.all(
    ['lock', 'engine->lock'].map(async (lock) =>
      (await check(queueOf(lock))).findings.map(({ check: id, confidence }) => [id, confidence]),
    ),
  );
  assert.deepEqual(confidences, [[['double-acquire', 'high']], [['double-acquire', 'medium']]]);
});

test('a chain begins with the operation that takes the first lock, not with a caller of any such operation', async () => {
  const { findings } = await check(`struct bus;
struct bus_ops { int (*read)(struct bus *bus); };
struct bus { const struct bus_ops *ops; };
static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
static DEFINE_MUTEX(c);
void poll(struct bus *bus)
{
	bus->ops->read(bus);
}
void poll_locked(struct bus *bus)
{
	mutex_lock(&c);
	bus->ops->read(bus);
	mutex_unlock(&c);
}
static int one_read(struct bus *bus)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	return 0;
}
static int two_read(struct bus *bus)
{
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
	return 0;
}
const struct bus_ops one = { .read = one_read };
const struct bus_ops two = { .read = two_read };
`);
  const chains = findings.flatMap(({ witnesses }) => witnesses.map((hops) => hops.map(({ function: name, text }) => `${name} ${text}`)));
  assert.equal(chains.length, 4);
  for (const chain of chains) {
    assert.match(chain[0]!, /^(one|two)_read entered$/);
    assert.equal(chain.length, 3);
  }
});
