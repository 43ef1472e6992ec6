/** A model and the C it stands for. `// DRIFT` marks the lines of a finding on both sides; a pair without must stay quiet. */
export interface Pair {
  readonly name: string;
  readonly model: string;
  readonly c: string;
  /** Parts of the message. */
  readonly says?: RegExp;
  readonly withoutCounterpart?: readonly string[];
  readonly leftOut?: readonly RegExp[];
}

export const pairs: readonly Pair[] = [
  {
    name: 'the same operations in the same order',
    model: `
function start(dev: dev): void {
  mutex_lock(dev.lock);
  spin_lock(dev.state_lock);
  dev.state = 1;
  spin_unlock(dev.state_lock);
  mutex_unlock(dev.lock);
}`,
    c: `
void start(struct dev *dev)
{
	mutex_lock(&dev->lock);
	spin_lock(&dev->state_lock);
	dev->state = 1;
	spin_unlock(&dev->state_lock);
	mutex_unlock(&dev->lock);
}`,
  },
  {
    name: 'two locks the other way round',
    model: `
function start(dev: dev): void {
  spin_lock(dev.state_lock); // DRIFT
  mutex_lock(dev.lock);
  mutex_unlock(dev.lock);
  spin_unlock(dev.state_lock);
}`,
    c: `
void start(struct dev *dev)
{
	mutex_lock(&dev->lock); // DRIFT
	spin_lock(&dev->state_lock);
	spin_unlock(&dev->state_lock);
	mutex_unlock(&dev->lock);
}`,
    says: /^the model's start acquires struct dev\.state_lock, where C acquires struct dev\.lock \(fixture\/fixture\.c:\d+\)$/,
  },
  {
    name: 'a lock that the model does not take',
    model: `
function stop(dev: dev): void {
  dev.state = 0;
} // DRIFT`,
    c: `
void stop(struct dev *dev)
{
	spin_lock(&dev->state_lock); // DRIFT
	dev->state = 0;
	spin_unlock(&dev->state_lock);
}`,
    says: /^the model's stop returns, where C acquires struct dev\.state_lock/,
  },
  {
    name: 'a lock that C does not take',
    model: `
function stop(dev: dev): void {
  spin_lock(dev.state_lock); // DRIFT
  dev.state = 0;
  spin_unlock(dev.state_lock);
}`,
    c: `
void stop(struct dev *dev)
{
	dev->state = 0;
} // DRIFT`,
  },
  {
    name: 'a lock that the model does not take on a way that C has without it',
    model: `
function stop(dev: dev): void { // DRIFT
  spin_lock(dev.state_lock);
  const running = dev.state;
  spin_unlock(dev.state_lock);
}`,
    c: `
void stop(struct dev *dev)
{
	spin_lock(&dev->state_lock);
	if (dev->state) {
		mutex_lock(&dev->lock); // DRIFT
		mutex_unlock(&dev->lock);
	}
	spin_unlock(&dev->state_lock);
}`,
    says: /^C acquires struct dev\.lock in stop .*, the model's function does not$/,
  },
  {
    name: 'the same operations, but not with the lock held',
    model: `
function flush(dev: dev): void {
  if (dev.state) {
    mutex_lock(dev.lock);
    mutex_unlock(dev.lock);
  } else synchronize_srcu(dev.srcu); // DRIFT
}`,
    c: `
void flush(struct dev *dev)
{
	mutex_lock(&dev->lock); // DRIFT
	if (dev->state)
		synchronize_srcu(&dev->srcu);
	mutex_unlock(&dev->lock);
}`,
  },
  {
    name: 'C waits with the lock held on one way, the model only without',
    model: `
function flush(dev: dev): void { // DRIFT
  mutex_lock(dev.lock);
  mutex_unlock(dev.lock);
  synchronize_srcu(dev.srcu);
}`,
    c: `
void flush(struct dev *dev)
{
	mutex_lock(&dev->lock);
	if (dev->state) {
		mutex_unlock(&dev->lock);
		synchronize_srcu(&dev->srcu);
		return;
	}
	synchronize_srcu(&dev->srcu); // DRIFT
	mutex_unlock(&dev->lock);
}`,
    says: /^C waits for the readers of struct dev\.srcu in flush .* with struct dev\.lock held, the model's function does so only without struct dev\.lock$/,
  },
  {
    name: 'a wait for readers that the model leaves out',
    model: `
function flush(dev: dev): void { // DRIFT
  dev.state = 0;
}`,
    c: `
int flush(struct dev *dev)
{
	if (!work_left())
		return -EINVAL;
	synchronize_srcu(&dev->srcu); // DRIFT
	return 0;
}`,
  },
  {
    name: 'one of two ways out keeps the lock',
    model: `
function stop(dev: dev): void {
  mutex_lock(dev.lock);
  if (dev.state == 0) return; // DRIFT
  dev.state = 0;
  mutex_unlock(dev.lock);
}`,
    c: `
void stop(struct dev *dev)
{
	mutex_lock(&dev->lock);
	if (dev->state)
		dev->state = 0;
	mutex_unlock(&dev->lock); // DRIFT
}`,
  },
  {
    name: 'early exits of C that the model leaves out',
    model: `
function open(dev: dev): void {
  mutex_lock(dev.lock);
  dev.state = 1;
  mutex_unlock(dev.lock);
}`,
    c: `
int open(struct dev *dev)
{
	int ret = -EINVAL;

	if (mutex_lock_interruptible(&dev->lock))
		return -EINTR;
	if (!work_left())
		goto out;
	if (dev->state) {
		mutex_unlock(&dev->lock);
		return -EBUSY;
	}
	dev->state = 1;
	ret = 0;
out:
	mutex_unlock(&dev->lock);
	return ret;
}`,
  },
  {
    name: 'a lock that was not got is not given back',
    model: `
function poll(dev: dev): void {
  if (!spin_trylock(dev.state_lock)) {
    spin_unlock(dev.state_lock); // DRIFT
    return;
  }
  spin_unlock(dev.state_lock);
}`,
    c: `
void poll(struct dev *dev)
{
	if (!spin_trylock(&dev->state_lock)) // DRIFT
		return;
	spin_unlock(&dev->state_lock);
}`,
  },
  {
    name: 'the result of a trylock kept in a local, on both sides',
    model: `
function poll(dev: dev): void {
  const got = spin_trylock(dev.state_lock);
  dev.state = 2;
  if (got) spin_unlock(dev.state_lock);
}`,
    c: `
void poll(struct dev *dev)
{
	int got = spin_trylock(&dev->state_lock);

	work(dev->state);
	if (got)
		spin_unlock(&dev->state_lock);
}`,
  },
  {
    name: 'waiting for a lock is not trying',
    model: `
function poll(dev: dev): void {
  spin_lock(dev.state_lock); // DRIFT
  spin_unlock(dev.state_lock);
}`,
    c: `
void poll(struct dev *dev)
{
	if (!spin_trylock(&dev->state_lock)) // DRIFT
		return;
	spin_unlock(&dev->state_lock);
}`,
    says: /where C tries to acquire struct dev\.state_lock/,
  },
  {
    name: 'opposite configurations are not mixed',
    model: `
function stop(dev: dev): void {
  mutex_lock(dev.lock);
  dev.state = 0;
} // DRIFT`,
    c: `
void stop(struct dev *dev)
{
#ifdef CONFIG_DEV_LOCK
	mutex_lock(&dev->lock);
#endif
	dev->state = 0;
#ifdef CONFIG_DEV_LOCK
	mutex_unlock(&dev->lock); // DRIFT
#endif
}`,
    leftOut: [/^releases struct dev\.lock under CONFIG_DEV_LOCK$/],
  },
  {
    name: 'a model of one configuration',
    model: `
function stop(dev: dev): void {
  mutex_lock(dev.lock);
  dev.state = 0;
  mutex_unlock(dev.lock);
}`,
    c: `
void stop(struct dev *dev)
{
#ifdef CONFIG_DEV_SPIN
	spin_lock(&dev->state_lock);
#else
	mutex_lock(&dev->lock);
#endif
	dev->state = 0;
#ifdef CONFIG_DEV_SPIN
	spin_unlock(&dev->state_lock);
#else
	mutex_unlock(&dev->lock);
#endif
}`,
    leftOut: [/^acquires struct dev\.state_lock under CONFIG_DEV_SPIN$/, /^releases struct dev\.state_lock under CONFIG_DEV_SPIN$/],
  },
  {
    name: 'a function that only one configuration has, with a stub for the others',
    model: `
function stop(dev: dev): void {
  dev.state = 0;
  mutex_lock(dev.lock); // DRIFT
  mutex_unlock(dev.lock);
}`,
    c: `
#ifdef CONFIG_DEV
void stop(struct dev *dev)
{
	spin_lock(&dev->state_lock); // DRIFT
	dev->state = 0;
	spin_unlock(&dev->state_lock);
}
#else
void stop(struct dev *dev) { }
#endif`,
  },
  {
    name: 'a callee that only C has is followed, and one that only the model has',
    model: `
function halve(dev: dev): void {
  mutex_lock(dev.lock);
  dev.state = 1;
}
function start(dev: dev): void {
  halve(dev);
  mutex_unlock(dev.lock);
}
function body(dev: dev): void {
  start(dev);
}`,
    c: `
static void dev_lock(struct dev *dev)
{
	mutex_lock(&dev->lock);
}
static void unlock(struct mutex *lock)
{
	mutex_unlock(lock);
}
void start(struct dev *dev)
{
	dev_lock(dev);
	unlock(&dev->lock);
}`,
    withoutCounterpart: ['halve', 'body'],
  },
  {
    name: 'a callee that leaves the lock held is part of the function',
    model: `
function start(dev: dev): void { // DRIFT
  dev.state = 1;
}`,
    c: `
static void dev_lock(struct dev *dev)
{
	mutex_lock(&dev->lock);
}
void start(struct dev *dev)
{
	if (dev->state)
		return;
	dev_lock(dev); // DRIFT
	mutex_unlock(&dev->lock);
}`,
    says: /^C acquires struct dev\.lock in start \(dev_lock, fixture\/fixture\.c:\d+\)/,
  },
  {
    name: 'what a callee takes and gives back may be left out on a way without it',
    model: `
function start(dev: dev): void {
  dev.state = 1;
}`,
    c: `
static void count(struct dev *dev)
{
	mutex_lock(&dev->lock);
	mutex_unlock(&dev->lock);
}
void start(struct dev *dev)
{
	if (work_left())
		count(dev);
	dev->state = 1;
}`,
    leftOut: [/^count acquires struct dev\.lock, releases struct dev\.lock$/],
  },
  {
    name: 'what a callee takes and gives back on every way may not',
    model: `
function start(dev: dev): void {
  dev.state = 1;
} // DRIFT`,
    c: `
static void count(struct dev *dev)
{
	mutex_lock(&dev->lock);
	mutex_unlock(&dev->lock);
}
void start(struct dev *dev)
{
	count(dev); // DRIFT
	dev->state = 1;
}`,
    leftOut: [/^count acquires struct dev\.lock, releases struct dev\.lock$/],
    says: /where C acquires struct dev\.lock \(count, fixture\/fixture\.c:\d+\)/,
  },
  {
    name: 'a call that is no longer under the lock',
    model: `
function start(dev: dev): void {
  dev.state = 1;
}
function request(dev: dev): void {
  mutex_lock(dev.lock);
  mutex_unlock(dev.lock);
  start(dev); // DRIFT
}`,
    c: `
void start(struct dev *dev)
{
	dev->state = 1;
}
void request(struct dev *dev)
{
	mutex_lock(&dev->lock);
	start(dev);
	mutex_unlock(&dev->lock);
} // DRIFT`,
  },
  {
    name: 'a call that the model has not',
    model: `
function start(dev: dev): void {
  dev.state = 1;
}
function request(dev: dev): void { // DRIFT
  mutex_lock(dev.lock);
  mutex_unlock(dev.lock);
}`,
    c: `
void start(struct dev *dev)
{
	dev->state = 1;
}
void request(struct dev *dev)
{
	mutex_lock(&dev->lock);
	if (!dev->state)
		start(dev); // DRIFT
	mutex_unlock(&dev->lock);
}`,
    says: /^C calls start in request .*, the model's function does not$/,
  },
  {
    name: 'a call through a pointer is a call of any function it may mean',
    model: `
function start(dev: dev): void {
  mutex_lock(dev.lock);
  mutex_unlock(dev.lock);
}
function request(dev: dev): void {
  start(dev);
}`,
    c: `
void start(struct dev *dev)
{
	mutex_lock(&dev->lock);
	mutex_unlock(&dev->lock);
}
static void nothing(struct dev *dev)
{
}
struct dev_ops {
	void (*run)(struct dev *dev);
};
static const struct dev_ops first = { .run = start };
static const struct dev_ops second = { .run = nothing };
void request(struct dev *dev, const struct dev_ops *ops)
{
	ops->run(dev);
}`,
  },
  {
    name: 'a call that could not be followed is named',
    model: `
function request(dev: dev): void {
  mutex_lock(dev.lock); // DRIFT
  mutex_unlock(dev.lock);
}`,
    c: `
struct dev_ops {
	void (*run)(struct dev *dev);
};
void request(struct dev *dev, const struct dev_ops *ops)
{
	ops->run(dev);
} // DRIFT`,
    says: /where C returns \(.*\); not followed in C before that: a call through a pointer$/,
  },
  {
    name: 'a function that leads back to itself',
    model: `
function drain(dev: dev): void {
  mutex_lock(dev.lock);
  mutex_unlock(dev.lock);
}`,
    c: `
static void step(struct dev *dev, int depth)
{
	mutex_lock(&dev->lock);
	mutex_unlock(&dev->lock);
	if (depth)
		step(dev, depth - 1);
}
void drain(struct dev *dev)
{
	step(dev, 3);
}`,
  },
  {
    name: 'loops, as often as the model goes round',
    model: `
function reset(all: dev): void {
  for (const dev of devs) {
    spin_lock(dev.state_lock);
    dev.state = 0;
    spin_unlock(dev.state_lock);
  }
}`,
    c: `
void reset(struct dev *devs, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		spin_lock(&devs[i].state_lock);
		devs[i].state = 0;
		spin_unlock(&devs[i].state_lock);
	}
}`,
  },
  {
    name: 'a loop that C goes round without giving the lock back',
    model: `
function reset(all: dev): void {
  for (const dev of devs) {
    spin_lock(dev.state_lock);
    spin_unlock(dev.state_lock); // DRIFT
  }
}`,
    c: `
void reset(struct dev *devs, int count)
{
	int i;

	for (i = 0; i < count; i++)
		spin_lock(&devs[i].state_lock); // DRIFT
}`,
  },
  {
    name: 'a lock that the model does not know, around what it writes',
    model: `
function start(dev: dev): void { 
  mutex_lock(dev.lock);
  dev.state = 1;
  mutex_unlock(dev.lock); // DRIFT
}`,
    c: `
void start(struct dev *dev)
{
	mutex_lock(&dev->lock);
	spin_lock(&dev->hidden_lock); // DRIFT
	dev->state = 1;
	spin_unlock(&dev->hidden_lock);
	mutex_unlock(&dev->lock);
}`,
    says: /where C acquires struct dev\.hidden_lock/,
  },
  {
    name: 'a lock that the model does not know, around a call that it has',
    model: `
function start(dev: dev): void {
  dev.state = 1;
}
function request(dev: dev): void {
  start(dev); // DRIFT
}`,
    c: `
void start(struct dev *dev)
{
	dev->state = 1;
}
void request(struct dev *dev)
{
	spin_lock(&dev->hidden_lock); // DRIFT
	start(dev);
	spin_unlock(&dev->hidden_lock);
}`,
  },
  {
    name: 'a lock that the model does not know, around what it does not have either',
    model: `
function start(dev: dev): void {
  mutex_lock(dev.lock);
  dev.state = 1;
  mutex_unlock(dev.lock);
}`,
    c: `
void start(struct dev *dev)
{
	mutex_lock(&dev->lock);
	dev->state = 1;
	spin_lock(&dev->hidden_lock);
	dev->hidden = 1;
	spin_unlock(&dev->hidden_lock);
	mutex_unlock(&dev->lock);
}`,
  },
  {
    name: 'guards give back at the end of their block',
    model: `
function start(dev: dev): void {
  mutex_lock(dev.lock);
  dev.state = 1;
  mutex_unlock(dev.lock);
}`,
    c: `
int start(struct dev *dev)
{
	guard(mutex)(&dev->lock);
	if (dev->state)
		return -EBUSY;
	dev->state = 1;
	return 0;
}`,
  },
  {
    name: 'a lock that C gives back for a callee',
    model: `
function work_on(dev: dev): void {
  srcu_read_unlock(dev.srcu);
  srcu_read_lock(dev.srcu);
}`,
    c: `
void work_on(struct dev *dev)
{
	srcu_read_unlock(&dev->srcu, dev->idx);
	work(1);
	dev->idx = srcu_read_lock(&dev->srcu);
}`,
  },
  {
    name: 'values decide: a way that the model cannot go is not compared',
    model: `
function stop(dev: dev, once: int): void {
  if (once) mutex_lock(dev.lock);
  dev.state = 0;
  if (once) mutex_unlock(dev.lock);
}`,
    c: `
void stop(struct dev *dev, int once)
{
	if (once)
		mutex_lock(&dev->lock);
	dev->state = 0;
	if (once)
		mutex_unlock(&dev->lock);
}`,
  },
];

export const modelPrelude = `models('fixture');
interface dev { lock: mutex; state_lock: spinlock_t; srcu: srcu_struct; state: int; }
const devs = objects<dev>(2);
`;

export const cPrelude = `#include "kernel.h"
struct dev {
	struct mutex lock;
	spinlock_t state_lock;
	spinlock_t hidden_lock;
	struct srcu_struct srcu;
	int state, hidden, idx;
};
`;
