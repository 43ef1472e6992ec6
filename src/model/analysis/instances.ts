import type { AccessIr } from '../ir/access.ts';
import type { AccessStep, Call, LinkedFunction, LockRef, ObjectPath } from '../ir/program.ts';
import type { Arrival, Context, HeldLock } from './contexts.ts';
import type { Way } from './find-contexts.ts';
import { ofParameters } from './names.ts';
import type { Held, State } from './state.ts';

/** Whose instance something is, as far as paths through variables, parameters and fields tell. */
export class Instances {
  private readonly names = new WeakMap<Context, ReadonlyMap<HeldLock, ObjectPath>>();
  private readonly ownNames = new WeakMap<Held, ObjectPath>();
  private readonly calls = new WeakMap<AccessIr, ReadonlyMap<string, Call>>();
  private readonly passed = new WeakMap<Call, readonly (ObjectPath | undefined)[]>();

  constructor(private readonly source: { accesses(fn: LinkedFunction): AccessIr }) {}

  /** Whether a lock held is of another object than the one accessed, both being of a type with such a lock. */
  isOther(step: AccessStep, lock: HeldLock, context: Context): boolean {
    // Of a lock that is passed as a pointer only the caller knows whose it is.
    if (lock.held.lock.lockClass === '' && lock.held.lock.parameter >= 0) return false;
    const owner = structOf(lock.lockClass);
    const accessed = step.objects.find(({ type }) => type === owner)?.path;
    if (accessed === undefined) return false;
    const there = this.above(accessed, context, lock.context);
    if (there === undefined || there === elsewhere) return there === elsewhere;
    const held = this.canonical(lock.held.lock.place, lock.context.fn);
    if (lock.held.lock.root === '' && lock.held.inside) return false;
    if (isIn(held, there)) return false;
    return this.areApart(rootOf(held), rootOf(there), held, there, lock.context.fn);
  }

  /** Whether a lock that is about to be taken is one that is held: the same instance, not only one of the class. */
  isHeld({ step, context }: Pick<Arrival, 'context'> & { readonly step: { readonly lock: LockRef } }, lock: HeldLock): boolean {
    const { held } = lock;
    // What a callee returned with is called by its name there.
    if (held.isStale === true || (held.inside !== undefined && held.lock.root === '' && !isGlobal(held.lock))) return false;
    const taken = this.nameAbove(step.lock, context, lock.context);
    const name = this.canonical(held.lock.place, lock.context.fn);
    if (taken !== undefined && taken === name) return !isReplaced(name, lock);
    return this.isOfOwner(step.lock, context, lock);
  }

  /** Whether both are come to in the same way from an object that is passed on: `netdev_priv(dev)->lock`. */
  private isOfOwner(taken: LockRef, from: Context, lock: HeldLock): boolean {
    const held = ofParameters(lock.held.lock.place, lock.context.fn.ir);
    let name = ofParameters(taken.place, from.fn.ir);
    if (!accessor.test(held)) return false;
    for (let at = from; at !== lock.context;) {
      const { caller } = at;
      const owner = accessor.exec(name)?.[1];
      const passed = caller?.call.arguments[at.fn.ir.parameters.indexOf(owner ?? '')]?.variable;
      if (!caller || passed === undefined) return false;
      name = name.replace(`(${owner!})`, `(${passed})`);
      at = caller.context;
    }
    return name === held;
  }

  /** Whether two paths of one function lead to different objects, as far as that can be told. */
  areOthers(a: ObjectPath, b: ObjectPath, fn: LinkedFunction): boolean {
    return rootOf(a) !== rootOf(b) && this.areApart(rootOf(a), rootOf(b), a, b, fn);
  }

  /** Whether a lock is of another object than one that was taken before: both were come to by pointers to one struct, which differ. */
  isOfAnother(lock: HeldLock, before: HeldLock): boolean {
    const { fn } = lock.context;
    const root = rootOf(lock.held.lock.place);
    const isOne = fn.ir.pointers.some(({ variable, type }) => variable === root && type === structOf(before.lockClass));
    if (!isOne) return false;
    const there = this.above(`${root}->`, lock.context, before.context);
    if (there === undefined || there === elsewhere) return there === elsewhere;
    const held = this.canonical(before.held.lock.place, before.context.fn);
    return !isIn(held, there) && this.areApart(rootOf(held), rootOf(there), held, there, before.context.fn);
  }

  /** Whether nobody else can reach what is accessed. */
  isPrivate(step: AccessStep, context: Context, state: State): boolean {
    const path = step.objects[0]?.path;
    if (path === undefined) return false;
    const root = rootOf(path);
    if (state.fresh.has(root) && isDirect(path)) return true;
    for (let at = context, name: ObjectPath | undefined = path; at.caller; at = at.caller.context) {
      const index = at.fn.ir.parameters.indexOf(rootOf(name));
      if (index < 0) return false;
      if (at.fresh.has(index) && isDirect(name)) return true;
      name = this.inCaller(name, at, index);
      if (name === undefined) return false;
      const there = name;
      if (this.source.accesses(at.caller.context.fn).initialized.some((object) => isIn(there, object))) return true;
    }
    return false;
  }

  /** Tells ways in apart by which of the locks held are of an object that the function is given. */
  keyOf({ held, fn, from }: Way): string {
    if (held.length === 0 || !from) return '';
    return held.map((lock) => this.nameThrough(lock, from, fn) ?? '').join();
  }

  /** What a lock of its callers' is to a function that may reach it: which it is at the end of the way only `isHeld` knows. */
  nameOf(lock: HeldLock, context: Context): string | undefined {
    return isGlobal(lock.held.lock) ? lock.held.lock.place : this.namesIn(context).get(lock);
  }

  /** Locks held on the way in, as this function would name them. */
  private namesIn(context: Context): ReadonlyMap<HeldLock, ObjectPath> {
    const known = this.names.get(context);
    if (known) return known;
    const names = new Map<HeldLock, ObjectPath>();
    this.names.set(context, names);
    if (!context.caller) return names;
    for (const lock of context.held) {
      const name = this.nameThrough(lock, context.caller, context.fn);
      if (name !== undefined) names.set(lock, name);
    }
    return names;
  }

  /** What a lock that is held at a call is to the function called. */
  private nameThrough(lock: HeldLock, { context, call }: NonNullable<Way['from']>, fn: LinkedFunction): ObjectPath | undefined {
    const name = lock.context === context ? this.ownName(lock) : this.namesIn(context).get(lock);
    if (name === undefined) return undefined;
    const { parameters } = fn.ir;
    const passed = this.objectsPassed(context.fn, call);
    for (let i = 0; i < parameters.length; i++) {
      const object = passed[i];
      if (object !== undefined && name.startsWith(object)) return `${parameters[i]!}->${name.slice(object.length)}`;
    }
    return undefined;
  }

  /** What the function that takes a lock calls it. */
  private ownName({ held, context }: HeldLock): ObjectPath {
    let name = this.ownNames.get(held);
    if (name === undefined) this.ownNames.set(held, (name = this.canonical(held.lock.place, context.fn)));
    return name;
  }

  /** An object as a function further up the chain names it; `elsewhere` where it is none that is known there. */
  private above(path: ObjectPath, from: Context, to: Context): ObjectPath | typeof elsewhere | undefined {
    let name = path;
    for (let at = from; at !== to;) {
      const { fn, caller } = at;
      if (!caller) return undefined;
      const root = rootOf(name);
      const index = fn.ir.parameters.indexOf(root);
      const { vague, globals } = this.source.accesses(fn);
      // A global is the same everywhere.
      if (globals.has(root)) return name;
      if (vague.has(root) || root === '') return undefined;
      // What a local points to was found here.
      if (index < 0) return isDirect(name) ? elsewhere : undefined;
      const outer = this.inCaller(name, at, index);
      if (outer === undefined) return undefined;
      name = outer;
      at = caller.context;
    }
    return name;
  }

  /** What is held, taken or waited for as a function further up the chain names it; undefined where that does not know it. */
  nameAbove(lock: LockRef, from: Context, to: Context): string | undefined {
    let ref = lock;
    let at = from;
    for (; at !== to && ref.lockClass === '' && ref.parameter >= 0; at = at.caller.context) {
      const passed = at.caller?.call.arguments[ref.parameter]?.lock;
      if (!at.caller || !passed) return undefined;
      ref = passed;
    }
    if (isGlobal(ref)) return ref.place;
    const name = this.canonical(ref.place, at.fn);
    const above = at === to ? name : this.above(name, at, to);
    return above === elsewhere ? undefined : above;
  }

  private areApart(a: string, b: string, held: ObjectPath, accessed: ObjectPath, fn: LinkedFunction): boolean {
    if (a === '' || b === '') return false;
    if (a === b) return true;
    const { vague } = this.source.accesses(fn);
    if (vague.has(a) || vague.has(b)) return false;
    // What a field points to may be what another variable points to.
    return isDirect(held) && isDirect(accessed);
  }

  /** A lock's place with aliases resolved. */
  private canonical(place: string, fn: LinkedFunction): ObjectPath {
    const root = rootOf(place);
    const alias = this.source.accesses(fn).aliases.get(root);
    return alias !== undefined && place.startsWith(`${root}->`) ? alias + place.slice(root.length + 2) : place;
  }

  /** What a path that begins at a parameter is to the caller. */
  private inCaller(name: ObjectPath, { fn, caller }: Context, index: number): ObjectPath | undefined {
    const parameter = `${fn.ir.parameters[index]!}->`;
    const passed = caller && this.argument(caller.context.fn, caller.call, index);
    return passed !== undefined && name.startsWith(parameter) ? passed + name.slice(parameter.length) : undefined;
  }

  private argument(caller: LinkedFunction, call: Call, index: number): ObjectPath | undefined {
    return this.objectsPassed(caller, call)[index];
  }

  /** The objects that a call of the plain IR passes, by parameter. */
  private objectsPassed(caller: LinkedFunction, call: Call): readonly (ObjectPath | undefined)[] {
    let passed = this.passed.get(call);
    if (passed) return passed;
    const lowered = this.source.accesses(caller);
    let calls = this.calls.get(lowered);
    if (!calls) {
      calls = new Map(lowered.ir.steps.flatMap((step) => (step.kind === 'call' ? [[callKey(step), step] as const] : [])));
      this.calls.set(lowered, calls);
    }
    passed = calls.get(callKey(call))?.arguments.map(({ object }) => object) ?? [];
    this.passed.set(call, passed);
    return passed;
  }
}

/** Whether what leads to a lock by another name than it was taken by leads elsewhere since: `rq->engine = other`. */
function isReplaced(name: ObjectPath, { held, context }: HeldLock): boolean {
  if (name === held.lock.place) return false;
  return context.fn.ir.blocks.some(({ steps }) =>
    steps.some((step) => step.kind === 'assign' && step.at.start > held.step.at.start && name.startsWith(`${step.target}->`)),
  );
}

/** A lock that is a variable by itself, and no element of an array. */
export function isGlobal({ lockClass, place }: LockRef): boolean {
  // One of several files that have a static one of that name says which it is.
  return /^\w+$/.test(place) && (lockClass === place || (lockClass.startsWith(`${place} (`) && lockClass.endsWith('.c)')));
}

/** An object that another one leads to by a call. */
const accessor = /^\w+\((\w+)\)->/;

/** An object that was found further in. */
const elsewhere = Symbol('elsewhere');

/** `struct kvm` of `struct kvm.lock`, also of a subclass. */
export function structOf(lockClass: string): string {
  return lockClass.replace(/\/[^.]*$/, '').replace(/\.\w+$/, '');
}

export function rootOf(path: string): string {
  return /^[A-Za-z_]\w*(?=->|\.|\[|$)/.exec(path)?.[0] ?? '';
}

/** Whether only one pointer was followed, which is a variable's: no field of another object. */
function isDirect(path: string): boolean {
  return path.split('->').length < 3;
}

/** Whether a lock is a field of the object, or of what is embedded in it. Which element of an array an object is its path does not tell. */
function isIn(lock: ObjectPath, object: ObjectPath): boolean {
  if (lock.includes('[')) return ofAnyElement(lock).startsWith(ofAnyElement(object));
  return lock.startsWith(object) && !lock.slice(object.length).includes('->');
}

/** `d->items[i].lock` and `d->items->lock` are the same then. */
function ofAnyElement(path: ObjectPath): string {
  return path.replaceAll(/\[[^[\]]*\]/g, '').replaceAll('->', '.');
}

/** A call of the plain IR is found again by its place. */
function callKey({ at, name }: Call): string {
  return `${at.start}:${name ?? ''}`;
}
