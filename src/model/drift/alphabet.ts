import type { Expression, FieldType, ModelProgram } from '../ir/execution.ts';
import { isUnknownLock, type FunctionIr, type LinkedFunction, type Program, type Step } from '../ir/program.ts';

/** What of both sides is compared. */
export interface Alphabet {
  readonly classes: ReadonlySet<string>;
  /** Functions of the model with their definitions in C, one or more under different configurations. */
  readonly counterparts: ReadonlyMap<string, readonly LinkedFunction[]>;
  /** Functions of the model in which, or in whose callees, something happens to a lock. */
  readonly locking: ReadonlySet<string>;
}

export function alphabetOf(model: ModelProgram, c: Program): Alphabet {
  const names = new Set(model.functions.map((fn) => fn.name));
  const counterparts = new Map<string, LinkedFunction[]>();
  for (const fn of c.functions) {
    if (!names.has(fn.ir.name)) continue;
    const known = counterparts.get(fn.ir.name);
    if (known) known.push(fn);
    else counterparts.set(fn.ir.name, [fn]);
  }
  const classes = modelClasses(model);
  for (const [name, definitions] of counterparts) {
    const written = fieldsWritten(model, name);
    for (const fn of definitions) for (const lockClass of guarding(fn, model, written, classes, counterparts)) classes.add(lockClass);
  }
  return { classes, counterparts, locking: lockingFunctions(model) };
}

/** Lock classes of the model: fields of its interfaces, globals, and what its functions take without an argument. */
function modelClasses(model: ModelProgram): Set<string> {
  const classes = new Set<string>();
  for (const { name, fields } of model.structs)
    for (const field of fields) if (elementOf(field.type).kind === 'lock') classes.add(`struct ${name}.${field.name}`);
  for (const { name, type } of model.globals) if (elementOf(type).kind === 'lock') classes.add(name);
  for (const fn of model.functions) for (const step of fn.steps) if ('lock' in step) classes.add(step.lock.lockClass);
  return classes;
}

function elementOf(type: FieldType): FieldType {
  return type.kind === 'array' ? elementOf(type.of) : type;
}

function lockingFunctions(model: ModelProgram): ReadonlySet<string> {
  const locking = new Set<string>();
  for (let size = -1; size !== locking.size;) {
    size = locking.size;
    for (const fn of model.functions)
      if (fn.steps.some((step) => 'lock' in step || (step.kind === 'call' && locking.has(step.name ?? '')))) locking.add(fn.name);
  }
  return locking;
}

/** Names of the fields of shared memory that a function of the model writes. */
function fieldsWritten(model: ModelProgram, name: string): ReadonlySet<string> {
  const fields = new Set<string>();
  for (const block of model.functions.find((fn) => fn.name === name)!.blocks)
    for (const step of block.steps) if (step.kind === 'write' || step.kind === 'modify') fields.add(fieldOf(step.place));
  return fields;
}

function fieldOf(place: Expression): string {
  return place.kind === 'field' ? place.field : place.kind === 'element' ? fieldOf(place.of) : '';
}

/**
 * Lock classes that the model does not have, and that guard what it has: in C this function writes, with the lock held,
 * memory of the model that the model's function writes too, or calls a function of the model. Read sides of RCU and SRCU
 * exclude nobody.
 */
function guarding(
  { ir }: LinkedFunction,
  model: ModelProgram,
  written: ReadonlySet<string>,
  known: ReadonlySet<string>,
  counterparts: ReadonlyMap<string, unknown>,
): ReadonlySet<string> {
  const found = new Set<string>();
  const isNew = (step: Step): boolean =>
    step.kind === 'acquire' &&
    step.lock.kind !== 'rcu' &&
    step.lock.kind !== 'srcu' &&
    !isUnknownLock(step.lock.lockClass) &&
    !known.has(step.lock.lockClass);
  if (!ir.steps.some(isNew)) return found;
  const entry = heldAtEntry(ir, isNew);
  for (const [i, block] of ir.blocks.entries()) {
    const held = new Set(entry[i]);
    for (const step of block.steps) {
      const isGuarded =
        step.kind === 'call' ? counterparts.has(step.name ?? '') : step.kind === 'assign' && isModelled(step.target, ir, model, written);
      if (isGuarded) for (const lockClass of held) found.add(lockClass);
      hold(held, step, isNew);
    }
  }
  return found;
}

/** Locks held at the start of each block on every way there. */
function heldAtEntry(ir: FunctionIr, isNew: (step: Step) => boolean): readonly (ReadonlySet<string> | undefined)[] {
  const entry: (Set<string> | undefined)[] = ir.blocks.map(() => undefined);
  entry[0] = new Set();
  const queue = [0];
  for (const at of queue) {
    const held = new Set(entry[at]);
    for (const step of ir.blocks[at]!.steps) hold(held, step, isNew);
    for (const { to } of ir.blocks[at]!.next) {
      const there = entry[to];
      const both = there ? new Set([...there].filter((lockClass) => held.has(lockClass))) : new Set(held);
      if (there && both.size === there.size) continue;
      entry[to] = both;
      queue.push(to);
    }
  }
  return entry;
}

function hold(held: Set<string>, step: Step, isNew: (step: Step) => boolean): void {
  if (step.kind === 'acquire' && isNew(step)) held.add(step.lock.lockClass);
  if (step.kind === 'release') held.delete(step.lock.lockClass);
}

/** Whether `vcpu->arch.power_off` leads from a pointer through structs of the model to a field that the model's function writes. */
function isModelled(target: string, ir: FunctionIr, model: ModelProgram, written: ReadonlySet<string>): boolean {
  const [variable, ...path] = target.split(/->|\./);
  const pointer = ir.pointers.find((p) => p.variable === variable);
  if (!pointer || path.length === 0 || !written.has(path.at(-1)!)) return false;
  let type: FieldType | undefined = { kind: 'struct', struct: pointer.type.replace(/^struct /, '') };
  for (const name of path) {
    const struct: string = type?.kind === 'struct' || type?.kind === 'pointer' ? type.struct : '';
    type = model.structs.find((s) => s.name === struct)?.fields.find((field) => field.name === name)?.type;
  }
  return type !== undefined;
}
