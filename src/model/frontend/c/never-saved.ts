import { interruptApi, lockApi } from '../../ir/lock-api.ts';
import { codeOf } from '../../source/characters.ts';
import type { Unit } from './unit.ts';

/** A declaration with no value, as far as the name: `unsigned long i = 0, `. */
const declaration = /^\s*(?:unsigned|signed|long|int|u\d\d|size_t)\b[\w\s,=*()-]*$/;

/**
 * Whether a function can have saved no interrupts in a local variable: its text declares that with no value and restores it, and does
 * nothing else with it, nor does a macro that it names.
 */
export function isNeverSaved(name: string, source: string, file: string, unit: Unit): boolean {
  const code = codeOf(source);
  let isDeclared = false;
  for (const { index } of code.matchAll(wordOf(name))) {
    const [before, after] = [code.slice(0, index), code.slice(index + name.length)];
    const statement = before.slice(Math.max(...[';', '{', '}'].map((end) => before.lastIndexOf(end))) + 1);
    if (declaration.test(statement) && /^\s*[;,]/.test(after)) isDeclared = true;
    else if (!restores(statement) || !/^\s*\)/.test(after)) return false;
  }
  return isDeclared && !isMeantByMacro(name, code, file, unit);
}

/** Whether a statement has come to the last argument of what restores interrupts. */
function restores(statement: string): boolean {
  const called = [...statement.matchAll(/\b(\w+)\s*\(/g)].map(([, callee]) => callee!);
  return called.some((callee) => {
    const { does, interrupts } = lockApi.get(callee) ?? interruptApi.get(callee) ?? {};
    return interrupts === 'irqsave' && (does === 'release' || does === 'on');
  });
}

/** Whether a macro that a text names means the variable without being given it, or one that it names in turn. */
function isMeantByMacro(name: string, code: string, file: string, unit: Unit): boolean {
  const seen = new Set<string>();
  const waiting = [code];
  for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
    for (const [word] of text.matchAll(/\b[A-Za-z_]\w*/g)) {
      if (seen.has(word) || lockApi.has(word) || interruptApi.has(word)) continue;
      seen.add(word);
      for (const macro of unit.macros(word, file)) {
        const body = macro.file.text.slice(macro.item.body, macro.item.end);
        if (wordOf(name).test(body) && macro.item.parameters?.includes(name) !== true) return true;
        waiting.push(body);
      }
    }
  }
  return false;
}

/** The variable, and no field of that name. */
function wordOf(name: string): RegExp {
  return new RegExp(String.raw`(?<!->\s*|\.\s*)\b${name}\b`, 'g');
}
