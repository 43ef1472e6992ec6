/**
 * Functions of the kernel that may sleep, as data: the roots, by the kernel's own might_sleep(), might_alloc() and might_fault(), and
 * entry points whose source is seldom read together with their callers. A function that is read needs no row: it sleeps
 * because it calls one of these, or blocks on a lock. Nor does one that is not read and is given `GFP_KERNEL` in so many words.
 */
export interface Sleeping {
  /** Number of the argument that has the allocation flags, without which it does not sleep; -1 where it always may. */
  readonly flags: number;
  /** Number of the argument that says how long it sleeps: 0 is not at all; -1 where there is none. */
  readonly time: number;
  /** It touches memory of a user, and does not sleep with page faults off. */
  readonly isFault: boolean;
  /** Where its source is read, or that of a file's own function of that name, the source decides. */
  readonly isByBody: boolean;
}

const table = new Map<string, Sleeping>();

function row(names: string, more: Partial<Sleeping> = {}): void {
  for (const name of names.split(' ')) table.set(name, { flags: -1, time: -1, isFault: false, isByBody: false, ...more });
}

// include/linux/{kernel,sched,delay,wait,wait_bit,iopoll}.h. cond_resched() schedules where nothing preempts, and has might_sleep()'s check.
row('might_sleep schedule schedule_timeout schedule_timeout_interruptible schedule_timeout_killable schedule_timeout_uninterruptible');
row('schedule_timeout_idle io_schedule io_schedule_timeout schedule_hrtimeout schedule_hrtimeout_range cond_resched');
row('msleep msleep_interruptible ssleep usleep_range usleep_range_state usleep_idle_range fsleep');
row('wait_event wait_event_timeout wait_event_interruptible wait_event_interruptible_timeout wait_event_killable wait_event_idle');
row('wait_event_killable_timeout wait_event_freezable wait_event_freezable_timeout wait_event_idle_timeout wait_event_hrtimeout');
row('wait_event_interruptible_hrtimeout wait_event_interruptible_exclusive wait_event_killable_exclusive swait_event_exclusive');
row('wait_on_bit wait_on_bit_io wait_on_bit_timeout wait_on_bit_lock wait_var_event');
row('readl_poll_timeout readw_poll_timeout readb_poll_timeout readq_poll_timeout read_poll_timeout', { time: 3 });
row('readl_relaxed_poll_timeout readw_relaxed_poll_timeout readb_relaxed_poll_timeout readq_relaxed_poll_timeout', { time: 3 });
row('readx_poll_timeout regmap_read_poll_timeout', { time: 4 });

// include/linux/{completion,workqueue,kthread,interrupt}.h.
row('wait_for_completion wait_for_completion_timeout wait_for_completion_interruptible wait_for_completion_interruptible_timeout');
row('wait_for_completion_killable wait_for_completion_killable_timeout wait_for_completion_io wait_for_completion_io_timeout');
row('flush_work flush_delayed_work flush_workqueue drain_workqueue destroy_workqueue flush_scheduled_work');
row('cancel_work_sync cancel_delayed_work_sync schedule_on_each_cpu alloc_workqueue');
row('kthread_stop kthread_park kthread_create kthread_create_on_node kthread_run kthread_flush_work kthread_flush_worker');
row('kthread_cancel_work_sync kthread_cancel_delayed_work_sync kthread_destroy_worker');
row('free_irq disable_irq synchronize_irq request_irq request_threaded_irq devm_request_irq devm_request_threaded_irq');

// Wound/wait mutexes (include/linux/ww_mutex.h): that they back off closes no cycle, and is no help here.
row('ww_mutex_lock ww_mutex_lock_interruptible ww_mutex_lock_slow ww_mutex_lock_slow_interruptible');

// include/linux/{uaccess,string,vmalloc,io,firmware,kmod,debugfs}.h.
row('copy_from_user copy_to_user get_user put_user clear_user strncpy_from_user strnlen_user might_fault', { isFault: true });
row('get_user_pages get_user_pages_fast pin_user_pages pin_user_pages_fast', { isFault: true });
row('memdup_user vmemdup_user memdup_user_nul strndup_user');
row('vmalloc vzalloc vmalloc_user vmalloc_node vzalloc_node vmalloc_32 vmap ioremap ioremap_wc iounmap memremap');
row('request_firmware request_module alloc_percpu kmem_cache_create kmem_cache_destroy dma_pool_create dma_pool_destroy');
row('debugfs_create_file debugfs_create_dir proc_create proc_mkdir device_add device_del device_register device_unregister');

// Other subsystems' entry points that block on a mutex of their own.
const byBody = { isByBody: true } as const;
row(
  'clk_prepare clk_unprepare clk_prepare_enable clk_disable_unprepare clk_set_rate clk_get clk_put phy_init phy_exit phy_power_on phy_power_off',
  byBody,
);
row(
  'regulator_enable regulator_disable regulator_get regulator_put regulator_set_voltage pwm_apply_might_sleep console_lock handle_nested_irq',
  byBody,
);
row('gpiod_get_value_cansleep gpiod_set_value_cansleep gpio_free gpiod_put', byBody);
row(
  'i2c_transfer i2c_master_send i2c_master_recv i2c_smbus_xfer i2c_smbus_read_byte i2c_smbus_write_byte i2c_add_adapter i2c_del_adapter',
  byBody,
);
row(
  'i2c_smbus_read_byte_data i2c_smbus_write_byte_data i2c_smbus_read_word_data i2c_smbus_write_word_data i2c_smbus_read_i2c_block_data',
  byBody,
);
row('i2c_smbus_write_i2c_block_data spi_sync spi_write_then_read mdiobus_read mdiobus_write', byBody);
row(
  'usb_control_msg usb_bulk_msg usb_interrupt_msg usb_set_interface usb_clear_halt usb_kill_urb usb_kill_anchored_urbs usb_poison_urb',
  byBody,
);
row('rtnl_lock register_netdev unregister_netdev register_netdevice free_netdev napi_disable synchronize_net tasklet_kill', byBody);
row(
  'device_create device_destroy device_create_file device_remove_file sysfs_create_file_ns sysfs_create_group sysfs_remove_group sysfs_notify',
  byBody,
);
row('debugfs_remove debugfs_remove_recursive proc_remove remove_proc_entry dma_fence_wait_timeout', byBody);

// Those that give up a reference, and with the last one whatever it keeps (fs/{dcache,inode}.c, kernel/fork.c); file systems' ways to a disk.
row('dput iput mmput vunmap del_gendisk filp_close kern_path __bread_gfp sync_dirty_buffer', byBody);
row('submit_bio_noacct filemap_write_and_wait_range', byBody);

// Allocators, by the argument that has their flags (include/linux/{slab,gfp,mempool,string,percpu,device,skbuff,xarray,idr}.h).
row('alloc_page alloc_pages __get_free_page __get_free_pages get_zeroed_page folio_alloc __alloc_pages kasprintf kvasprintf', { flags: 0 });
row('radix_tree_preload idr_preload', { flags: 0 });
row('kmalloc kzalloc __kmalloc kmalloc_node kzalloc_node __kmalloc_node kvmalloc kvzalloc kvmalloc_node kvzalloc_node', { flags: 1 });
row('kmem_cache_alloc kmem_cache_zalloc kmem_cache_alloc_node kmem_cache_alloc_bulk mempool_alloc __vmalloc kstrdup', { flags: 1 });
row('kstrdup_const alloc_percpu_gfp alloc_pages_node alloc_pages_exact alloc_skb __alloc_skb skb_clone skb_copy pskb_copy', { flags: 1 });
row('nlmsg_new genlmsg_new usb_submit_urb usb_alloc_urb dma_pool_alloc dma_pool_zalloc ida_alloc bitmap_alloc bitmap_zalloc', { flags: 1 });
row('kmalloc_array kcalloc kvcalloc kvmalloc_array krealloc kmemdup kmemdup_nul kstrndup devm_kmalloc devm_kzalloc', { flags: 2 });
row('kmem_cache_alloc_lru devm_kstrdup __netdev_alloc_skb sg_alloc_table xa_reserve', { flags: 2 });
row('ida_alloc_range pskb_expand_head xa_store xa_insert devm_kcalloc dma_alloc_coherent', { flags: 3 });
row('idr_alloc idr_alloc_cyclic idr_alloc_u32 xa_alloc xa_cmpxchg', { flags: 4 });

export const sleepApi: ReadonlyMap<string, Sleeping> = table;

/** Whether a function sleeps by itself, whatever its source says. */
export function isSleepingRoot(name: string): boolean {
  return table.get(name)?.isByBody === false;
}

/**
 * Functions that are given allocation flags and do not sleep for them: they note the flags, or compute with them; the XArray functions
 * whose caller has its lock give that back to allocate.
 */
export function onlyNotesFlags(name: string): boolean {
  return /^__(xa|radix_tree|idr)_|^INIT_|(^|_)init($|_)|gfp|_mask$|_flags$/.test(name);
}

/** Flags of include/linux/gfp_types.h that allow to sleep; all others do not, but for macros that are made of these. */
export const sleepingFlags: ReadonlySet<string> = new Set(
  (
    'GFP_KERNEL GFP_KERNEL_ACCOUNT GFP_NOIO GFP_NOFS GFP_USER GFP_HIGHUSER GFP_HIGHUSER_MOVABLE GFP_TRANSHUGE ' +
    '__GFP_RECLAIM __GFP_DIRECT_RECLAIM ___GFP_DIRECT_RECLAIM'
  ).split(' '),
);

/** Sets of flags that do not allow it. */
export const atomicFlags: ReadonlySet<string> = new Set('GFP_ATOMIC GFP_NOWAIT GFP_TRANSHUGE_LIGHT GFP_DMA GFP_DMA32'.split(' '));

/** Questions that code asks to find out whether it may sleep: what lies behind one is for whoever may. */
export const contextQuestions =
  /\b(in_atomic|in_atomic_preempt_off|in_interrupt|in_irq|in_hardirq|in_softirq|in_serving_softirq|in_task|in_nmi|irqs_disabled|preemptible|preempt_count|rcu_preempt_depth|rcu_read_lock_held|oops_in_progress|system_state|panic_in_progress|SYSTEM_RUNNING|kdb_active|rcu_scheduler_active)\b/;

/** Questions whose answer changes by itself, so that nobody's is settled before: what a counter has come to, the time, who waits. */
export const passingQuestions =
  /\b(?:(?:atomic(?:_long|64)?|refcount|kref|local(?:64)?)_read(?:_acquire)?|percpu_(?:counter|ref)_(?:read|sum|compare)\w*|(?:need_|should_|tif_need_)resched|(?:spin|rwlock)_needbreak|(?:fatal_)?signal_pending|ktime_get\w*|(?:sched|local|cpu)_clock|time_(?:after|before)\w*|get_jiffies_64|jiffies(?:_64)?)\b/g;

/** Functions that tell whether the flags they are given allow to sleep. */
export const flagQuestions: ReadonlySet<string> = new Set(['gfpflags_allow_blocking']);
