import { lockApi, type LockOperation } from '../../ir/lock-api.ts';
import { guards } from './kernel-names.ts';
import type { Definition, Unit } from './unit.ts';

/** What entering and leaving the scope of a guard does, as C. */
export interface GuardCode {
  readonly enter: string;
  readonly leave: string;
  /** Where set, entering may fail: the lock is held only where this, which takes it, is true. */
  readonly condition?: string;
  /** Type of the variable that a class defines. */
  readonly type?: string;
}

/** The lock operation of a guard of the kernel's own headers, whether or not they were read. */
export function knownGuard(name: string): LockOperation | undefined {
  return lockApi.get(guards.get(name) ?? '');
}

/**
 * A guard or class as the unit defines it (include/linux/cleanup.h), with what it is used on put in; `variable` is what a class
 * is called. Undefined where no definition was read.
 */
export function guardCode(unit: Unit, name: string, args: readonly string[], variable: string): GuardCode | undefined {
  return definedGuard(unit, name, args, variable) ?? conditionalGuard(unit, name, args, variable);
}

function definedGuard(unit: Unit, name: string, args: readonly string[], variable: string): GuardCode | undefined {
  for (const definition of unit.definedByMacro(name)) {
    const [, second = '', third = '', fourth = '', ...others] = argumentTexts(definition);
    switch (definition.item.name) {
      case 'DEFINE_GUARD': {
        const of = (text: string): string => text.replace(/\b_T\b/g, () => `(${args[0] ?? ''})`);
        return { enter: of(third), leave: of(fourth), type: second };
      }
      case 'DEFINE_LOCK_GUARD_0':
        return { enter: second, leave: third };
      case 'DEFINE_LOCK_GUARD_1':
      case 'DEFINE_LOCK_GUARD_2':
        return { enter: lockOf(third, args), leave: lockOf(fourth, args) };
      case 'DEFINE_CLASS': {
        const values = new Map(others.map((parameter, i) => [/(\w+)\W*$/.exec(parameter)?.[1] ?? '', `(${args[i] ?? ''})`]));
        const enter = fourth.replace(/(?<![.>])\b[A-Za-z_]\w*\b/g, (word) => values.get(word) ?? word);
        return { type: second, enter, leave: third.replace(/\b_T\b/g, () => variable) };
      }
    }
  }
  return undefined;
}

/** `DEFINE_GUARD_COND(dev, _try, dev_trylock(_T))` defines `dev_try`, which is left like `dev`. */
function conditionalGuard(unit: Unit, name: string, args: readonly string[], variable: string): GuardCode | undefined {
  for (let at = name.lastIndexOf('_'); at > 0; at = name.lastIndexOf('_', at - 1)) {
    const base = name.slice(0, at);
    for (const definition of unit.definedByMacro(base)) {
      const [, extension, lock = '', succeeded] = argumentTexts(definition);
      if (!/^DEFINE_(LOCK_)?GUARD(_1)?_COND$/.test(definition.item.name) || extension !== name.slice(at)) continue;
      const code = definedGuard(unit, base, args, variable);
      // Since 6.16 a fourth argument tells by the result, _RET, whether it is taken.
      const condition = succeeded === undefined ? lock : succeeded.replace(/\b_RET\b/g, () => `(${lock})`);
      const of = (text: string): string =>
        definition.item.name.startsWith('DEFINE_LOCK') ? lockOf(text, args) : text.replace(/\b_T\b/g, () => `(${args[0] ?? ''})`);
      if (code) return { enter: '', leave: code.leave, condition: of(condition) };
    }
  }
  return undefined;
}

/** `_T->lock` is what the guard is used on. */
function lockOf(text: string, args: readonly string[]): string {
  return text.replace(/\b_T\s*->\s*lock(2?)\b/g, (_, second: string) => `(${args[second === '' ? 0 : 1] ?? ''})`);
}

/** Whether a macro defines a guard, not a variable, by the name that is its first argument. */
export function definesGuard(macro: string): boolean {
  return /^DEFINE_(LOCK_)?GUARD|^DEFINE_(CLASS|FREE)$/.test(macro);
}

/** Arguments of a macro call at the top level. */
function argumentTexts({ file, item }: Definition): readonly string[] {
  const source = file.text.slice(item.body + 1, item.end).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ');
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < source.length && depth >= 0; i++) {
    const c = source[i]!;
    if ('([{'.includes(c)) depth++;
    else if (')]}'.includes(c)) depth--;
    if (depth > 0 || (depth === 0 && c !== ',')) continue;
    found.push(source.slice(start, i).trim());
    start = i + 1;
  }
  return found;
}
