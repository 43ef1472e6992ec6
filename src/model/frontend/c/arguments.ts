import { signOf } from '../../ir/comparisons.ts';
import { ANY, isConstantName, NEGATIVE, POSITIVE, ZERO, type Argument, type Condition } from '../../ir/program.ts';
import { flagsOf, writesFlags } from './allocation-flags.ts';
import { comparedWithZero } from './conditions.ts';
import { cpuOf } from './cpus.ts';
import { Elsewhere } from './elsewhere.ts';
import { operator, peel, text } from './frame.ts';
import { lockTypes } from './kernel-names.ts';
import { childOf, type Node } from './syntax.ts';

/** What a call passes: locks, functions, variables, and what is known of values. */
export abstract class ArgumentLowering extends Elsewhere {
  protected isFunctionName(node: Node): boolean {
    const target = peel(node, this.frame);
    return (
      target.type === 'identifier' &&
      !this.region.scope.find(text(target, this.frame)) &&
      this.x.unit.lookup('function', text(target, this.frame)).length > 0
    );
  }

  protected argument(node: Node): Argument {
    const { scope } = this.region;
    const target = peel(node, this.frame);
    const type = this.x.typeOf(node, this.frame, scope);
    const functions = this.x.functionsAt(node, this.frame, scope);
    const lock = type.depth > 0 && lockTypes.has(type.name) ? this.x.lockAt(node, this.frame, scope, 'spinlock') : undefined;
    const variable = target.type === 'identifier' ? text(target, this.frame) : undefined;
    const name = variable !== undefined && isConstantName(variable) ? variable : undefined;
    const number = this.exact(node);
    const values = number === undefined ? this.constant(node) : signOf(number);
    const bits = number === undefined ? this.bitsOf(target) : undefined;
    const test = this.test(node);
    const cpu = type.depth > 0 ? cpuOf(node, this.frame, scope, this.x) : undefined;
    const flags = writesFlags(text(node, this.frame)) ? flagsOf(node, this.frame, this.x) : undefined;
    return {
      ...(flags && { flags }),
      ...(name !== undefined && number === undefined && { constant: name }),
      ...(test && { test }),
      ...(lock && { lock }),
      ...(cpu && { cpu }),
      ...(values !== ANY && { values }),
      ...(number !== undefined && { number }),
      ...(bits !== undefined && { bits, ...this.baseOf(target) }),
      ...(functions.length > 0 && { functions }),
      ...(variable !== undefined && { variable }),
    };
  }

  /** Bits that an expression sets, whatever else it does: `flags | A`. */
  private bitsOf(node: Node): number | undefined {
    if (node.type !== 'binary_expression' || operator(node, this.frame) !== '|') return undefined;
    const sides = [childOf(node, 'left'), childOf(node, 'right')].map((side) => {
      const inner = side && peel(side, this.frame);
      return inner ? (this.exact(inner) ?? this.bitsOf(inner) ?? 0) : 0;
    });
    const bits = Number(BigInt(sides[0]!) | BigInt(sides[1]!));
    return bits > 0 ? bits : undefined;
  }

  /** The variable of `flags | A`. */
  private baseOf(node: Node): { readonly base?: string } {
    const sides = [childOf(node, 'left'), childOf(node, 'right')].flatMap((side) => (side && this.exact(side) === undefined ? [side] : []));
    const inner = sides.length === 1 ? peel(sides[0]!, this.frame) : undefined;
    return inner?.type === 'identifier' ? { base: text(inner, this.frame) } : {};
  }

  /** `count > 0`, `count > 0 ? true : false`: what the argument says about another value. */
  private test(node: Node): Condition | undefined {
    const inner = peel(node, this.frame);
    if (inner.type === 'conditional_expression') {
      const [yes, no] = [childOf(inner, 'consequence'), childOf(inner, 'alternative')].map((side) => (side ? this.constant(side) : ANY));
      const condition = childOf(inner, 'condition');
      return condition && yes === POSITIVE && no === ZERO ? this.test(condition) : undefined;
    }
    if (inner.type !== 'binary_expression') return undefined;
    const [left, right] = [childOf(inner, 'left'), childOf(inner, 'right')];
    const values = comparedWithZero(operator(inner, this.frame));
    if (left?.type !== 'identifier' || !right || values === ANY || this.constant(right) !== ZERO) return undefined;
    return { key: text(left, this.frame), values };
  }

  /** Values of a constant argument: a number, NULL, the address of something. */
  private constant(node: Node): number {
    const source = text(node, this.frame);
    if (node.type === 'pointer_expression' && source.startsWith('&')) return POSITIVE;
    if (/^(0[xX]?0*[uUlL]*|NULL|false)$/.test(source)) return ZERO;
    if (/^-\s*\d/.test(source)) return NEGATIVE;
    return /^\d\w*$|^true$/.test(source) ? POSITIVE : ANY;
  }
}
