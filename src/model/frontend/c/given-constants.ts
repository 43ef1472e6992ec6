import type { Constants } from './constants.ts';
import type { SourceFile } from './file-cache.ts';
import type { Unit } from './unit.ts';

/** What a name stands in that asks for a value: `case X:`, `case A ... X:`, `== X`, `[X] = "name"`. */
const before = /(?:\bcase|\.\.\.|[=!]=|\[)\s*$/;
const after = /^\s*[=!]=/;
/** All of an enumeration may be gone through: `i < X_MAX`, `X_FIRST + i`. */
const counted = { before: /[<>+-]=?\s*$/, after: /^\s*[<>+-]/ };

/** Enumerators that code compares with, and that it gives to nobody. */
export class GivenConstants {
  private readonly known = new Map<string, boolean>();

  constructor(
    private readonly unit: Unit,
    private readonly constants: Constants,
  ) {}

  /** Whether nothing that was read gives a field of an enumeration's type a value which it gives others of. */
  isNeverGiven(name: string, field: string): boolean {
    if (!this.isOfEnumeration(field)) return false;
    let known = this.known.get(name);
    if (known === undefined) this.known.set(name, (known = this.isOnlyAsked(name)));
    return known;
  }

  /** What hardware or a protocol fills in is of a type that has a size. */
  private isOfEnumeration(field: string): boolean {
    const [, tag, member] = /^struct (\w+)\.(\w+)$/.exec(field) ?? [];
    const definitions = tag === undefined ? [] : this.unit.lookup('struct', tag);
    const typed = new RegExp(`\\benum\\s+\\w+\\s+${member!}\\s*;`);
    return definitions.length > 0 && definitions.every(({ file, item }) => typed.test(file.text.slice(item.start, item.end)));
  }

  private isOnlyAsked(name: string): boolean {
    const [of, ...more] = this.constants.enumerationsWith(name);
    // What headers for all have, code that was not read may use.
    if (!of || more.length > 0 || /^(?:include|arch)\//.test(of.file.path)) return false;
    const texts = [...this.unit.files.values()].filter(({ path }) => this.unit.has(path, of.file.path)).map((file) => textOf(file, of));
    const uses = of.names.map((each) => usesOf(each, texts));
    const own = uses[of.names.indexOf(name)];
    return own === 'asked' && uses.includes('given') && !uses.includes('counted') && !texts.some((text) => pastes(name, text));
  }
}

/** The text of a file without comments, and without the enumeration itself. */
function textOf({ path, text }: SourceFile, of: ReturnType<Constants['enumerationsWith']>[number]): string {
  const code = path === of.file.path ? text.slice(0, of.start) + text.slice(of.end) : text;
  return code.replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, ' ');
}

function usesOf(name: string, texts: readonly string[]): 'given' | 'counted' | 'asked' | 'none' {
  let uses: 'given' | 'asked' | 'none' = 'none';
  for (const text of texts)
    for (const { index } of text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))) {
      const [head, tail] = [text.slice(Math.max(0, index - 40), index), text.slice(index + name.length, index + name.length + 8)];
      if (counted.before.test(head) || counted.after.test(tail)) return 'counted';
      if (!before.test(head) && !after.test(tail)) uses = 'given';
      else if (uses === 'none') uses = 'asked';
    }
  return uses;
}

/** Whether a macro puts names together that begin as this one does. */
function pastes(name: string, text: string): boolean {
  return [...text.matchAll(/\b(\w+)\s*##/g)].some(([, start]) => name.startsWith(start!));
}
