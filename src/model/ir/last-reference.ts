import { ZERO, type Condition } from './program.ts';

/** Counters that are counted down and asked at once (Documentation/core-api/refcount-vs-atomic.rst, include/linux/lockref.h). */
const tellsNonzero = /(?:^|_)(?:dec|sub)_and_\w+\(|_(?:put|dec)_testzero\(/;
const tellsZero = /(?:^|_)(?:(?:dec|sub)_return\w*|dec_not_one|dec_unless_one|lockref_put_\w+)\(/;

/** Whether what is known of a value, named as the text of a call, says that a counter of references came to its end. */
export function isLastReference({ key, values }: Condition): boolean {
  const name = /^\w+\(/.exec(key)?.[0];
  if (name === undefined) return false;
  return (tellsNonzero.test(name) && (values & ZERO) === 0) || (tellsZero.test(name) && (values & ZERO) !== 0);
}
