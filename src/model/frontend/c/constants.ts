import { append } from '../../source/multimap.ts';
import type { SourceFile } from './file-cache.ts';
import type { Unit } from './unit.ts';

/** Braces of an enumeration, in the text of its file. */
interface Enumeration {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** Constants made of constants, followed at the most. */
const deepest = 8;
const longestExpression = 200;
/** Macros that give a bit by its number, and those that give back what they are given. */
const bits = /^(?:BIT|BIT_ULL|_BITUL|_BITULL)$/;
const same = /^(?:_?UL|_?ULL|U|_AC|__force)$/;
/** What no expression of integers has. */
const notConstant = /->|["'.[?=!%/{]/;
const castType =
  /\((?:(?:__force|const|unsigned|signed|enum)\s+)*(?:int|long|char|short|unsigned|(?:__)?[us](?:8|16|32|64)|__[lb]e\d+|\w+_t|blk_opf_t)(?:\s+(?:int|long))*\)/g;
const token = /\s*(0[xX][\da-fA-F]+|\d+|[A-Za-z_]\w*|<<|>>|[-+*|&^~()!,])([uUlL]*)/y;

/** Integers that names and expressions stand for: enumerators, and macros of numbers. What is not the same for all that a file may see is none. */
export class Constants {
  private enumerations: Map<string, Enumeration[]> | undefined;
  private readonly values = new Map<Enumeration, ReadonlyMap<string, number>>();
  /** Names that are constants nowhere. */
  private readonly unknown = new Set<string>();
  private readonly known = new Map<string, Map<string, number | undefined>>();

  constructor(private readonly unit: Unit) {}

  named(name: string, from: string, depth = 0): number | undefined {
    if (this.unknown.has(name)) return undefined;
    let inFile = this.known.get(from);
    if (!inFile) this.known.set(from, (inFile = new Map()));
    if (inFile.has(name)) return inFile.get(name);
    // What is made of itself is no number.
    inFile.set(name, undefined);
    const value = depth > deepest ? undefined : this.find(name, from, depth);
    inFile.set(name, value);
    return value;
  }

  /** Of an expression of constants; `isOwn` tells names that mean something else where it stands. */
  expression(source: string, from: string, isOwn?: (name: string) => boolean, depth = 0): number | undefined {
    if (source.length > longestExpression || notConstant.test(source)) return undefined;
    const value = new Reader(source.replace(castType, ' '), (name) =>
      isOwn?.(name) ? undefined : this.named(name, from, depth + 1),
    ).read();
    return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
  }

  private find(name: string, from: string, depth: number): number | undefined {
    const macros = this.unit.macros(name, from);
    const numbers: (number | undefined)[] = [];
    // Most names are of functions and variables.
    if (this.unit.lookup('macro', name).length === 0 && this.enumerationsOf(name).length === 0) this.unknown.add(name);
    for (const { file, item } of macros) {
      if (item.parameters) return undefined;
      const body = withoutComments(file.text.slice(item.body, item.end)).trim();
      // `#define NAME NAME` stands beside an enumerator.
      if (body !== name) numbers.push(this.expression(body, from, undefined, depth));
    }
    if (numbers.length === 0)
      for (const each of this.enumerationsOf(name))
        if (this.unit.has(from, each.file.path)) numbers.push(this.valuesIn(each, depth).get(name));
    const [first] = numbers;
    return numbers.every((number) => number === first) ? first : undefined;
  }

  /** Enumerations that have a name, with all names whose values are known. */
  enumerationsWith(name: string): readonly (Enumeration & { readonly names: readonly string[] })[] {
    return this.enumerationsOf(name).map((each) => ({ ...each, names: [...this.valuesIn(each, 0).keys()] }));
  }

  private enumerationsOf(name: string): readonly Enumeration[] {
    if (!this.enumerations) {
      this.enumerations = new Map();
      for (const file of this.unit.files.values())
        for (const [each, names] of enumerationsIn(file)) for (const one of names) append(this.enumerations, one, each);
    }
    return this.enumerations.get(name) ?? [];
  }

  private valuesIn(enumeration: Enumeration, depth: number): ReadonlyMap<string, number> {
    let values = this.values.get(enumeration);
    if (!values) this.values.set(enumeration, (values = this.valuesOf(enumeration, depth)));
    return values;
  }

  private valuesOf({ file, start, end }: Enumeration, depth: number): ReadonlyMap<string, number> {
    const values = new Map<string, number>();
    const source = withoutComments(file.text.slice(start, end));
    // Enumerators under a condition: where they are not, the next ones are others.
    const isWhole = !/^\s*#\s*if/m.test(source);
    let next: number | undefined = 0;
    for (const part of topLevelParts(source.replace(/^\s*#.*$/gm, ''))) {
      const [, name, written] = /^\s*([A-Za-z_]\w*)(?:\s*=\s*([^]+))?\s*$/.exec(part) ?? [];
      if (name === undefined) {
        if (part.trim() !== '') next = undefined;
        continue;
      }
      if (written !== undefined)
        next = new Reader(written.replace(castType, ' '), (each) => values.get(each) ?? this.named(each, file.path, depth + 1)).read();
      else if (!isWhole) next = undefined;
      if (next !== undefined) values.set(name, next++);
    }
    return values;
  }
}

/** An expression of integers, read once from left to right. */
class Reader {
  private tokens: string[] = [];
  private at = 0;

  constructor(
    source: string,
    private readonly named: (name: string) => number | undefined,
  ) {
    token.lastIndex = 0;
    let end = 0;
    for (let match = token.exec(source); match; match = token.exec(source)) {
      this.tokens.push(match[1]!);
      end = token.lastIndex;
    }
    if (source.slice(end).trim() !== '') this.tokens = [];
  }

  read(): number | undefined {
    if (this.tokens.length === 0) return undefined;
    const value = this.level(0);
    return value !== undefined && this.at === this.tokens.length ? Number(value) : undefined;
  }

  private level(level: number): bigint | undefined {
    const operators = levels[level];
    if (!operators) return this.single();
    let left = this.level(level + 1);
    for (let name = this.tokens[this.at]; name !== undefined && operators.has(name); name = this.tokens[this.at]) {
      this.at++;
      const right = this.level(level + 1);
      left = left === undefined || right === undefined ? undefined : operators.get(name)!(left, right);
    }
    return left;
  }

  private single(): bigint | undefined {
    const next = this.tokens[this.at++];
    if (next === undefined) return undefined;
    if (next === '(') {
      const value = this.level(0);
      return this.tokens[this.at++] === ')' ? value : undefined;
    }
    if (next === '-' || next === '~' || next === '+') {
      const value = this.single();
      return value === undefined ? undefined : next === '-' ? -value : next === '~' ? ~value : value;
    }
    if (/^\d/.test(next)) return BigInt(/^0\d+$/.test(next) ? `0o${next}` : next);
    if (!/^\w/.test(next)) return undefined;
    if (this.tokens[this.at] !== '(') {
      const value = this.named(next);
      return value === undefined ? undefined : BigInt(value);
    }
    this.at++;
    const value = this.level(0);
    while (this.at < this.tokens.length && this.tokens[this.at] !== ')') this.at++;
    this.at++;
    if (value === undefined || (!bits.test(next) && !same.test(next))) return undefined;
    return bits.test(next) ? shifted(1n, value) : value;
  }
}

function shifted(value: bigint, by: bigint): bigint | undefined {
  return by >= 0n && by < 64n ? value << by : undefined;
}

/** Operators by how they bind, the loosest first. */
const levels: readonly ReadonlyMap<string, (a: bigint, b: bigint) => bigint | undefined>[] = [
  new Map([['|', (a: bigint, b: bigint) => a | b]]),
  new Map([['^', (a: bigint, b: bigint) => a ^ b]]),
  new Map([['&', (a: bigint, b: bigint) => a & b]]),
  new Map([
    ['<<', shifted],
    ['>>', (a: bigint, b: bigint) => (b >= 0n && b < 64n ? a >> b : undefined)],
  ]),
  new Map([
    ['+', (a: bigint, b: bigint) => a + b],
    ['-', (a: bigint, b: bigint) => a - b],
  ]),
  new Map([['*', (a: bigint, b: bigint) => a * b]]),
];

function withoutComments(source: string): string {
  return source.replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, ' ').replace(/\\\r?\n/g, ' ');
}

const head = /\benum\b[\w\s]*\{([^{}]*)\}/y;

/** Enumerations of files, kept as long as their texts. */
const enumerations = new WeakMap<SourceFile, readonly (readonly [Enumeration, readonly string[]])[]>();

function enumerationsIn(file: SourceFile): readonly (readonly [Enumeration, readonly string[]])[] {
  const known = enumerations.get(file);
  if (known) return known;
  const { text } = file;
  const found: (readonly [Enumeration, readonly string[]])[] = [];
  for (let at = text.indexOf('enum'); at >= 0; at = text.indexOf('enum', at + 4)) {
    head.lastIndex = at;
    const [whole, body] = head.exec(text) ?? [];
    if (whole === undefined || body === undefined) continue;
    const end = at + whole.length - 1;
    const parts = topLevelParts(withoutComments(body).replace(/^\s*#.*$/gm, ''));
    const names = parts.flatMap((part) => /^\s*([A-Za-z_]\w*)/.exec(part)?.[1] ?? []);
    found.push([{ file, start: end - body.length, end }, names]);
  }
  enumerations.set(file, found);
  return found;
}

/** What commas part, outside parentheses. */
function topLevelParts(source: string): readonly string[] {
  if (!source.includes('(')) return source.split(',');
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(source.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, source.slice(from)];
}
