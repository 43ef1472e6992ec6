/** What runs elsewhere, and can be waited for. */
export type Runner = 'work' | 'timer' | 'tasklet' | 'interrupt' | 'thread' | 'queue' | 'completion';

/** Ends a wait by itself: the task may be woken, or time is up. */
export type Bound = 'signal' | 'timeout';

export interface Waiting {
  readonly runner: Runner;
  /** Number of the argument that says what is waited for. */
  readonly argument: number;
  readonly bound?: Bound;
}

const waits = new Map<string, Waiting>();

function row(names: string, runner: Runner, more: Partial<Waiting> = {}): void {
  for (const name of names.split(' ')) waits.set(name, { runner, argument: 0, ...more });
}

// include/linux/{workqueue,kthread,timer,hrtimer,interrupt,completion}.h. napi_disable() is no row: it waits until napi_complete(), after which a poll
// may go on for long.
row('cancel_work_sync flush_work cancel_delayed_work_sync flush_delayed_work flush_rcu_work', 'work');
row('kthread_cancel_work_sync kthread_cancel_delayed_work_sync kthread_flush_work', 'work');
row('flush_workqueue drain_workqueue destroy_workqueue kthread_flush_worker kthread_destroy_worker', 'queue');
row('del_timer_sync timer_delete_sync timer_shutdown_sync del_singleshot_timer_sync hrtimer_cancel', 'timer');
row('tasklet_kill tasklet_disable', 'tasklet');
// Those that end in `_hardirq` do not wait for a handler's thread, and are no rows.
row('free_irq disable_irq synchronize_irq', 'interrupt');
row('devm_free_irq', 'interrupt', { argument: 1 });
row('kthread_stop', 'thread');
row('wait_for_completion wait_for_completion_io', 'completion');
row('wait_for_completion_interruptible wait_for_completion_killable', 'completion', { bound: 'signal' });
for (const ending of ['', '_interruptible', '_killable', '_io'])
  row(`wait_for_completion${ending}_timeout`, 'completion', { bound: 'timeout' });

/** Functions that wait until what runs elsewhere has ended. */
export const waitApi: ReadonlyMap<string, Waiting> = waits;

/** Functions that end the wait for a completion. */
export const completeApi: ReadonlySet<string> = new Set([
  'complete',
  'complete_all',
  'complete_on_current_cpu',
  'kthread_complete_and_exit',
]);

/** Says what runs, by numbers of arguments; `runs` -1: what the call gives is what can be waited for. */
export interface Binding {
  readonly runs: number;
  readonly handler: number;
}

const bindings = new Map<string, readonly Binding[]>();

function binds(names: string, runs: number, ...handlers: readonly number[]): void {
  for (const name of names.split(' '))
    bindings.set(
      name,
      handlers.map((handler) => ({ runs, handler })),
    );
}

binds('INIT_WORK INIT_DELAYED_WORK INIT_DEFERRABLE_WORK INIT_WORK_ONSTACK INIT_RCU_WORK', 0, 1);
binds('kthread_init_work kthread_init_delayed_work', 0, 1);
binds('timer_setup timer_setup_on_stack hrtimer_setup hrtimer_setup_on_stack hrtimer_update_function tasklet_setup tasklet_init', 0, 1);
binds('request_irq', 0, 1);
binds('request_threaded_irq', 0, 1, 2);
binds('devm_request_irq', 1, 2);
binds('devm_request_threaded_irq', 1, 2, 3);
binds('kthread_run kthread_create kthread_create_on_node', -1, 0);

/** Functions that are told what a work item, a timer, an interrupt or a thread runs. */
export const bindingApi: ReadonlyMap<string, readonly Binding[]> = bindings;

/** Macros that define what runs, as their first argument, with its function as the second. */
export const declaringApi: ReadonlySet<string> = new Set(
  'DECLARE_WORK DECLARE_DELAYED_WORK DECLARE_DEFERRABLE_WORK DEFINE_TIMER DECLARE_TASKLET DECLARE_TASKLET_DISABLED DEFINE_KTHREAD_WORK'.split(
    ' ',
  ),
);

/** Fields that have the function which their object runs. */
export const handlerFields: ReadonlySet<string> = new Set([
  'struct hrtimer.function',
  'struct timer_list.function',
  'struct work_struct.func',
  'struct kthread_work.func',
  'struct tasklet_struct.func',
  'struct tasklet_struct.callback',
]);

/** Puts a work item on a queue, both by the numbers of arguments; `named`: on that one, whatever it is given. */
export interface Queueing {
  readonly item: number;
  readonly queue?: number;
  readonly named?: string;
}

const queueings = new Map<string, Queueing>();

function queues(names: string, queueing: Queueing): void {
  for (const name of names.split(' ')) queueings.set(name, queueing);
}

queues('queue_work queue_delayed_work mod_delayed_work queue_rcu_work kthread_queue_work kthread_queue_delayed_work', {
  queue: 0,
  item: 1,
});
queues('queue_work_on queue_delayed_work_on mod_delayed_work_on kthread_queue_work_on kthread_queue_delayed_work_on', {
  queue: 1,
  item: 2,
});
queues('schedule_work schedule_delayed_work', { named: 'system_wq', item: 0 });
queues('schedule_work_on schedule_delayed_work_on', { named: 'system_wq', item: 1 });
// include/net/mac80211.h
queues('ieee80211_queue_work ieee80211_queue_delayed_work', { named: 'struct ieee80211_local.workqueue', item: 1 });

/** Functions that put a work item on a queue. */
export const queueApi: ReadonlyMap<string, Queueing> = queueings;

/** Functions that make a queue, and whether its items run one at a time. */
export const queueMakers: ReadonlyMap<string, boolean> = new Map([
  ['alloc_ordered_workqueue', true],
  ['create_singlethread_workqueue', true],
  ['alloc_workqueue', false],
  ['create_workqueue', false],
  ['create_freezable_workqueue', false],
]);

/** Queues of which it is known that they do so where the code that makes them was not read. */
export const orderedQueues: ReadonlySet<string> = new Set(['struct ieee80211_local.workqueue']);

/** Runners that are kept as a pointer; what another field points to may be anything. */
export const pointedRunners: ReadonlySet<Runner> = new Set<Runner>(['thread', 'queue']);

/** Questions that code asks to find out whether it is what it would wait for. */
export const ownQuestions = /\b(current_work\(|current\b|in_interrupt\(|in_irq\(|in_softirq\(|in_task\()/;
