import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, readFixtures, treeOf } from './fixture.ts';

interface Case {
  readonly name: string;
  /** The check, and the doubt where there is one. */
  readonly check: string;
  readonly doubt?: RegExp;
  readonly files: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = [
  ...[true, false].map((isGiven): Case => {
    const files = { 'x.c': eventProgram(isGiven, 'enum event_kind') };
    return isGiven
      ? { name: 'for an event that somebody queues', check: 'sleep-in-atomic', files }
      : {
          name: 'for an event that nobody queues',
          check: 'sleep-in-atomic',
          doubt: /nothing that was read gives struct event\.kind/,
          files,
        };
  }),
  { name: 'for an event that may come from elsewhere', check: 'sleep-in-atomic', files: { 'x.c': eventProgram(false, 'unsigned char') } },
  ...[true, false].map((isSkipped): Case => {
    const files = { 'x.c': groupProgram(isSkipped) };
    return isSkipped
      ? {
          name: 'for a lock of what there is none of',
          check: 'lock-order-cycle',
          doubt: /if there is any group: here there is none$/,
          files,
        }
      : { name: 'for a lock of which the function knows nothing', check: 'lock-order-cycle', files };
  }),
  ...[true, false].map((isCleared): Case => {
    const files = { 'x.c': bitProgram(isCleared) };
    return isCleared
      ? {
          name: 'for a bit that is cleared further on',
          check: 'sync-deadlock',
          doubt: /RESETTING is not set, which restart clears itself/,
          files,
        }
      : { name: 'for a bit that nobody clears', check: 'sync-deadlock', files };
  }),
  ...['DONE', 'QUEUED'].map((flag): Case => {
    const files = { 'x.c': settledProgram(flag) };
    return flag === 'DONE'
      ? {
          name: 'for what the other side is done with',
          check: 'lock-order-cycle',
          doubt: /only where DONE is set, which job_end sets itself/,
          files,
        }
      : { name: 'for what the other side does not set', check: 'lock-order-cycle', files };
  }),
  ...[true, false].map((isAsked): Case => {
    const files = { 'x.c': pointerProgram(isAsked) };
    return isAsked
      ? {
          name: 'for a pointer that is asked for that function',
          check: 'double-acquire',
          doubt: /^code asks elsewhere whether struct card\.write is/,
          files,
        }
      : { name: 'for a pointer that nobody asks', check: 'double-acquire', files };
  }),
  ...[true, false].map((isLinked): Case => {
    const files = peersProgram(isLinked);
    return isLinked
      ? { name: 'for a pointer to what has to do with the caller', check: 'lock-order-cycle', files }
      : {
          name: 'for a pointer to what has nothing to do with the caller',
          check: 'lock-order-cycle',
          doubt: /have nothing to do with each other$/,
          files,
        };
  }),
  ...['task', 'next'].map((field): Case => {
    const files = { 'x.c': taskProgram(field) };
    return field === 'task'
      ? {
          name: 'where there is a task to sleep',
          check: 'sleep-in-atomic',
          doubt: /^it sleeps only for some values of worker->task/,
          files,
        }
      : { name: 'where there is something else', check: 'sleep-in-atomic', files };
  }),
  ...['kmem_cache_zalloc(cache, 0)', 'kzalloc(sizeof(*job), 0)'].map((made): Case => {
    const files = { 'x.c': manyProgram(made) };
    return made.startsWith('kmem')
      ? { name: 'for one of many objects', check: 'irq-inversion', doubt: /^struct job\.lock is in each of many objects/, files }
      : { name: 'for the object of a device', check: 'irq-inversion', files };
  }),
];

for (const { name, check, doubt, files } of cases) {
  test(`${doubt ? 'less sure' : 'sure'} ${name}`, async () => {
    const all = new Map([...readFixtures('')[0]!.files].filter(([path]) => !path.endsWith('.c')));
    for (const [path, text] of Object.entries(files))
      all.set(`fixture/${path}`, `#include "${'../'.repeat(path.split('/').length - 1)}kernel.h"\n${text}`);
    const reviewer = await createReviewer({ tree: treeOf(all), ...grammar });
    const { findings } = reviewer.check({ paths: ['fixture'], scope: 'paths' });
    const found = findings.filter((finding) => finding.check === check);
    assert.ok(found.length > 0);
    for (const { confidence, reasons } of found) {
      const last = reasons.filter((reason) => !reason.endsWith('was not read'));
      if (!doubt) assert.deepEqual([confidence, last], ['high', []]);
      else {
        assert.equal(confidence, 'medium', reasons.join('; '));
        assert.match(last[0]!, doubt);
      }
    }
  });
}

function eventProgram(isGiven: boolean, type: string): string {
  return `
enum event_kind { EVENT_FOUND, EVENT_LOST };
struct event { ${type} kind; };
static DEFINE_SPINLOCK(events);
static void event_add(struct event *event, enum event_kind kind)
{
	event->kind = kind;
}
void found(struct event *event)
{
	event_add(event, EVENT_FOUND);
${isGiven ? '\tevent_add(event, EVENT_LOST);' : ''}
}
void event_handle(struct event *event)
{
	spin_lock(&events);
	switch (event->kind) {
	case EVENT_FOUND:
		work(1);
		break;
	case EVENT_LOST:
		might_sleep();
		break;
	}
	spin_unlock(&events);
}
`;
}

function groupProgram(isSkipped: boolean): string {
  return `
struct group { struct mutex lock; };
struct group *group_of(int id);
static DEFINE_MUTEX(domain);
static void group_join(int id)
{
	struct group *group = group_of(id);
	mutex_lock(&group->lock);
	mutex_unlock(&group->lock);
}
static int recover(struct inode *inode, struct file *file)
{
	int id = work(0);
	struct group *group = group_of(id);
	if (group) {
		mutex_lock(&group->lock);
		mutex_lock(&domain);
		work(1);
		mutex_unlock(&domain);
		mutex_unlock(&group->lock);
	}${isSkipped ? ' else {' : ''}
	mutex_lock(&domain);
	group_join(id);
	mutex_unlock(&domain);
${isSkipped ? '\t}' : ''}
	return 0;
}
const struct file_operations group_ops = { .open = recover };
`;
}

function bitProgram(isCleared: boolean): string {
  return `
#define RESETTING 1
struct port { struct mutex lock; unsigned long state; struct work_struct work; };
static void port_work(struct work_struct *work)
{
	struct port *port = container_of(work, struct port, work);
	mutex_lock(&port->lock);
	mutex_unlock(&port->lock);
}
void port_init(struct port *port)
{
	INIT_WORK(&port->work, port_work);
}
static void port_stop(struct port *port)
{
	if (!test_bit(RESETTING, &port->state))
		cancel_work_sync(&port->work);
}
int restart(struct port *port)
{
	mutex_lock(&port->lock);
	if (work(1)) {
		port_stop(port);
		mutex_unlock(&port->lock);
		return -1;
	}
	mutex_unlock(&port->lock);
${isCleared ? '\tclear_bit(RESETTING, &port->state);' : ''}
	return 0;
}
`;
}

function settledProgram(flag: string): string {
  return `
#define DONE 1
#define QUEUED 2
struct job { spinlock_t lock; int state; };
static DEFINE_SPINLOCK(ring);
void job_abort(struct job *job)
{
	spin_lock(&job->lock);
	if (job->state & ${flag}) {
		spin_lock(&ring);
		spin_unlock(&ring);
	}
	spin_unlock(&job->lock);
}
void job_end(struct job *job)
{
	spin_lock(&ring);
	spin_lock(&job->lock);
	job->state |= DONE;
	spin_unlock(&job->lock);
	spin_unlock(&ring);
}
`;
}

function pointerProgram(isAsked: boolean): string {
  return `
struct card { spinlock_t lock; int is_slow; void (*write)(struct card *card); };
static void write_slowly(struct card *card)
{
	spin_lock(&card->lock);
	spin_unlock(&card->lock);
}
static void write_fast(struct card *card)
{
	work(1);
}
void card_init(struct card *card, int is_old)
{
	card->write = write_fast;
	if (is_old)
		card->write = write_slowly;
${isAsked ? '\tif (card->write == write_slowly)\n\t\tcard->is_slow = 1;' : ''}
}
void card_set(struct card *card)
{
	spin_lock(&card->lock);
	if (!card->is_slow)
		card->write(card);
	spin_unlock(&card->lock);
}
`;
}

function peersProgram(isLinked: boolean): Readonly<Record<string, string>> {
  return {
    'sock.h': `
struct sock { spinlock_t lock; void (*changed)(struct sock *sock); };
extern spinlock_t sockets;
extern struct sock *sock_of(struct inode *inode);
`,
    'one/one.c': `#include "../sock.h"
DEFINE_SPINLOCK(sockets);
void one_changed(struct sock *sock)
{
	work(1);
}
void one_init(struct sock *sock)
{
	sock->changed = one_changed;
}
static int one_down(struct inode *inode, struct file *file)
{
	struct sock *sock = sock_of(inode);
	spin_lock(&sockets);
	sock->changed(sock);
	spin_unlock(&sockets);
	return 0;
}
static int one_close(struct inode *inode, struct file *file)
{
	struct sock *sock = sock_of(inode);
	spin_lock(&sock->lock);
	spin_lock(&sockets);
	spin_unlock(&sockets);
	spin_unlock(&sock->lock);
	return 0;
}
const struct file_operations one_ops = { .open = one_down };
const struct file_operations other_ops = { .open = one_close };
`,
    'two/two.c': `#include "../sock.h"
void one_init(struct sock *sock);
static void two_changed(struct sock *sock)
{
	spin_lock(&sock->lock);
	spin_unlock(&sock->lock);
}
void two_init(struct sock *sock)
{
${isLinked ? '\tone_init(sock);' : ''}
	sock->changed = two_changed;
}
`,
  };
}

function taskProgram(field: string): string {
  return `
struct worker { void *${field}; };
static void worker_run(struct worker *worker)
{
	if (worker->${field})
		might_sleep();
}
static struct worker here;
static void tick(struct timer_list *timer)
{
	worker_run(&here);
}
static struct timer_list ticker;
void start(void)
{
	timer_setup(&ticker, tick, 0);
}
`;
}

function manyProgram(made: string): string {
  return `
struct job { spinlock_t lock; struct timer_list timer; };
static DEFINE_SPINLOCK(ring);
static struct kmem_cache *cache;
static void job_late(struct timer_list *timer)
{
	struct job *job = container_of(timer, struct job, timer);
	spin_lock(&job->lock);
	spin_unlock(&job->lock);
}
struct job *job_make(void)
{
	struct job *job = ${made};
	timer_setup(&job->timer, job_late, 0);
	return job;
}
void job_abort(struct job *job)
{
	spin_lock_bh(&job->lock);
	spin_lock(&ring);
	spin_unlock(&ring);
	spin_unlock_bh(&job->lock);
}
static void ring_work(struct work_struct *work)
{
	might_sleep();
	spin_lock(&ring);
	spin_unlock(&ring);
}
static DECLARE_WORK(ringing, ring_work);
`;
}
