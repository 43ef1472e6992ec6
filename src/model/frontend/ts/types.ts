import type { Expression, FieldType } from '../../ir/execution.ts';
import type { LockKind } from '../../ir/program.ts';

/** What the language tells apart. To the IR completions and queues are numbers, and what fits where was settled here. */
export type Type =
  | { readonly kind: 'number' | 'completion' | 'queue' }
  | { readonly kind: 'lock'; readonly lock: LockKind }
  /** An object inside another, or alone. As a value it is a reference to itself. */
  | { readonly kind: 'object'; readonly struct: string }
  | { readonly kind: 'reference'; readonly struct: string }
  | { readonly kind: 'array'; readonly of: Type; readonly length: Expression }
  /** The reference to no object. */
  | { readonly kind: 'null' }
  /** What a function without a result gives. */
  | { readonly kind: 'nothing' }
  /** Of what a problem was told about: fits everywhere. */
  | { readonly kind: 'unknown' };

export const number: Type = { kind: 'number' };
export const nothing: Type = { kind: 'nothing' };
export const unknown: Type = { kind: 'unknown' };

/** Types of locks, by their name in models. */
export const lockTypes: ReadonlyMap<string, LockKind> = new Map([
  ['mutex', 'mutex'],
  ['spinlock_t', 'spinlock'],
  ['raw_spinlock_t', 'spinlock'],
  ['rwlock_t', 'rwlock'],
  ['rw_semaphore', 'rwsem'],
  ['srcu_struct', 'srcu'],
]);

/** Types that have a name of their own. */
export const namedTypes: ReadonlyMap<string, Type> = new Map<string, Type>([
  ['int', number],
  ['bool', number],
  ['completion', { kind: 'completion' }],
  ['wait_queue_head_t', { kind: 'queue' }],
  ...[...lockTypes].map(([name, lock]): [string, Type] => [name, { kind: 'lock', lock }]),
]);

/** Whether something of one type can stand where another is expected. */
export function fits(given: Type, wanted: Type): boolean {
  if (given.kind === 'unknown' || wanted.kind === 'unknown') return true;
  if (given.kind === 'null') return wanted.kind === 'reference' || wanted.kind === 'null';
  if (given.kind === 'reference' || given.kind === 'object') return given.kind === wanted.kind && given.struct === wanted.struct;
  if (given.kind === 'lock') return wanted.kind === 'lock' && given.lock === wanted.lock;
  if (given.kind === 'array') return wanted.kind === 'array' && fits(given.of, wanted.of);
  return given.kind === wanted.kind;
}

/** What a condition may be: a number that is not 0, or a reference that is not null. */
export function isTruth({ kind }: Type): boolean {
  return kind === 'number' || kind === 'reference' || kind === 'null' || kind === 'unknown';
}

/** What only functions of its own read and change. */
export function isOpaque({ kind }: Type): boolean {
  return kind === 'lock' || kind === 'completion' || kind === 'queue';
}

/** An object is known by reference. */
export function asReference(type: Type): Type {
  return type.kind === 'object' ? { kind: 'reference', struct: type.struct } : type;
}

/** `a number`, `a reference to device`: a type in a message. */
export function describe(type: Type): string {
  switch (type.kind) {
    case 'array':
      return `an array of ${nameOf(type.of)}`;
    case 'object':
    case 'reference':
      return `a reference to ${type.struct}`;
    case 'queue':
      return 'a wait queue';
    case 'null':
      return 'a reference';
    case 'nothing':
      return 'nothing';
    case 'lock':
      return `a ${nameOf(type)}`;
    default:
      return `a ${type.kind}`;
  }
}

/** A type as it is written. */
function nameOf(type: Type): string {
  if (type.kind === 'object') return type.struct;
  if (type.kind === 'reference') return `pointer<${type.struct}>`;
  if (type.kind === 'array') return `array<${nameOf(type.of)}>`;
  return [...namedTypes].find(([, named]) => fits(named, type))?.[0] ?? type.kind;
}

export function toFieldType(type: Type): FieldType {
  if (type.kind === 'lock') return type;
  if (type.kind === 'object') return { kind: 'struct', struct: type.struct };
  if (type.kind === 'reference') return { kind: 'pointer', struct: type.struct };
  if (type.kind === 'array') return { kind: 'array', of: toFieldType(type.of), length: type.length };
  return { kind: 'value' };
}
