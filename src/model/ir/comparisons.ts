import { ANY, NEGATIVE, POSITIVE, ZERO, type Condition } from './program.ts';

/** A question about a place that an integer answers: `x == 3`, `x & 8`, `(x & 12) == 4`, `x < 5`. */
export interface Comparison {
  readonly place: string;
  readonly mask?: Integer;
  readonly equals?: Integer;
  readonly below?: Integer;
}

/** An integer, and the name it has where it stands. */
export interface Integer {
  readonly value: number;
  readonly name?: string;
}

const truth = POSITIVE | NEGATIVE;
const form = /^([^&=<|!?#]+)(?:&(?:#(\w+):)?(\d+))?(?:(==|<)(?:#(\w+):)?(-?\d+))?$/;

/** The text that a comparison is known by. A name stays in it: it may tell more than the number. */
export function comparisonKey({ place, mask, equals, below }: Comparison): string {
  const masked = mask ? `${place}&${integerText(mask)}` : place;
  if (below) return `${masked}<${integerText(below)}`;
  return equals ? `${masked}==${integerText(equals)}` : masked;
}

function integerText({ value, name }: Integer): string {
  return name === undefined ? String(value) : `#${name}:${value}`;
}

/** A key as a person would write it. */
export function keyText(key: string): string {
  return key.replace(/#(\w+):-?\d+/g, '$1');
}

const parsed = new Map<string, Comparison | undefined>();
const mostParsed = 20_000;

/** What a text compares with numbers; undefined where it is no comparison of that kind. */
export function comparisonOf(key: string): Comparison | undefined {
  // Most keys are names: they do not end in a digit, or have no sign in them.
  const last = key.charCodeAt(key.length - 1);
  if (last < 48 || last > 57) return undefined;
  if (parsed.has(key)) return parsed.get(key);
  if (parsed.size >= mostParsed) parsed.clear();
  const comparison = parse(key);
  parsed.set(key, comparison);
  return comparison;
}

function parse(key: string): Comparison | undefined {
  const [, place, maskName, mask, sign, name, number] = form.exec(key) ?? [];
  if (place === undefined || (mask === undefined && number === undefined)) return undefined;
  const compared = number === undefined ? undefined : integer(number, name);
  return {
    place,
    ...(mask !== undefined && { mask: integer(mask, maskName) }),
    ...(compared && (sign === '==' ? { equals: compared } : { below: compared })),
  };
}

function integer(digits: string, name: string | undefined): Integer {
  return { value: Number(digits), ...(name !== undefined && { name }) };
}

/** The answer for an integer, as `Condition.values`. */
export function answerFor({ mask, equals, below }: Comparison, value: number): number {
  const seen = mask ? Number(BigInt(value) & BigInt(mask.value)) : value;
  // What is negative may be compared without its sign.
  if (below && (seen < 0 || below.value < 0)) return ANY;
  const holds = below ? seen < below.value : equals ? isSame(seen, equals.value) : seen !== 0;
  return holds ? truth : ZERO;
}

/** Whether two integers are the same, also if one of them was written with its sign and the other without. */
function isSame(a: number, b: number): boolean {
  return a === b || (a < 0 !== b < 0 && Math.abs(a - b) === 2 ** 32);
}

/** The answer where these bits are known to be set. */
export function answerForBits({ mask, equals, below }: Comparison, bits: number): number {
  return mask && !equals && !below && overlaps(mask.value, bits) ? truth : ANY;
}

/** The answer where it is known whether there is any bit of a mask. */
export function answerForMask({ mask, equals, below }: Comparison, known: number, values: number): number {
  if (below) return ANY;
  if (values === ZERO) {
    if (equals) return overlaps(equals.value, known) ? ZERO : ANY;
    return mask && covers(known, mask.value) ? ZERO : ANY;
  }
  if ((values & ZERO) !== 0) return ANY;
  if (equals) return !mask && !overlaps(equals.value, known) ? ZERO : ANY;
  return mask && covers(mask.value, known) ? truth : ANY;
}

/** Whether what is known still is, where bits of a mask changed and nothing else: `values` is what they are now, if they are all the same. */
export function outlivesBits({ mask, equals, below }: Comparison, known: number, changed: number, values: number): boolean {
  if (!mask) return false;
  if (!overlaps(mask.value, changed)) return true;
  if (equals || below) return false;
  return known === ZERO ? values === ZERO : (known & ZERO) === 0 && (values & ZERO) === 0;
}

function overlaps(a: number, b: number): boolean {
  return (BigInt(a) & BigInt(b)) !== 0n;
}

function covers(all: number, some: number): boolean {
  return (BigInt(all) & BigInt(some)) === BigInt(some);
}

/** An integer as `Condition.values`. */
export function signOf(value: number): number {
  return value === 0 ? ZERO : value < 0 ? NEGATIVE : POSITIVE;
}

/** What holds where a comparison is true, and where it is not; what is compared with zero is asked for its sign. */
export function branchesOf(comparison: Comparison): { readonly yes: readonly Condition[]; readonly no: readonly Condition[] } {
  const { place, mask, equals } = comparison;
  // One bit is as it should be just where it is set.
  const isBit = mask !== undefined && equals?.value === mask.value && Number.isInteger(Math.log2(mask.value));
  const key = comparisonKey(isBit ? { place, mask } : comparison);
  const sign = !mask && equals ? [{ key: place, values: signOf(equals.value) }] : [];
  return { yes: [...sign, { key, values: truth }], no: [{ key, values: ZERO }] };
}
