import type { Context, HeldLock } from './contexts.ts';

/** Ways into a function that differ by the entry alone that calls it are kept of so many other files. */
const fileLimit = 24;

/**
 * Entries of other files that call a function just as the way into it does that was found first. What many modules call is entered by
 * one of them, and may call another one's function by a pointer: that one begins better with an entry of its own.
 */
export class OwnEntries {
  private readonly others = new Map<Context, Context[]>();
  private readonly chosen = new Map<Context, Map<string, Context>>();

  /** Keeps a way into the function of `known` that an entry of the file begins, unless there is one. */
  keep(known: Context, file: string, make: () => Context): void {
    if (known.depth !== 1 || fileOf(known) === file || known.fn.ir.file === file) return;
    let all = this.others.get(known);
    if (!all) this.others.set(known, (all = []));
    if (all.length < fileLimit && !all.some((other) => fileOf(other) === file)) all.push(make());
  }

  /** The same way, from an entry of the file where there is one. */
  from(context: Context, file: string): Context {
    if (context.depth === 0) return context;
    let chosen = this.chosen.get(context);
    if (!chosen) this.chosen.set(context, (chosen = new Map<string, Context>()));
    let way = chosen.get(file);
    if (!way) chosen.set(file, (way = this.choose(context, file)));
    return way;
  }

  private choose(context: Context, file: string): Context {
    const { caller } = context;
    if (!caller || fileOf(context) === file) return context;
    if (context.depth === 1) return this.others.get(context)?.find((other) => fileOf(other) === file) ?? context;
    const before = this.from(caller.context, file);
    if (before === caller.context) return context;
    const held = context.held.map((lock) => heldOn(lock, caller.context, before));
    return { ...context, held, entry: before.entry, caller: { ...caller, context: before } };
  }
}

/** A lock that is held on one way, as it is on the other. */
function heldOn(lock: HeldLock, from: Context, to: Context): HeldLock {
  if (lock.context === from) return { ...lock, context: to };
  const at = from.held.indexOf(lock);
  return at < 0 ? lock : to.held[at]!;
}

function fileOf({ entry }: Context): string {
  return entry.ir.file;
}
