/** Cases of one kind, of which a reading of the code can say what lockdep says of a run. */
export interface Family {
  /** Of the names of its cases, the whole of each. */
  readonly names: RegExp;
  readonly about: string;
  /** The check that must speak where lockdep does: what another says is no answer. */
  readonly checks: readonly string[];
  /** Of the cases that do not agree: why not. */
  readonly whyNot?: string;
}

/** Cases that are not run, because what they ask is of a run. */
export interface LeftOut {
  readonly names: RegExp;
  readonly about: string;
  readonly why: string;
}

const lock = '(spin|wlock|rlock|mutex|wsem|rsem|rtmutex)';
const permuted = '_(hard_|soft_)?(spin|wlock|rlock)_\\d+';

const cycle = ['lock-order-cycle'];
const again = ['double-acquire'];
const interrupt = ['irq-inversion'];

export const families: readonly Family[] = [
  { names: of(`ABBA_${lock}`), about: 'two locks, both orders', checks: cycle },
  { names: of(`(ABBCCA|ABCABC)_${lock}`), about: 'three locks in a circle', checks: cycle },
  { names: of(`(ABBCCDDA|ABCDBDDA|ABCDBCDA)_${lock}`), about: 'four locks in a circle', checks: cycle },
  { names: of('(rlock|rwsem)_(chaincache_)?ABBA\\d'), about: 'a lock, and one side of another, both orders', checks: cycle },
  { names: of('W\\dR?W?\\d_.*_\\d+'), about: 'readers and writers of three rwlocks in a circle', checks: cycle },
  { names: of(`AA_${lock}`), about: 'taken twice', checks: again },
  {
    names: of('(rlock|rsem)_AA\\w+'),
    about: 'both sides, or one side twice',
    checks: again,
  },
  {
    names: of('ww_test_spin_nest_\\w+'),
    about: 'locks nested under another one',
    checks: again,
    whyNot: 'That the outer lock is held is not checked.',
  },
  { names: of(`double_unlock_${lock}`), about: 'given back twice', checks: ['release-unheld'] },
  {
    names: of(`init_held_${lock}`),
    about: 'initialized while it is held',
    checks: [],
    whyNot: 'No check looks at how locks are initialized.',
  },
  {
    names: of(`irqsafe1${permuted}`),
    about: 'taken in an interrupt, and elsewhere with interrupts on',
    checks: interrupt,
  },
  {
    names: of(`irqsafe2[AB]${permuted}`),
    about: 'the same, with interrupts enabled while it is held',
    checks: interrupt,
  },
  {
    names: of(`irqsafe[34]${permuted}`),
    about: 'a lock taken in an interrupt, around one taken with interrupts on',
    checks: interrupt,
  },
  { names: of(`irq_inversion${permuted}`), about: 'the same, by readers and writers', checks: interrupt },
  { names: of(`irq_read_recursion\\d?${permuted}`), about: 'readers in an interrupt', checks: interrupt },
  {
    names: of('queued_read_lock_\\w+'),
    about: 'readers of queued rwlocks, in an interrupt and elsewhere',
    checks: [...cycle, ...interrupt],
  },
  {
    names: of('local_lock_\\w+|hardirq_deadlock_\\w+'),
    about: 'interrupts over several locks',
    checks: interrupt,
    whyNot: 'An interrupt that waits by way of three locks is not looked for.',
  },
  {
    names: of('(RCU|raw_spinlock|mutex)_in_\\w+|spinlock_in_(RCU|RCU_BH|SOFTIRQ|HARDIRQ|spinlock|mutex)'),
    about: 'a lock taken where nothing may sleep',
    checks: ['sleep-in-atomic'],
  },
  {
    names: of('ww_test_spin_(block|try|context)'),
    about: 'a wound/wait mutex and a spinlock, both orders',
    checks: [...cycle, 'sleep-in-atomic'],
  },
];

export const leftOut: readonly LeftOut[] = [
  {
    names: of('spinlock_in_(NOTTHREADED_HARDIRQ|RCU_SCHED|raw_spinlock)'),
    about: 'a spinlock where only CONFIG_PREEMPT_RT lets it sleep',
    why: 'It is a mistake on kernels with PREEMPT_RT only.',
  },
  {
    names: of('ww_test_(?!spin_)\\w+'),
    about: 'wound/wait mutexes',
    why: 'They ask what the API answers at run time: -EDEADLK, -EALREADY, the state of an acquire context.',
  },
  {
    names: of('fs_reclaim_\\w+'),
    about: 'reclaim of memory',
    why: 'The state of a task says whether an allocation may reclaim, and there is no lock.',
  },
];

function of(names: string): RegExp {
  return new RegExp(`^(?:${names})$`);
}
