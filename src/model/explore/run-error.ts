import type { Range } from '../source/location.ts';

/** Where a run goes wrong. */
export interface RunPlace {
  readonly thread?: string | undefined;
  /** The innermost function; `scenario NAME` while it is set up. */
  readonly function?: string | undefined;
  readonly at?: Range | undefined;
}

/** What a model does that no run can go on from: a null pointer, an index outside its array, too many values. */
export class RunError extends Error {
  /** As far as it is known. */
  place: RunPlace = {};

  /** The same error, with what a caller knows of its place; what was known before is closer. */
  within(place: RunPlace): this {
    const known = Object.entries(this.place).filter(([, value]) => value !== undefined);
    this.place = { ...place, ...Object.fromEntries(known) };
    return this;
  }
}

/** An error on its way out, with its place if it is a `RunError`. */
export function located(error: unknown, place: () => RunPlace): unknown {
  return error instanceof RunError ? error.within(place()) : error;
}

/** Threads and what they wait for need more memory than a run may have. */
export class OutOfMemory extends RunError {}

/** Memory for what is worked out before a search, by estimates that are rather too high. */
export class MemoryBudget {
  used = 0;

  constructor(private readonly limit = Infinity) {}

  take(bytes: number): void {
    this.used += bytes;
    if (this.used > this.limit) throw new OutOfMemory('the threads alone need more memory than the limit');
  }
}

/** Steps that may be taken before somebody sees one, and of a larger number that all of them share. */
export class Patience {
  constructor(
    private left: number,
    private readonly message: string,
    private readonly all?: Patience,
  ) {}

  step(): void {
    if (this.left-- <= 0) throw new RunError(this.message);
    this.all?.step();
  }
}
