import { append } from '../source/multimap.ts';

/** Where code runs that nobody calls by name: in a hard interrupt, in a softirq, or in a task with interrupts on. */
export type RunsIn = 'hardirq' | 'softirq' | 'task';

interface Registration {
  /** Number of the argument that is the function. */
  readonly argument: number;
  readonly runsIn: RunsIn;
  /** Number of the argument that is the mode of a high-resolution timer. */
  readonly mode?: number;
}

const table = new Map<string, Registration[]>();

function row(names: string, argument: number, runsIn: RunsIn, mode?: number): void {
  for (const name of names.split(' ')) append(table, name, { argument, runsIn, ...(mode !== undefined && { mode }) });
}

// include/linux/{interrupt,irq,irq_work}.h. What request_any_context_irq() is given may run in a thread. Functions that are sent to other CPUs are no
// rows: a task chooses when, and may know that nobody is in the way.
row('request_irq request_threaded_irq request_percpu_irq request_nmi', 1, 'hardirq');
row('devm_request_irq devm_request_threaded_irq pci_request_irq', 2, 'hardirq');
row('request_threaded_irq', 2, 'task');
row('devm_request_threaded_irq pci_request_irq', 3, 'task');
row('irq_set_chained_handler irq_set_chained_handler_and_data init_irq_work', 1, 'hardirq');

// include/linux/{timer,interrupt,netdevice,rcupdate}.h.
row('timer_setup timer_setup_on_stack tasklet_setup tasklet_init open_softirq call_rcu call_rcu_hurry', 1, 'softirq');
row('netif_napi_add netif_napi_add_weight netif_napi_add_tx netif_napi_add_tx_weight', 2, 'softirq');

// include/linux/usb.h. Some host controllers give a request back in a hardirq, all others in a softirq, which is what all of them are at least.
row('usb_fill_bulk_urb usb_fill_int_urb', 5, 'softirq');
row('usb_fill_control_urb', 6, 'softirq');

// include/linux/hrtimer.h.
row('hrtimer_setup hrtimer_setup_on_stack', 1, 'hardirq', 3);
row('hrtimer_update_function', 1, 'hardirq');

// include/linux/{kthread,workqueue}.h.
row('kthread_run kthread_create kthread_create_on_node', 0, 'task');
row('INIT_WORK INIT_DELAYED_WORK INIT_DEFERRABLE_WORK INIT_WORK_ONSTACK kthread_init_work kthread_init_delayed_work', 1, 'task');

// pthread.h, threads.h.
row('pthread_create', 2, 'task');
row('thrd_create', 1, 'task');

/** Functions that are given another one to call later, elsewhere. */
export const registrationApi: ReadonlyMap<string, readonly Registration[]> = table;

/** Functions that set up a high-resolution timer, by the numbers of the arguments that are the timer and its mode. */
export const timerModeApi: ReadonlyMap<string, { readonly timer: number; readonly mode: number }> = new Map([
  ['hrtimer_init', { timer: 0, mode: 2 }],
  ['hrtimer_init_on_stack', { timer: 0, mode: 2 }],
  ['hrtimer_setup', { timer: 0, mode: 3 }],
  ['hrtimer_setup_on_stack', { timer: 0, mode: 3 }],
]);

/** Functions before which no interrupt of a device comes to its handler, and after which none does any more. */
export const lineRequests: ReadonlySet<string> = new Set(
  'request_irq request_threaded_irq devm_request_irq devm_request_threaded_irq pci_request_irq request_percpu_irq'.split(' '),
);
export const lineReleases: ReadonlySet<string> = new Set('free_irq devm_free_irq pci_free_irq free_percpu_irq'.split(' '));

/** Whether what is kept or given there polls a network device. */
export function isPoll(field: string): boolean {
  return /^netif_napi_add|^struct napi_struct\.poll$/.test(field);
}

/** Whether a mode, as it is written, has a high-resolution timer run in a softirq; what is no constant is taken for one that does not. */
export function isSoftMode(mode: string): boolean {
  const named = mode.match(/\bHRTIMER_MODE_\w+/g) ?? [];
  return named.length > 0 && named.every((name) => name.endsWith('_SOFT'));
}

/** Whether what is kept there runs in a softirq if all modes of its timer say so. */
export function hasMode(field: string): boolean {
  return field === 'struct hrtimer.function' || field === 'hrtimer_update_function';
}

/** Whether what is kept or given there needs no interrupt of a device to run: a clock has it run, or what the kernel itself does. */
export function runsWithoutLine(field: string): boolean {
  return /^(struct (timer_list|hrtimer|irq_work)\.|timer_setup|hrtimer_|init_irq_work$|call_rcu)/.test(field);
}

const fields: readonly (readonly [field: RegExp, runsIn: RunsIn])[] = [
  [
    /^struct (timer_list\.function|tasklet_struct\.(func|callback)|softirq_action\.action|napi_struct\.poll|urb\.complete|packet_type\.func)$/,
    'softirq',
  ],
  [/^struct (irq_work\.func|hrtimer\.function)$/, 'hardirq'],
  [/^struct (work_struct|kthread_work)\.func$/, 'task'],
  // Operations of files, attributes, drivers and network devices that are called by tasks, most of them with a mutex held.
  [/^struct (file_operations|proc_ops|block_device_operations|vm_operations_struct|ethtool_ops|tty_operations)\./, 'task'],
  [/^struct seq_operations\.start$/, 'task'],
  [/^struct (\w+_attribute|attribute_group|configfs_attribute|kernel_param_ops)\.(show|store|read|write|set|get)$/, 'task'],
  [/^struct \w*driver\.(probe|remove|shutdown|suspend|resume|bind|unbind)$/, 'task'],
  [/^struct dev_pm_ops\.(suspend|resume|freeze|thaw|poweroff|restore|prepare|complete)$/, 'task'],
  [/^struct net_device_ops\.ndo_(open|stop|init|uninit|change_mtu|set_mac_address|do_ioctl|eth_ioctl|validate_addr)$/, 'task'],
];

/** Where a function runs that is kept in a field (`struct timer_list.function`), or was given to a function; undefined where that is not known. */
export function contextOf(field: string): RunsIn | undefined {
  return fields.find(([pattern]) => pattern.test(field))?.[1];
}
