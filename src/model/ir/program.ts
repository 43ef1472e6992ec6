import type { Location, Range } from '../source/location.ts';
import type { Bound, Runner } from './awaited-api.ts';
import type { Integer } from './comparisons.ts';
import type { Execution, Expression } from './execution.ts';
import type { RunsIn } from './interrupt-api.ts';

/**
 * The locking IR: a function is a control-flow graph whose steps are only what matters to locking. C lowers to it, and
 * everything after it knows nothing of C.
 */
export type Mode = 'exclusive' | 'shared';

/** What an operation turns off on its CPU, or on again: softirqs, interrupts, or interrupts that are afterwards as they were before. */
export type Interrupts = 'bh' | 'irq' | 'irqsave';

/** What ends the wait for a lock besides the lock. */
export type Wait = 'never' | 'interruptible' | 'killable' | 'timeout';

/** Family of a lock: `srcu` and `rcu` have read sides and grace periods, the others block. */
export type LockKind =
  'mutex' | 'spinlock' | 'rwlock' | 'user-rwlock' | 'rwsem' | 'semaphore' | 'seqlock' | 'local-lock' | 'bit-lock' | 'srcu' | 'rcu';

/**
 * Whose instance of memory that each CPU has: that of the CPU the code runs on and stays on, of one that it ran on just now, or of any.
 */
export type Cpu = 'own' | 'near' | 'any';

/** A lock as one place of the source names it. */
export interface LockRef {
  /** Lock class, as lockdep would name it: `struct kvm.lock`, `kvm_lock`; empty where it cannot be told here. */
  readonly lockClass: string;
  /** The class is whatever the caller passes as this parameter (counted from 0); -1 otherwise. */
  readonly parameter: number;
  /** Source text of the place, `&` and white space left out: names the instance within one function. */
  readonly place: string;
  /** The variable the place starts at, and its number if it is a parameter (-1 otherwise). */
  readonly root: string;
  readonly rootParameter: number;
  readonly kind: LockKind;
  /** How it is declared, where that is known: `raw_spinlock_t`, `struct mutex`. */
  readonly type?: string;
  /** Set where each CPU has one. */
  readonly cpu?: Cpu;
  /** In a closed program: the lock itself. */
  readonly object?: Expression;
}

/** Whether nothing tells which lock it is: no class, or the class of a field that only points to one. */
export function isUnknownLock(lockClass: string): boolean {
  return lockClass === '' || lockClass.endsWith(' (pointer)');
}

/** What a pointer to a function may hold: a function, whatever a struct's field holds, or what the caller passes. */
export type FunctionValue =
  | { readonly kind: 'function'; readonly name: string }
  /** `holder`: the field that the struct with this one was come to by, `struct net_device.netdev_ops`. */
  | { readonly kind: 'field'; readonly field: string; readonly holder?: string }
  | { readonly kind: 'parameter'; readonly index: number };

export interface Argument {
  /** Set where the argument is the address of a lock. */
  readonly lock?: LockRef;
  readonly functions?: readonly FunctionValue[];
  /** Values a constant has, as for `Condition.values`; absent where it may be any. */
  readonly values?: number;
  /** Name of the constant that the argument is: `EVT_SYS_ERROR`. */
  readonly constant?: string;
  /** The integer that it is, where that is known. */
  readonly number?: number;
  /** Bits that are set in it, whatever else is; and the variable that the others are of, if they are of one. */
  readonly bits?: number;
  readonly base?: string;
  /** Set where the argument is nonzero just when this holds: `count > 0`. */
  readonly test?: Condition;
  /** Set where the argument is a variable itself, or the address of one of its fields. */
  readonly variable?: string;
  /** Set where the argument leads to what each CPU has of its own. */
  readonly cpu?: Cpu;
  /** Set where the argument is written as allocation flags. */
  readonly flags?: AllocationFlags;
  /** In a closed program: what is passed. */
  readonly value?: Expression;
  /** In an IR that tells accesses: the object that the argument points to. */
  readonly object?: ObjectPath;
}

/** What allocation flags say of sleeping: nonzero among `values` where they allow it; else what `key` tells, see `Condition.key`. */
export interface AllocationFlags {
  readonly values: number;
  readonly key: string;
}

/** Where it can be asked for whether flags in a variable allow to sleep: what C tests them with. */
export function flagsKey(variable: string): string {
  return `${variable}&__GFP_DIRECT_RECLAIM`;
}

interface StepBase {
  readonly at: Range;
}

/** When the operation has taken effect, told by its result: trylock forms by nonzero, interruptible forms by zero. */
export type Success = 'always' | 'nonzero' | 'zero';

export interface Acquire extends StepBase {
  readonly kind: 'acquire';
  readonly lock: LockRef;
  readonly mode: Mode;
  readonly success: Success;
  /** It never waits, so it cannot close a cycle. */
  readonly isTry: boolean;
  /** Where the result can be asked for, see `Condition.key`. */
  readonly result: string;
  /** It is a statement by itself: nobody asks whether the lock was taken. */
  readonly isUnasked?: boolean;
  /** `_nested` subclass as written, empty without one. */
  readonly subclass: string;
  /** In a closed program: the subclass. */
  readonly subclassValue?: Expression;
  /** lockdep is told of it without `check`. */
  readonly isUnchecked?: boolean;
  /** It has no owner: another task may give it back. */
  readonly isHandedOn?: boolean;
  /** Whether the holder may take it again hangs on how the lock was made. */
  readonly isAsMade?: boolean;
  /** The function that does it. Told of C. */
  readonly name?: string;
  /** What it turns off while the lock is held. Told of C. */
  readonly interrupts?: Interrupts;
  /** The function's own variable that keeps what was turned off (`irqsave`); absent where it is kept elsewhere. */
  readonly flags?: string;
  /** Told of C. */
  readonly wait?: Wait;
}

export interface Release extends StepBase {
  readonly kind: 'release';
  readonly lock: LockRef;
  readonly mode: Mode;
  /** In whichever mode the lock is held: `mode` is only what stands there. */
  readonly isOfEither?: boolean;
  /** As for `Acquire`. */
  readonly name?: string;
  /** What it turns on again. Told of C. */
  readonly interrupts?: Interrupts;
  readonly flags?: string;
  /** Nothing in the function can have saved what it restores. */
  readonly isUnsaved?: true;
}

/** What one device has on all CPUs: its interrupts, and polls of a network device. */
export type OfDevice = 'line' | 'polls';

/** Whether it is the CPU's interrupts that a step turns off or on. */
export function isOfCpu(toggle: Toggle): toggle is Toggle & { readonly interrupts: Interrupts } {
  return toggle.interrupts !== 'line' && toggle.interrupts !== 'polls';
}

/** Turns softirqs or interrupts off or on, with no lock. Seen where a function does it itself, not through an inline of a header. */
export interface Toggle extends StepBase {
  readonly kind: 'toggle';
  readonly does: 'off' | 'on';
  readonly interrupts: Interrupts | OfDevice;
  /** As for `Acquire`. */
  readonly flags?: string;
}

/** Waits for others: here for the readers of an (S)RCU domain. */
export interface Sync extends StepBase {
  readonly kind: 'sync';
  readonly lock: LockRef;
  readonly name: string;
}

/** Waits until what runs elsewhere has ended: a work item, a timer, an interrupt. */
export interface Await extends StepBase {
  readonly kind: 'await';
  readonly runner: Runner;
  /** What is waited for, named as a lock is: `struct port.work`. */
  readonly thing: LockRef;
  readonly name: string;
  readonly bound?: Bound;
}

/** Ends the wait for a completion. */
export interface Complete extends StepBase {
  readonly kind: 'complete';
  readonly thing: LockRef;
  readonly name: string;
}

/** May sleep, as the kernel itself says of a function: might_sleep(), might_alloc(). */
export interface Sleep extends StepBase {
  readonly kind: 'sleep';
  readonly name: string;
  /** As written, with what decides whether it sleeps. */
  readonly text: string;
  /** It sleeps only where these allow it. */
  readonly flags?: AllocationFlags;
  /** It does not sleep where page faults are off. */
  readonly isFault: boolean;
}

export interface Call extends StepBase {
  readonly kind: 'call';
  /** Name of the function called, or undefined for a call through a pointer. */
  readonly name?: string;
  readonly pointer?: readonly FunctionValue[];
  readonly arguments: readonly Argument[];
  readonly result: string;
}

/** A variable or field gets a new value: what was known of it is no longer so. */
export interface Assign extends StepBase {
  readonly kind: 'assign';
  readonly target: string;
  /** The target is a parameter, or is reached through one. */
  readonly isOfParameter?: boolean;
  /** Values the result of this expression may have, as for `Condition.values`; 7 when unknown. */
  readonly values: number;
  /** The target now has the same truth as this key (`ret = f()`), if not empty. */
  readonly same: string;
  /** The integer that it is now, where that is known. */
  readonly number?: number;
  /** It is one less than before. */
  readonly isDecrement?: boolean;
  /** What was called before with its address may have set it. */
  readonly isLent?: true;
  /** Only these bits of it change: where the mask is applied, it now has these values, or the truth of that key. */
  readonly bits?: { readonly mask: Integer; readonly values: number; readonly same?: string };
}

/** A local pointer now holds an object that nobody else can reach. */
export interface Allocate extends StepBase {
  readonly kind: 'allocate';
  readonly variable: string;
  /** It is one of many of its kind, which have a cache or a pool of their own. */
  readonly isOfMany?: true;
}

/** Others may reach the object behind this variable from here on. */
export interface Publish extends StepBase {
  readonly kind: 'publish';
  readonly variable: string;
}

/** Shared memory is read or written. Only an IR that was made to tell accesses has these. */
export interface AccessStep extends StepBase {
  readonly kind: 'access';
  /** What both reads and writes (`x->n++`, an atomic operation) is a write. */
  readonly access: 'read' | 'write';
  /** READ_ONCE, WRITE_ONCE, atomics and their kin; a plain access otherwise. */
  readonly isMarked: boolean;
  /** What is accessed, named as a lock class is: `struct kvm_vcpu_arch.mp_state`, a global's name, or a whole `struct x`. */
  readonly memory: string;
  /** Fields below it, outermost first. */
  readonly fields: readonly string[];
  /** It is a list's head or node, or that of a tree: others are written to without being named. */
  readonly isLinked: boolean;
  /** The expression as written. */
  readonly text: string;
  /** The object and the structs embedded in it that the access goes through, outermost first, as `ObjectPath`. */
  readonly objects: readonly { readonly type: string; readonly path: ObjectPath }[];
}

/** Says that a lock is held: lockdep_assert_held(), or __must_hold() in the function's head. */
export interface Assert extends StepBase {
  readonly kind: 'assert';
  readonly asserted: LockRef;
  /** How it is held; absent where either will do. */
  readonly mode?: Mode;
  /** What says so. */
  readonly name: string;
}

/** What names an object within one function: text that a field's name may follow, local aliases resolved: `vcpu->arch.`. */
export type ObjectPath = string;

export type Step =
  Acquire | Release | Sync | Await | Complete | Toggle | Sleep | Assert | Call | Assign | Allocate | Publish | AccessStep | Execution;

/** What runs when something that can be waited for does: `struct port.work`. */
export interface Handler {
  readonly thing: string;
  readonly function: string;
}

/** How a high-resolution timer is set up: `struct port.tick`. */
export interface TimerMode {
  readonly thing: string;
  readonly isSoft: boolean;
}

export const ZERO = 1;
export const POSITIVE = 2;
/** Negative numbers and error pointers. */
export const NEGATIVE = 4;
export const ANY = 7;

/** What the result of an operation is where it has not taken effect: a wait that a signal ended gives an error number. */
export function refusedValues({ success, isTry }: Pick<Acquire, 'success' | 'isTry'>): number {
  if (success === 'nonzero') return ZERO;
  return isTry ? POSITIVE | NEGATIVE : NEGATIVE;
}

/** An edge is taken only when the value behind `key` is one of `values` (a sum of ZERO, POSITIVE, NEGATIVE). */
export interface Condition {
  readonly key: string;
  readonly values: number;
}

export interface Edge {
  readonly to: number;
  readonly conditions: readonly Condition[];
  /** In a closed program: what decides. */
  readonly when?: Expression;
}

export interface Block {
  readonly steps: readonly Step[];
  readonly next: readonly Edge[];
  /** The function returns at the end of this block, with one of these values; or with what `key` tells. */
  readonly returns?: { readonly values: number; readonly key: string; readonly at: Range; readonly value?: Expression };
}

export interface FunctionIr {
  readonly name: string;
  readonly file: string;
  readonly isStatic: boolean;
  /** It is of a program for user space, where no lock keeps a task from sleeping. Told of C. */
  readonly isHosted?: boolean;
  /** The whole definition. */
  readonly range: Range;
  /** Where its declarations end. Told of C. */
  readonly firstStatement?: number;
  readonly parameters: readonly string[];
  readonly returns: 'nothing' | 'number' | 'pointer';
  /** Notes to sparse in its head, by which it takes or gives back locks of its caller's: `__acquires(lock)`. */
  readonly notes: readonly { readonly does: 'acquire' | 'release' | 'hold'; readonly lock: LockRef }[];
  readonly blocks: readonly Block[];
  /** Conditions of the configuration it is defined under. */
  readonly conditions: readonly Condition[];
  /** Offsets of syntax that could not be read. */
  readonly syntaxErrors: readonly number[];
  /** Offsets where macros were nested deeper than they are followed. */
  readonly cuts?: readonly number[];
  /** Functions this one puts into fields, `p->handler = fn`, or gives to one that has them called later: `request_irq(irq, fn, …)`. */
  readonly stored: readonly Stored[];
  /** Parameters that it does so with. Absent where there are none. */
  readonly passedOn?: readonly PassedOn[];
  /** What it puts into fields that point to a struct. Absent where that is nothing. */
  readonly tables?: readonly TableStore[];
  /** What it says runs when a work item, a timer or the like does; absent where that is nothing. */
  readonly handlers?: readonly Handler[];
  /** High-resolution timers that it sets up, by class, and whether they are to run in a softirq. Absent where there are none. */
  readonly modes?: readonly TimerMode[];
  /** Work items that it puts on a queue, both by class; the queue is empty where it is not known. */
  readonly queued?: readonly { readonly queue: string; readonly item: string }[];
  /** Queues that it makes, by class, and whether their items run one at a time. Absent where there are none. */
  readonly queues?: readonly { readonly queue: string; readonly isOrdered: boolean }[];
  /** Lock classes whose instances it gives classes of their own: lockdep_set_class, lockdep_set_subclass. */
  readonly annotated: readonly string[];
  /** Locks that it makes; `nests`: their holder may take them again. Absent where that is not known. */
  readonly made?: readonly { readonly lock: LockRef; readonly nests?: boolean }[];
  /** Locals that lead to one object of a parameter's, as their only value: `netdev_priv(dev)`. Absent where there is none. */
  readonly aliases?: readonly Alias[];
  /** Types of its parameters and locals that are pointers to a struct, by name: how code calls what it points to. */
  readonly pointers: readonly { readonly variable: string; readonly type: string }[];
  /** Every distinct acquire, release, sync, await, complete, toggle, sleep, assert and call, in source order. */
  readonly steps: readonly Step[];
}

export interface Alias {
  readonly variable: string;
  readonly object: string;
}

/** A lock that is there from the start. */
export interface InitialLock {
  readonly lockClass: string;
  /** Its holder may take it again. */
  readonly nests: boolean;
}

export interface Stored {
  /** Struct type and field, `struct kvm_device_ops.set_attr`, or the function that it is given to. */
  readonly field: string;
  readonly function: string;
  readonly at: Range;
  /** Of a function that it is given to. */
  readonly runsIn?: RunsIn;
}

/** A function that was given as a parameter is called later, by way of that field or function. */
export interface PassedOn {
  readonly parameter: number;
  readonly field: string;
  readonly at: Range;
  readonly runsIn: RunsIn;
}

/** A field that points to a struct gets the address of a global, what another such field has, or something else. */
export interface TableStore {
  readonly holder: string;
  readonly table?: string;
  readonly copy?: string;
}

/** `EVT_SYS_ERROR`: the name of an enumerator or of a macro that is a number. */
export function isConstantName(name: string): boolean {
  return /^[A-Z][A-Z0-9_]+$/.test(name) && name !== 'NULL';
}

/** Entered from user space, whatever its definition is called there. */
export function isSystemCall(name: string): boolean {
  return /^(__)?(se_|do_)?(compat_)?sys_/.test(name);
}

/** Keys of the configuration are the macro names themselves: they hold throughout a chain of calls. */
export function isConfigurationKey(key: string): boolean {
  return /^!?[A-Z_][A-Z0-9_]*$/.test(key) && key.length > 3;
}

/** A function placed in its file and linked to the others. */
export interface LinkedFunction {
  readonly id: number;
  readonly ir: FunctionIr;
  locate(range: Range): Location;
}

/** One function a call may reach. */
export interface CallTarget {
  readonly function: LinkedFunction;
  /** Pointer the call goes through (`struct kvm_device_ops.set_attr`); empty for a direct call. */
  readonly via: string;
  /** How many functions the pointer may mean. */
  readonly candidates: number;
  /** Why it may not be this one. */
  readonly doubt?: string;
}

/** A place that a function's address is kept in. */
export interface EnteredBy {
  readonly name: string;
  readonly at: Location;
  readonly runsIn?: RunsIn;
  /** It runs whether or not the interrupts of a device are on. */
  readonly isWithoutLine?: boolean;
}

export interface Program {
  readonly functions: readonly LinkedFunction[];
  /**
   * Empty for a call whose callee was not read. Where the call is through a parameter, `entered` (the call by which `caller`
   * was entered) tells what that parameter is.
   */
  targets(call: Call, caller: LinkedFunction, entered?: { readonly call: Call; readonly by: LinkedFunction }): readonly CallTarget[];
  /** Functions that a call is given, for whoever it calls to call. */
  passedIn(call: Call, caller: LinkedFunction): readonly LinkedFunction[];
  /** Places a function's address is kept in, by which it may be entered: `kvm_vcpu_fops.unlocked_ioctl`. */
  enteredBy(fn: LinkedFunction): readonly EnteredBy[];
  readonly runners: {
    /** Functions that run for what can be waited for, by its class. */
    handlersOf(thing: string): readonly LinkedFunction[];
    /** Work items that are put on a queue, by their classes. */
    queuedOn(queue: string): readonly string[];
    /** The queue that all work items which run a function are put on, if these run one at a time. */
    turnOf(fn: LinkedFunction): string | undefined;
  };
  /** Whether code that was not read may call a function, besides what did: what its callers hold is then not all known. */
  mayBeCalledElsewhere(fn: LinkedFunction): boolean;
  /** The same, or call it by a pointer that it is kept in. */
  mayBeEnteredElsewhere(fn: LinkedFunction): boolean;
  /** Whether code that was not read may name a lock of a class, and so hold it. */
  mayBeTakenElsewhere(lockClass: string): boolean;
  /** Whether nothing that was read gives a field the value that a constant's name stands for, but values of others of its kind. */
  isNeverGiven(constant: string, field: string): boolean;
  /** Functions of the locking API that take one global lock: name → lock class. */
  readonly takers: ReadonlyMap<string, string>;
  /** Locks that globals are initialized with. */
  readonly initial: readonly InitialLock[];
}
