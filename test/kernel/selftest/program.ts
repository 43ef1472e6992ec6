import type { SelftestCase } from './cases.ts';

/** What a case needs of a kernel, in our own words. */
const prelude = `
typedef struct { int value; } spinlock_t;
typedef struct { int value; } raw_spinlock_t;
typedef struct { int value; } rwlock_t;
typedef struct { int value; } local_lock_t;
typedef int irqreturn_t;
struct mutex { long owner; };
struct rw_semaphore { long count; };
struct rt_mutex { long owner; };
struct ww_mutex { struct mutex base; };
struct ww_acquire_ctx { unsigned long stamp; };
struct softirq_action { int unused; };
int request_irq(unsigned int irq, irqreturn_t (*handler)(int, void *), unsigned long flags, const char *name, void *dev);
#define kthread_run(function, data, name) fixture_thread(function, data, name)
void *fixture_thread(void (*function)(void), void *data, const char *name);
void open_softirq(int nr, void (*action)(struct softirq_action *));
`;

/** Locks that are each a class of their own, and those of which two are of one class. */
const single = ['A', 'B', 'C', 'D'];
const shared = ['X', 'Y', 'Z'];

/**
 * A file that does what a case does. Two locks of one class are to lockdep the same lock, and there are two only so that the machine
 * goes on: they are one here, but where the suite says that another lock keeps them apart. What it runs as if in an interrupt is a
 * function that is called in one.
 */
export function programOf({ name, body, readersRecurse }: SelftestCase): string {
  const isNested = body.includes('_nest_lock(');
  const { rest, handlers, setup } = outOfInterrupts(withoutContextGuards(ofSharedClasses(body, isNested)), name);
  // The suite runs in a task with interrupts on.
  if (setup.length > 0) setup.push(`kthread_run(${name}, 0, "");`);
  const entry = (of: string, text: string): string => `static void ${of}(void)\n{\n${text}\n}\n`;
  const functions = [...handlers, ...(setup.length > 0 ? [entry(`${name}_setup`, setup.join('\n'))] : []), entry(name, rest)].join('\n');
  return `${prelude}${locks()}\n\n${readersRecurse ? `#ifndef CONFIG_QUEUED_RWLOCKS\n${functions}#endif\n` : functions}`;
}

function locks(): string {
  const lines = [...single, ...shared].flatMap((x) => [
    `static DEFINE_SPINLOCK(lock_${x});`,
    `static DEFINE_RAW_SPINLOCK(raw_lock_${x});`,
    `static DEFINE_RWLOCK(rwlock_${x});`,
    `static DEFINE_MUTEX(mutex_${x});`,
    `static DECLARE_RWSEM(rwsem_${x});`,
    `static DEFINE_RT_MUTEX(rtmutex_${x});`,
  ]);
  for (const x of shared) lines.push(`static struct class_${x} { spinlock_t lock; } ${x}1, ${x}2;`);
  lines.push('static DEFINE_PER_CPU(local_lock_t, local_A);', 'static struct ww_acquire_ctx t, t2;', 'static struct ww_mutex o, o2, o3;');
  return lines.join('\n');
}

/** `lock_X1` and `lock_X2` are `lock_X`, or a field of two structures. */
function ofSharedClasses(body: string, isNested: boolean): string {
  return isNested ? body.replace(/\block_([XYZ][12])\b/g, '$1.lock') : body.replace(/\b([a-z]+_[XYZ])[12]\b/g, '$1');
}

type Guard = readonly [enter: string, leave: string];

const hardirq: Guard = ['local_irq_disable(); __irq_enter(); WARN_ON(!in_irq());', '__irq_exit(); local_irq_enable();'];
const softirq: Guard = [
  'local_bh_disable(); local_irq_disable(); lockdep_softirq_enter(); WARN_ON(!in_softirq());',
  'lockdep_softirq_exit(); local_irq_enable(); local_bh_enable();',
];

/** Guards of the suite's own, which enter a context until the end of the block. */
const contextGuards = new Map<string, Guard>([
  ['HARDIRQ', hardirq],
  ['NOTTHREADED_HARDIRQ', hardirq],
  ['SOFTIRQ', softirq],
  ['RCU', ['rcu_read_lock();', 'rcu_read_unlock();']],
  ['RCU_BH', ['rcu_read_lock_bh();', 'rcu_read_unlock_bh();']],
  ['RCU_SCHED', ['rcu_read_lock_sched();', 'rcu_read_unlock_sched();']],
]);

/** Each of these guards as what it does there and at the end; there are no inner blocks. */
function withoutContextGuards(body: string): string {
  let text = body;
  for (let guard = contextGuard.exec(text); guard; guard = contextGuard.exec(text)) {
    const [enter, leave] = contextGuards.get(guard[1]!)!;
    text = `${text.slice(0, guard.index)}${enter}${text.slice(guard.index + guard[0].length)} ${leave}`;
  }
  return text;
}

const contextGuard = new RegExp(`\\bguard\\((${[...contextGuards.keys()].join('|')})\\)\\(\\s*\\);`);

/** How the suite enters and leaves an interrupt, and how a function comes to be called in one. */
const interrupts = [
  {
    inside: /local_irq_disable\(\);\s*__irq_enter\(\);.*?WARN_ON\(!in_irq\(\)\);(.*?)__irq_exit\(\);\s*local_irq_enable\(\);/gs,
    handler: (name: string, text: string) => `static irqreturn_t ${name}(int irq, void *data)\n{\n${text}\nreturn 1;\n}\n`,
    register: (name: string) => `request_irq(1, ${name}, 0, "", 0);`,
  },
  {
    inside:
      /local_bh_disable\(\);\s*local_irq_disable\(\);\s*lockdep_softirq_enter\(\);\s*WARN_ON\(!in_softirq\(\)\);(.*?)lockdep_softirq_exit\(\);\s*local_irq_enable\(\);\s*local_bh_enable\(\);/gs,
    handler: (name: string, text: string) => `static void ${name}(struct softirq_action *action)\n{\n${text}\n}\n`,
    register: (name: string) => `open_softirq(1, ${name});`,
  },
];

interface Parts {
  readonly rest: string;
  readonly handlers: readonly string[];
  readonly setup: string[];
}

function outOfInterrupts(body: string, name: string): Parts {
  const handlers: string[] = [];
  const setup: string[] = [];
  let rest = body;
  for (const { inside, handler, register } of interrupts) {
    rest = rest.replace(inside, (_, text: string) => {
      const of = `${name}_interrupt_${handlers.length + 1}`;
      handlers.push(handler(of, text));
      setup.push(register(of));
      return '';
    });
  }
  return { rest, handlers, setup };
}
