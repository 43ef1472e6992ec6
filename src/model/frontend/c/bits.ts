import { comparisonKey, comparisonOf } from '../../ir/comparisons.ts';
import { bitApi, type BitOperation } from '../../ir/bit-api.ts';
import { ANY, NEGATIVE, POSITIVE, ZERO, type Assign } from '../../ir/program.ts';
import { ArgumentLowering } from './arguments.ts';
import { argumentsOf, each, operator, peel, placeText, text } from './frame.ts';
import { childOf, type Node } from './syntax.ts';
import type { Value } from './calls.ts';

type Bits = NonNullable<Assign['bits']>;

const truth = POSITIVE | NEGATIVE;

/** Bits of one mask that are followed each by itself. */
const mostBits = 8;

/** What lets others go on until something has changed. */
const waits = /^(?:io_)?schedule(?:_timeout\w*)?$|^(?:__)?wait_(?:event|var_event|on_bit|for)\w*$/;

/** Whether a value is known by its place: a variable, or a field. */
export function isPlace(key: string): boolean {
  return /^[A-Za-z_][\w.>[\]()-]*$/.test(key);
}

/** What is done to single bits of variables and fields. */
export abstract class BitLowering extends ArgumentLowering {
  protected abstract expression(node: Node): void;
  protected abstract value(node: Node): Value;
  protected abstract temporary(node: Node): string;

  /** `flags |= A` and `flags &= ~A`: what changes of the flags, and to what. */
  protected changedBits(does: string, right: Node): readonly Bits[] | undefined {
    const inner = peel(right, this.frame);
    const isCleared = does === '&=' && inner.type === 'unary_expression' && operator(inner, this.frame) === '~';
    const named = isCleared ? childOf(inner, 'argument') : does === '|=' ? right : undefined;
    const mask = named && this.integer(named);
    if (!mask || mask.value <= 0) return undefined;
    if (isCleared) return [{ mask, values: ZERO }];
    const bits = singleBits(mask.value);
    if (bits.length === 1 || bits.length > mostBits) return [{ mask, values: truth }];
    return bits.map((value) => ({ mask: { value }, values: truth }));
  }

  protected changeBits(target: string, bits: Bits, node: Node): void {
    this.emit({ kind: 'assign', at: this.at(node), target, values: ANY, same: '', bits });
  }

  /** `test_bit(F, &x->flags)` asks what `x->flags & BIT(F)` does. */
  protected bitCall({ bit, place: at, does, isAsked }: BitOperation, args: readonly Node[], node: Node): Value {
    for (const argument of args.slice(0, 2)) this.expression(argument);
    const asked = { values: ANY, key: placeText(node, this.frame) };
    const place = args[at] ? placeText(peel(args[at], this.frame), this.frame) : '';
    if (!isPlace(place)) return asked;
    const number = args[bit] && this.integer(args[bit]);
    const mask = number && number.value >= 0 && number.value < 64 ? { ...number, value: 2 ** number.value } : undefined;
    const key = mask && comparisonKey({ place, mask });
    if (does === 'test') return key === undefined ? asked : { values: ANY, key };
    const before = this.temporary(node);
    if (isAsked) this.emit({ kind: 'assign', at: this.at(node), target: before, values: ANY, same: key ?? '' });
    const given = does === 'give' && args[2] ? this.value(args[2]) : undefined;
    const values = does === 'set' ? truth : does === 'clear' ? ZERO : (given?.values ?? ANY);
    if (mask) this.changeBits(place, { mask, values, ...(given && given.key !== '' && { same: given.key }) }, node);
    else this.emit({ kind: 'assign', at: this.at(node), target: place, values: ANY, same: '' });
    if (isAsked) this.emit({ kind: 'assign', at: this.at(node), target: asked.key, values: ANY, same: before });
    return asked;
  }

  /** What waits until something has changed: of bits that were asked or changed so far, and are not of this function alone, nothing is known. */
  protected waitsForBits(name: string, node: Node): void {
    if (!waits.test(name)) return;
    const known = this.blocks.flatMap(({ steps, next }) => [
      ...next.flatMap(({ conditions }) => conditions.flatMap(({ key }) => comparisonOf(key)?.place ?? [])),
      ...steps.flatMap((step) => (step.kind === 'assign' && step.bits ? step.target : [])),
    ]);
    for (const place of new Set(known)) if (this.isShared(place)) this.forgetBits(place, node);
  }

  /** A loop may go on until others have changed a bit that it asks for. */
  protected comesAgain(condition: Node): void {
    for (const call of each(condition, 'call_expression')) {
      const operation = bitApi.get(text(childOf(call, 'function'), this.frame));
      const place = operation && argumentsOf(call)[operation.place];
      if (place) this.forgetBits(placeText(peel(place, this.frame), this.frame), call);
    }
    for (const masked of each(condition, 'binary_expression')) {
      const left = operator(masked, this.frame) === '&' ? childOf(masked, 'left') : undefined;
      if (left?.type === 'field_expression') this.forgetBits(placeText(left, this.frame), masked);
    }
  }

  private forgetBits(place: string, node: Node): void {
    if (isPlace(place)) this.emit({ kind: 'assign', at: this.at(node), target: place, values: ANY, same: '' });
  }
}

function singleBits(mask: number): readonly number[] {
  const digits = [...mask.toString(2)].reverse();
  return digits.flatMap((digit, at) => (digit === '1' ? [2 ** at] : []));
}
