import type { FunctionIr, ObjectPath } from './program.ts';

/** A function's IR with its accesses, and what it tells of objects. Its calls are those of the plain IR, told again. */
export interface AccessIr {
  readonly ir: FunctionIr;
  /** What a local pointer points to all along, where that is part of another object: `reset` → `target->arch.reset.`. */
  readonly aliases: ReadonlyMap<string, ObjectPath>;
  /** Local pointers of which it cannot be told that they lead to another object than a caller's: given one by a cast, a getter, or twice. */
  readonly vague: ReadonlySet<string>;
  /** Globals among what paths begin at. */
  readonly globals: ReadonlySet<string>;
  /** Objects whose locks it initializes. */
  readonly initialized: readonly ObjectPath[];
}

/** A call of a function of which nothing was read. */
export interface UnreadCall {
  readonly name: string;
  /** Offset in the function that calls it. */
  readonly start: number;
  /** What it is given, as written: read when it is asked for. */
  given(): readonly string[];
}
