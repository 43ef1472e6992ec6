import { withoutSubclass } from '../analysis/contexts.ts';
import { lockApi } from '../ir/lock-api.ts';
import type { Cause } from './changes.ts';
import { without } from './lists.ts';
import type { Side } from './patched-lines.ts';
import { namedForLocks } from './unseen.ts';

/** Locks that a function takes with a subclass on one side and without one on the other. */
export interface NestingChange {
  /** Classes, with and without subclass, of which nothing else is to be said. */
  readonly classes: readonly string[];
  readonly messages: readonly string[];
  /** Those of them that took away what tells two locks of a class apart. */
  readonly warnings: readonly string[];
}

/**
 * `isNestedOnly`: whether a lock of a class is taken there with another one of it held, on that side of the patch alone. Where that is not
 * so and one without subclass is taken on both sides, the other has come or gone as a whole.
 */
export function nestingChange(
  before: readonly string[],
  after: readonly string[],
  isNestedOnly: (side: Side, lockClass: string) => boolean,
): NestingChange {
  const isOther = (side: Side, lockClass: string): boolean => isNestedOnly(side, withoutSubclass(lockClass));
  const isSole = (lockClass: string, all: readonly string[]): boolean => !all.includes(withoutSubclass(lockClass));
  const lost = nestedOnly(before, after).filter((lockClass) => isSole(lockClass, before) || isOther('after', lockClass));
  const gained = nestedOnly(after, before).filter((lockClass) => isSole(lockClass, after) || isOther('before', lockClass));
  const told = (lockClass: string, how: string): string => {
    const base = withoutSubclass(lockClass);
    return `now takes ${base} ${how} subclass ${lockClass.slice(base.length + 1)}`;
  };
  const warnings = lost
    .filter((lockClass) => isOther('after', lockClass))
    .map(
      (lockClass) => `${told(lockClass, 'without')}, with another ${withoutSubclass(lockClass)} held: lockdep takes the two for one lock`,
    );
  const others = lost.filter((lockClass) => !isOther('after', lockClass)).map((lockClass) => told(lockClass, 'without'));
  return {
    classes: [...lost, ...gained].flatMap((lockClass) => [lockClass, withoutSubclass(lockClass)]),
    messages: [...warnings, ...others, ...gained.map((lockClass) => told(lockClass, 'with'))],
    warnings,
  };
}

/** Subclasses that only the first have, of locks that the others take without one. */
function nestedOnly(these: readonly string[], those: readonly string[]): readonly string[] {
  return without(these, those).filter((lockClass) => {
    const base = withoutSubclass(lockClass);
    return base !== lockClass && those.includes(base);
  });
}

/**
 * The same of operations that are no known part of the locking API, as `lock_sock_nested(sk, 1);` that becomes `lock_sock(sk);`: told by their
 * names and what they are given, on the changed lines of a function.
 */
export function lostNesting(changed: readonly Cause[]): readonly string[] {
  const now = changed.filter(({ sign }) => sign === '+').flatMap(operationsOn);
  const was = changed.filter(({ sign }) => sign === '-').flatMap(operationsOn);
  const told = was.flatMap(({ name, given, text }) => {
    const plain = name.replace('_nested', '');
    if (plain === name || !now.some((other) => other.name === plain && other.given === given)) return [];
    return [`now calls ${plain}(${given}), not ${text}: lockdep cannot tell it from another lock of its class any more`];
  });
  return [...new Set(told)];
}

interface Operation {
  readonly name: string;
  /** The first argument. */
  readonly given: string;
  readonly text: string;
}

function operationsOn({ text }: Cause): readonly Operation[] {
  return [...text.matchAll(/\b\w+(?=\()/g)].flatMap((match): Operation[] => {
    const [name] = match;
    if (!namedForLocks.test(name) || lockApi.has(name)) return [];
    const open = match.index + name.length;
    const { first, end } = argumentsAt(text, open);
    return [{ name, given: text.slice(open + 1, first).trim(), text: text.slice(match.index, end) }];
  });
}

/** Where the first argument ends, and where the call does, as far as it is on the line. */
function argumentsAt(text: string, open: number): { readonly first: number; readonly end: number } {
  let [depth, first] = [0, 0];
  for (let at = open; at < text.length; at++) {
    const character = text[at]!;
    if (character === '(') depth++;
    else if (character === ')') depth--;
    if (first === 0 && (depth === 0 || (depth === 1 && character === ','))) first = at;
    if (depth === 0) return { first, end: at + 1 };
  }
  return { first: first || text.length, end: text.length };
}
