import type { InitialLock } from '../../ir/program.ts';
import type { Expressions } from './expressions.ts';
import type { Definition } from './unit.ts';

/** Functions that make a mutex of user space: its argument, and the one that says of what kind. */
export const lockMakers: ReadonlyMap<string, { readonly lock: number; readonly kind: number }> = new Map([
  ['pthread_mutex_init', { lock: 0, kind: 1 }],
  ['mtx_init', { lock: 0, kind: 1 }],
]);

/**
 * Whether who holds a mutex may take it again, or is at least told off and not left waiting; undefined where the function's code does not say.
 * `kind` is what `pthread_mutex_init()` or `mtx_init()` is given.
 */
export function nestsAs(kind: string, code: string): boolean | undefined {
  if (/^(?:\(\s*void\s*\*\s*\)\s*)?(?:0|NULL)$/.test(kind)) return false;
  if (/\bmtx_/.test(kind)) return /\bmtx_recursive\b/.test(kind) ? true : /^\(?mtx_(?:plain|timed)\)?$/.test(kind) ? false : undefined;
  const name = /^&(\w+)$/.exec(kind)?.[1];
  if (name === undefined) return undefined;
  const uses = [...code.matchAll(/\b(\w+)\s*\(([^()]*)\)/g)].filter(([, , list]) => new RegExp(`&\\s*${name}\\b`).test(list!));
  // Attributes that begin as they are by default, and that nobody else is given.
  if (!uses.some(([, callee]) => callee === 'pthread_mutexattr_init')) return undefined;
  if (uses.some(([, callee]) => !/^pthread_mutex(?:attr_\w+|_init)$/.test(callee!))) return undefined;
  const types = uses.flatMap(([, callee, list]) => (/_settype/.test(callee!) ? [nestsByName(list!.split(',')[1]!.trim())] : []));
  return types.every((each) => each === types[0]) ? (types.length === 0 ? false : types[0]) : undefined;
}

function nestsByName(type: string): boolean | undefined {
  if (/^PTHREAD_MUTEX_(?:RECURSIVE|ERRORCHECK)(?:_NP)?$/.test(type)) return true;
  return /^PTHREAD_MUTEX_(?:NORMAL|DEFAULT|FAST_NP|ADAPTIVE_NP|TIMED_NP)$/.test(type) ? false : undefined;
}

/** Mutexes of a global that its initializer makes: `static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;`, `{ .lock = … }`. */
export function initialLocks({ file, item }: Definition, expressions: Expressions): readonly InitialLock[] {
  const text = file.text.slice(item.start, item.end);
  const found = text.matchAll(/(?:\.\s*(\w+)\s*)?(?:=|[{,])\s*PTHREAD_(RECURSIVE_|ERRORCHECK_|ADAPTIVE_)?MUTEX_INITIALIZER/g);
  return [...found].flatMap(([, field, type]) => {
    const nests = type === 'RECURSIVE_' || type === 'ERRORCHECK_';
    const { name } = expressions.types.global(item.name, file.path);
    if (field === undefined) return name === 'pthread_mutex_t' ? [{ lockClass: expressions.globalName(item.name, file.path), nests }] : [];
    const owner = expressions.types.field(name, field)?.owner;
    return owner === undefined ? [] : [{ lockClass: `${owner}.${field}`, nests }];
  });
}
