import { answerFor, answerForBits, answerForMask, comparisonKey, comparisonOf, type Comparison } from '../ir/comparisons.ts';
import {
  ANY,
  flagsKey,
  isConfigurationKey,
  POSITIVE,
  NEGATIVE,
  ZERO,
  type Call,
  type FunctionIr,
  type LinkedFunction,
  type Program,
} from '../ir/program.ts';
import { addTo } from '../source/multimap.ts';
import { askedIn, type AskedOf } from './asked.ts';
import { inCallee } from './names.ts';
import { isChangedBy } from './state.ts';

/** A key and the values it may have, as one number: the key's own times 8, and the values. */
export type Literal = number;

/** What is known of values on a way: key → sum of ZERO, POSITIVE, NEGATIVE. Of one table, what says the same in the same order is one object. */
export class Facts implements ReadonlyMap<string, number> {
  private ofConfiguration: Facts | undefined;

  constructor(
    readonly table: FactTable,
    readonly literals: readonly Literal[],
  ) {}

  get size(): number {
    return this.literals.length;
  }

  get(key: string): number | undefined {
    const number = this.table.numberOf(key);
    for (const literal of this.literals) if (literal >> 3 === number) return literal & ANY;
    return undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): MapIterator<[string, number]> {
    for (const literal of this.literals) yield [this.table.keyOf(literal), literal & ANY];
  }

  *keys(): MapIterator<string> {
    for (const literal of this.literals) yield this.table.keyOf(literal);
  }

  *values(): MapIterator<number> {
    for (const literal of this.literals) yield literal & ANY;
  }

  [Symbol.iterator](): MapIterator<[string, number]> {
    return this.entries();
  }

  forEach(callback: (value: number, key: string, map: ReadonlyMap<string, number>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }

  /** Whether all hold throughout a chain of calls. */
  get isConfiguration(): boolean {
    return this.configuration === this;
  }

  /** Those that hold throughout a chain of calls. */
  get configuration(): Facts {
    return (this.ofConfiguration ??= this.table.of(this.table.configuration(this.literals)));
  }
}

/** Facts of one search, each kept once. */
export class FactTable {
  private readonly all = new Map<string, Facts>();
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly isConfiguration: boolean[] = [];
  private readonly isPlain: boolean[] = [];
  private readonly known = new WeakMap<ReadonlyMap<string, number>, readonly Literal[]>();

  numberOf(key: string): number {
    let number = this.numbers.get(key);
    if (number === undefined) {
      this.numbers.set(key, (number = this.names.length));
      this.names.push(key);
      this.isConfiguration.push(isConfigurationKey(key));
      this.isPlain.push(/^\w+(?:[=<&]|$)/.test(key));
    }
    return number;
  }

  keyOf(literal: Literal): string {
    return this.names[literal >> 3]!;
  }

  holdsThroughout(literal: Literal): boolean {
    return this.isConfiguration[literal >> 3]!;
  }

  literal(key: string, values: number): Literal {
    return (this.numberOf(key) << 3) | values;
  }

  /** A map that does not change any more, as numbers. */
  literals(facts: ReadonlyMap<string, number>): readonly Literal[] {
    if (facts instanceof Facts && facts.table === this) return facts.literals;
    let known = this.known.get(facts);
    if (!known) this.known.set(facts, (known = [...facts].map(([key, values]) => this.literal(key, values))));
    return known;
  }

  /** Those that hold throughout a chain of calls; the list itself where all do. */
  configuration(literals: readonly Literal[]): readonly Literal[] {
    const kept = literals.filter((literal) => this.holdsThroughout(literal));
    return kept.length === literals.length ? literals : kept;
  }

  /** Those, and what is known of variables themselves: not of what is reached through them. The list itself where all are such. */
  plain(literals: readonly Literal[]): readonly Literal[] {
    const kept = literals.filter((literal) => this.isPlain[literal >> 3] || this.holdsThroughout(literal));
    return kept.length === literals.length ? literals : kept;
  }

  /** Those that speak of nothing that has changed; the list itself where all do. */
  without(literals: readonly Literal[], changed: ReadonlySet<string>): readonly Literal[] {
    if (changed.size === 0) return literals;
    const targets = [...changed];
    const kept = literals.filter((literal) => !targets.some((target) => isChangedBy(this.keyOf(literal), target)));
    return kept.length === literals.length ? literals : kept;
  }

  of(literals: readonly Literal[]): Facts {
    const key = literals.join();
    let facts = this.all.get(key);
    if (!facts) this.all.set(key, (facts = new Facts(this, literals)));
    return facts;
  }
}

/** Both sets of facts; undefined where they contradict each other. */
export function both(a: readonly Literal[], b: readonly Literal[]): readonly Literal[] | undefined {
  let merged: Literal[] | undefined;
  for (const literal of b) {
    const list: readonly Literal[] = merged ?? a;
    const at = indexOfKey(list, literal);
    const known = at < 0 ? ANY : list[at]! & ANY;
    const now = known & literal;
    if (now === 0) return undefined;
    if (now === known) continue;
    merged ??= a.slice();
    merged[at < 0 ? merged.length : at] = (literal & ~ANY) | now;
  }
  return merged ?? a;
}

function indexOfKey(list: readonly Literal[], literal: Literal): number {
  const key = literal >> 3;
  for (let i = 0; i < list.length; i++) if (list[i]! >> 3 === key) return i;
  return -1;
}

/** What an argument says of a parameter: of constants the values; of a test of other values what it comes to; of flags what is known of them, too. */
interface PassedValue {
  readonly key: number;
  readonly values: number;
  readonly test?: Literal;
  readonly flags?: number;
}

/** What a key of the caller's is to the callee. */
interface Meaning {
  /** The callee's key; -1 where it has none. */
  readonly key: number;
  /** Where it is so, as an integer or a bit of one, and where it is not: what the callee asks of that. */
  readonly answers: readonly Literal[];
  readonly denials: readonly Literal[];
}

/** What a call tells its callee of values. */
interface Passed {
  /** What a caller's key, by its number, is to the callee. */
  readonly meanings: Map<number, Meaning>;
  /** In the order of the arguments. */
  readonly arguments: readonly PassedValue[];
  /** Whether the callee compares parameters with named constants. */
  readonly compares: boolean;
  /** Conditions the callee is defined under. */
  readonly conditions: readonly Literal[];
}

const meaningless: Meaning = { key: -1, answers: [], denials: [] };

function answersIn({ answers, denials }: Meaning, values: number): readonly Literal[] {
  if (values === ZERO) return denials;
  return (values & ZERO) === 0 ? answers : [];
}

/** Facts as callees see them; the same few conditions are asked for at thousands of calls. */
export class PassedFacts {
  private readonly passed = new WeakMap<Call, Map<LinkedFunction, Passed>>();
  /** What a comparison with one constant says of others, by function and the comparison's number. */
  private readonly others = new WeakMap<FunctionIr, Map<number, readonly number[]>>();

  private readonly asked: AskedOf;

  constructor(
    private readonly table: FactTable,
    program: Pick<Program, 'targets'>,
  ) {
    this.asked = askedIn(program);
  }

  /**
   * Facts that still mean something in a callee: the configuration, what speaks of one argument only, and conditions the callee is
   * defined under; undefined where those contradict.
   */
  inCallee(facts: readonly Literal[], call: Call, caller: LinkedFunction, callee: LinkedFunction): readonly Literal[] | undefined {
    const passed = this.passedBy(call, callee);
    const there: Literal[] = [];
    for (const literal of facts) {
      const key = literal >> 3;
      if (this.table.holdsThroughout(literal)) {
        there.push(literal);
        continue;
      }
      let meaning = passed.meanings.get(key);
      if (!meaning) passed.meanings.set(key, (meaning = this.meaningOf(this.table.keyOf(literal), call, caller, callee)));
      if (meaning.key >= 0) set(there, meaning.key, literal & ANY);
      for (const answer of answersIn(meaning, literal & ANY)) setLiteral(there, answer);
    }
    for (const { key, values, test, flags } of passed.arguments) {
      const known = flags === undefined ? values : values & valuesOf(flags, facts);
      const told = test === undefined ? known : truthOf(test, facts);
      if (told !== ANY) set(there, key, told);
    }
    for (const literal of passed.compares ? [...there] : []) {
      if ((literal & ZERO) !== 0) continue;
      for (const other of this.othersThan(literal >> 3, callee)) set(there, other, ZERO);
    }
    return both(there, passed.conditions);
  }

  private passedBy(call: Call, callee: LinkedFunction): Passed {
    let ofCall = this.passed.get(call);
    if (!ofCall) this.passed.set(call, (ofCall = new Map()));
    let passed = ofCall.get(callee);
    if (passed) return passed;
    const told: PassedValue[] = [];
    for (const [index, { values, test, constant, flags, number, bits }] of call.arguments.entries()) {
      const parameter = callee.ir.parameters[index];
      if (parameter === undefined) continue;
      const key = this.table.numberOf(parameter);
      if (values !== undefined) told.push({ key, values });
      else if (test) told.push({ key, values: ANY, test: this.table.literal(test.key, test.values) });
      if (flags) {
        const asked = flags.key.startsWith('!')
          ? { test: this.table.literal(flags.key.slice(1), ZERO) }
          : flags.key !== '' && { flags: this.table.numberOf(flags.key) };
        told.push({ key: this.table.numberOf(flagsKey(parameter)), values: flags.values, ...asked });
      }
      const answer =
        number !== undefined
          ? (asked: Comparison) => answerFor(asked, number)
          : bits !== undefined && ((asked: Comparison) => answerForBits(asked, bits));
      for (const literal of answer ? this.answersOf(parameter, callee, answer) : [])
        told.push({ key: literal >> 3, values: literal & ANY });
      if (constant !== undefined) told.push({ key: this.table.numberOf(`${parameter}==${constant}`), values: POSITIVE | NEGATIVE });
    }
    const conditions = callee.ir.conditions.map(({ key, values }) => this.table.literal(key, values));
    passed = { meanings: new Map(), arguments: told, compares: comparedIn(callee).size > 0, conditions };
    ofCall.set(callee, passed);
    return passed;
  }

  private meaningOf(key: string, call: Call, caller: LinkedFunction, callee: LinkedFunction): Meaning {
    const there = inCallee(key, call, caller.ir, callee.ir);
    if (there === undefined) return this.meaningOfBits(key, call, callee);
    const comparison = comparisonOf(there);
    if (!comparison) return { key: this.table.numberOf(there), answers: [], denials: [] };
    // Of integers a callee is told only what it, or what it calls, asks.
    const { place, mask, equals, below } = comparison;
    const isKnown = equals && !mask;
    const answersWhere = (values: number): readonly Literal[] => {
      if (isKnown) return values === ZERO ? [] : this.answersOf(place, callee, (asked) => answerFor(asked, equals.value));
      if (!mask || equals || below) return [];
      return this.answersOf(place, callee, (asked) => answerForMask(asked, mask.value, values));
    };
    const number = this.asked.of(callee).has(there) ? this.table.numberOf(there) : -1;
    return { key: number, answers: answersWhere(POSITIVE | NEGATIVE), denials: answersWhere(ZERO) };
  }

  /** What is known of the bits of `flags`, where `flags | A` is passed. */
  private meaningOfBits(key: string, call: Call, callee: LinkedFunction): Meaning {
    const { place, mask, equals, below } = comparisonOf(key) ?? {};
    const index = place === undefined ? -1 : call.arguments.findIndex(({ base }) => base === place);
    const parameter = callee.ir.parameters[index];
    if (parameter === undefined || below || (mask && equals)) return meaningless;
    const bits = BigInt(call.arguments[index]!.bits!);
    if (equals)
      return {
        ...meaningless,
        answers: this.answersOf(parameter, callee, (asked) => answerFor(asked, Number(BigInt(equals.value) | bits))),
      };
    const there = comparisonKey({ place: parameter, mask: mask! });
    const isOther = (BigInt(mask!.value) & bits) === 0n && this.asked.of(callee).has(there);
    return isOther ? { key: this.table.numberOf(there), answers: [], denials: [] } : meaningless;
  }

  private answersOf(place: string, callee: LinkedFunction, answer: (asked: Comparison) => number): readonly Literal[] {
    return [...this.asked.of(callee)].flatMap(([key, comparison]) => {
      const values = comparison.place === place ? answer(comparison) : ANY;
      return values === ANY ? [] : [this.table.literal(key, values)];
    });
  }

  /** Where a parameter is one named constant, it is none of the others that the callee compares it with. */
  private othersThan(key: number, callee: LinkedFunction): readonly number[] {
    let all = this.others.get(callee.ir);
    if (!all) this.others.set(callee.ir, (all = new Map()));
    let others = all.get(key);
    if (others) return others;
    const text = this.table.keyOf(key << 3);
    const at = text.indexOf('==');
    const compared = at > 0 ? comparedIn(callee).get(text.slice(0, at)) : undefined;
    others = compared ? [...compared].filter((other) => other !== text).map((other) => this.table.numberOf(other)) : [];
    all.set(key, others);
    return others;
  }
}

/** Functions stay what they are while others are edited. */
const compared = new WeakMap<FunctionIr, ReadonlyMap<string, ReadonlySet<string>>>();

/** Comparisons of a function's parameters with named constants, by parameter. */
function comparedIn({ ir }: LinkedFunction): ReadonlyMap<string, ReadonlySet<string>> {
  const known = compared.get(ir);
  if (known) return known;
  const found = new Map<string, Set<string>>();
  for (const block of ir.blocks) {
    for (const { key } of block.next.flatMap((edge) => edge.conditions)) {
      const [, parameter, constant] = /^(\w+)==([A-Z][A-Z0-9_]+)$/.exec(key) ?? [];
      if (parameter === undefined || constant === 'NULL' || !ir.parameters.includes(parameter)) continue;
      addTo(found, parameter, key);
    }
  }
  compared.set(ir, found);
  return found;
}

function set(list: Literal[], key: number, values: number): void {
  setLiteral(list, (key << 3) | values);
}

function setLiteral(list: Literal[], literal: Literal): void {
  const at = indexOfKey(list, literal);
  list[at < 0 ? list.length : at] = literal;
}

/** What the known facts make of a condition: ZERO where it cannot hold, nonzero where it must. */
function truthOf(condition: Literal, facts: readonly Literal[]): number {
  const known = valuesOf(condition >> 3, facts);
  const values = condition & ANY;
  if ((known & values) === 0) return ZERO;
  return (known & ~values) === 0 ? POSITIVE | NEGATIVE : ANY;
}

function valuesOf(key: number, facts: readonly Literal[]): number {
  const at = indexOfKey(facts, key << 3);
  return at < 0 ? ANY : facts[at]! & ANY;
}
