import { branchesOf, comparisonKey, comparisonOf, signOf } from '../../ir/comparisons.ts';
import { ANY, isConstantName, NEGATIVE, POSITIVE, ZERO } from '../../ir/program.ts';
import { isPlace } from './bits.ts';
import { CallLowering, hasCall, unknownValue, type Value } from './calls.ts';
import { comparedWithZero } from './conditions.ts';
import { negate } from './directive.ts';
import { argumentsOf, deepestMacro, each, expandText, type Frame, operator, peel, placeText, text, updatedBy } from './frame.ts';
import { conditionWrappers, hints, hostedConstants } from './kernel-names.ts';
import { childOf, type Node } from './syntax.ts';

const truth = POSITIVE | NEGATIVE;

/** Integers that can be below zero. */
const signedTypes = /^(?:signed |long |short )*(?:int|long|short|signed|s(?:8|16|32|64)|ssize_t|loff_t)$/;

/** Definitions of one macro that are looked into for what it asks. */
const mostDefinitions = 2;

const isTruth = /^\(*\s*(?:true|false|0|1)\s*\)*$/;

/** Whether an expression asks for bits of one field, and nothing else. */
function asksFlags(source: string): boolean {
  return /^[\s(!]*[\w.>()-]*(?:->|\.)\w+[\s)]*&[\s(]*\w+[\s)]*$/.test(source) && !/\w\s*\(/.test(source);
}

type Branches = ReturnType<typeof branchesOf>;

function sides({ yes, no }: Branches, isOpposite: boolean): Branches {
  return isOpposite ? { yes: no, no: yes } : { yes, no };
}

/** What has the same truth, without parentheses, `!!` and macros that only hint at it. */
function truthOf(node: Node, frame: Frame): Node {
  if (node.type === 'parenthesized_expression' && node.children.length === 1) return truthOf(node.children[0]!, frame);
  const wrapped = node.type === 'call_expression' ? argumentOf(node, conditionWrappers, frame) : undefined;
  if (wrapped) return truthOf(wrapped, frame);
  const inner = isNot(node, frame) ? childOf(node, 'argument') : undefined;
  const twice = inner && isNot(inner, frame) ? childOf(inner, 'argument') : undefined;
  return twice ? truthOf(twice, frame) : node;
}

/** The argument that a call of one of some macros is about. */
function argumentOf(call: Node, macros: ReadonlyMap<string, number>, frame: Frame): Node | undefined {
  const number = macros.get(text(childOf(call, 'function'), frame));
  return number === undefined ? undefined : argumentsOf(call)[number];
}

function isNot(node: Node, frame: Frame): boolean {
  return node.type === 'unary_expression' && operator(node, frame) === '!';
}

/** A sign may be part of the number. */
function numberValues(source: string): number {
  if (/^[-+]?0[xX]?0*[uUlL]*$/.test(source)) return ZERO;
  return source.startsWith('-') ? NEGATIVE : POSITIVE;
}

/** Values of `-x`: an error number is positive, a comparison 0 or 1. */
function negated(node: Node, frame: Frame): number {
  const source = text(node, frame);
  if (/^0[xX]?0*[uUlL]*$/.test(source)) return ZERO;
  if (/^(\d\w*|E[A-Z][A-Z0-9]+)$/.test(source)) return NEGATIVE;
  const isTruth = node.type === 'binary_expression' && /^([<>]=?|[=!]=|&&|\|\|)$/.test(operator(node, frame));
  return isTruth || (node.type === 'unary_expression' && operator(node, frame) === '!') ? ZERO | NEGATIVE : ANY;
}

/** Expressions in evaluation order, and conditions as control flow with what they say about values. */
export abstract class ValueLowering extends CallLowering {
  /** Control flow of a condition: to `yes` where it holds, to `no` where it does not. */
  protected branch(node: Node, yes: number, no: number): void {
    switch (node.type) {
      case 'parenthesized_expression':
        if (node.children.length === 1 && node.children[0]!.type !== 'compound_statement') {
          this.branch(node.children[0]!, yes, no);
          return;
        }
        break;
      case 'unary_expression':
        if (operator(node, this.frame) === '!') {
          this.branch(childOf(node, 'argument')!, no, yes);
          return;
        }
        break;
      case 'binary_expression': {
        const op = operator(node, this.frame);
        const left = childOf(node, 'left')!;
        const right = childOf(node, 'right')!;
        if (op === '>' && text(right, this.frame) === '0' && this.countedDown(left) !== undefined) {
          this.branch(left, yes, no);
          return;
        }
        if (op === '&&' || op === '||') {
          const middle = this.open();
          if (op === '&&') this.branch(left, middle, no);
          else this.branch(left, yes, middle);
          this.current = middle;
          this.branch(right, yes, no);
          return;
        }
        this.compare(node, op, left, right, yes, no);
        return;
      }
      case 'update_expression': {
        const stepped = this.steppedAfter(node);
        if (stepped) {
          const [after, otherwise] = [this.open(), this.open()];
          this.split({ values: ANY, key: stepped.place }, stepped.isNegated ? ZERO : truth, after, otherwise);
          for (const [from, to] of [
            [after, yes],
            [otherwise, no],
          ] as const) {
            this.current = from;
            this.expression(node);
            this.edge(this.current, to);
          }
          return;
        }
        const counted = this.countedDown(node);
        if (counted === undefined) break;
        this.expression(node);
        this.split({ values: ANY, key: counted }, ZERO | POSITIVE, yes, no);
        return;
      }
      case 'comma_expression': {
        this.expression(childOf(node, 'left')!);
        this.branch(childOf(node, 'right')!, yes, no);
        return;
      }
      case 'call_expression': {
        const name = text(childOf(node, 'function'), this.frame);
        const first = argumentsOf(node)[0];
        const wrapped = argumentOf(node, conditionWrappers, this.frame);
        if (wrapped) {
          this.branch(wrapped, yes, no);
          return;
        }
        if (first && /^IS_(ENABLED|BUILTIN|REACHABLE)$/.test(name)) {
          const symbol = text(first, this.frame);
          this.edgeUnder(this.current, yes, [symbol]);
          this.edgeUnder(this.current, no, [negate(symbol)]);
          return;
        }
        const tested = this.isMacro(name) ? (this.tested(node) ?? this.askedFlags(name, node)) : undefined;
        if (tested) {
          if (this.matters(name)) this.expand(name, node);
          const outer = this.frame;
          this.frame = tested.frame;
          this.branch(tested.node, yes, no);
          this.frame = outer;
          return;
        }
        if (first && (name === 'IS_ERR' || name === 'IS_ERR_OR_NULL')) {
          this.split(this.value(first), name === 'IS_ERR' ? NEGATIVE : NEGATIVE | ZERO, yes, no);
          return;
        }
        break;
      }
    }
    this.split(this.value(node), truth, yes, no);
  }

  /**
   * What a macro asks for that asks for flags of a field: `#define is_child(x) ((x)->flags & CHILD)`. Where some configuration has a
   * constant instead, that is what the flag is there.
   */
  private askedFlags(name: string, call: Node): { node: Node; frame: Frame } | undefined {
    const { file, depth, at } = this.frame;
    if (this.matters(name) || depth > deepestMacro) return undefined;
    const definitions = this.x.unit.macros(name, file).filter((d) => d.item.parameters && this.x.unit.conditionsOf(d));
    if (definitions.length === 0 || definitions.length > mostDefinitions) return undefined;
    const values = argumentsOf(call).map((argument) => text(argument, this.frame));
    const bodies = definitions.map((definition) => expandText(definition, values).trim());
    const [asking, ...more] = bodies.filter((body) => !isTruth.test(body));
    if (asking === undefined || more.length > 0 || !asksFlags(asking)) return undefined;
    const parsed = this.x.statements(asking);
    const node = parsed?.block.children[0]?.children[0];
    return (
      parsed && node && { node, frame: { source: parsed.source, file, at: at ?? { start: call.start, end: call.end }, depth: depth + 1 } }
    );
  }

  /** `left` of `left--`, where that can be below zero: where it was zero, it is so now. */
  private countedDown(node: Node): string | undefined {
    const target = node.type === 'update_expression' ? childOf(node, 'argument') : undefined;
    if (!target || !text(node, this.frame).endsWith('--')) return undefined;
    const { name, depth } = this.x.typeOf(target, this.frame, this.region.scope);
    return depth === 0 && signedTypes.test(name) ? placeText(target, this.frame) : undefined;
  }

  /** `p` of `p++`, where that is a pointer; `isNegated`: of `!p++`. */
  private steppedAfter(node: Node): { readonly place: string; readonly isNegated: boolean } | undefined {
    const target = updatedBy(node);
    const isAfter = childOf(node, 'argument')?.start === node.start;
    if (!target || !isAfter || !this.isPointer(target)) return undefined;
    return { place: placeText(target, this.frame), isNegated: isNot(childOf(node, 'argument')!, this.frame) };
  }

  private isPointer(node: Node): boolean {
    return this.x.typeOf(node, this.frame, this.region.scope).depth > 0;
  }

  /** What a macro tests on the way to its value: `x` of `({ bool ret = !!(x); if (ret) report(); unlikely(ret); })`. */
  private tested(call: Node): { node: Node; frame: Frame } | undefined {
    const expanded = this.x.expandCall(call, this.frame);
    const block = expanded && peel(expanded.node, expanded.frame);
    if (!expanded || block?.type !== 'compound_statement') return undefined;
    const { frame } = expanded;
    const last = block.children[block.children.length - 1]?.children[0];
    const result = last && truthOf(last, frame);
    if (result?.type !== 'identifier') return undefined;
    const name = text(result, frame);
    if ([...each(block, 'assignment_expression')].some((a) => text(childOf(a, 'left'), frame) === name)) return undefined;
    const declared = [...each(block, 'init_declarator')].find((d) => text(childOf(d, 'declarator'), frame) === name);
    const value = declared && childOf(declared, 'value');
    const node = value && truthOf(value, frame);
    // A call in it would be made two times.
    return node && !hasCall(node) ? { node, frame } : undefined;
  }

  protected compare(node: Node, op: string, left: Node, right: Node, yes: number, no: number): void {
    const masked = this.masked(node);
    if (masked) {
      this.split(masked, truth, yes, no);
      return;
    }
    const compared = comparedWithZero(op);
    const against = this.value(right);
    const value = this.value(left);
    const asked = this.comparedWith(op, left, right, value);
    if (asked) {
      this.edge(this.current, yes, asked.yes);
      this.edge(this.current, no, asked.no);
      return;
    }
    if (compared !== ANY && against.values === ZERO) this.split(value, compared, yes, no);
    else if (op === '==' && value.key !== '' && against.values !== ANY) this.split(value, against.values, yes, no, true);
    else if (op === '==' || op === '!=') {
      const key = `${placeText(left, this.frame)}==${placeText(right, this.frame)}`;
      this.split({ values: ANY, key }, op === '==' ? truth : ZERO, yes, no);
    } else if (!/^[<>]=?$/.test(op)) this.split({ values: ANY, key: placeText(node, this.frame) }, truth, yes, no);
    else this.split({ values: ANY, key: this.orderOf(op, left, right) }, op.length === 1 ? truth : ZERO, yes, no);
  }

  /** Which of two is smaller: `i >= count` is what `i < count` is not. */
  private orderOf(op: string, left: Node, right: Node): string {
    const sides = [left, right].map((side) => placeText(side, this.frame).replace(/^(?:\+\+|--)/, ''));
    return (op === '<' || op === '>=' ? sides : sides.reverse()).join('<');
  }

  /** `do { } while (++tries < most)`, or `(--left > 0)`: that it goes on after a first time means that more than one was wanted. */
  protected assumeOrder(condition: Node): void {
    const node = peel(condition, this.frame);
    const left = node.type === 'update_expression' ? node : childOf(node, 'left');
    const right = childOf(node, 'right');
    const counter = left?.type === 'update_expression' ? text(left, this.frame) : '';
    const isMore = !right || (/^(?:>|!=)$/.test(operator(node, this.frame)) && text(right, this.frame) === '0');
    const counted = isMore && counter.startsWith('--') ? counter.slice(2).trim() : '';
    const target = right && counter.startsWith('++') && operator(node, this.frame) === '<' ? this.orderOf('<', left!, right) : counted;
    if (target === '' || (target === counted && this.region.scope.find(target)?.parameter !== -1)) return;
    this.emit({ kind: 'assign', at: this.at(node), target, values: POSITIVE, same: '' });
  }

  /** What a comparison with an integer that is not zero says on either side. */
  private comparedWith(op: string, left: Node, right: Node, { key }: Value): Branches | undefined {
    const integer = this.integer(right);
    if (!integer || integer.value === 0 || !isPlace(key.replace(/&[\w#:]+$/, ''))) return undefined;
    const isMasked = peel(left, this.frame).type === 'binary_expression';
    const masked = isMasked ? comparisonOf(key) : { place: key };
    if (!masked || masked.equals || masked.below) return undefined;
    if (op === '==' || op === '!=') return sides(branchesOf({ ...masked, equals: integer }), op === '!=');
    if (op === '<' || op === '>=') return sides(branchesOf({ ...masked, below: integer }), op === '>=');
    return /^(?:<=|>)$/.test(op) ? sides(branchesOf({ ...masked, below: { value: integer.value + 1 } }), op === '>') : undefined;
  }

  /** What holds in a case, and where it is left out; nothing where the value is not known by a name or a number. */
  protected caseOf(value: Node, place: string): Branches {
    const integer = place === '' ? undefined : this.integer(value);
    if (integer?.value === 0) return { yes: [{ key: place, values: ZERO }], no: [{ key: place, values: POSITIVE | NEGATIVE }] };
    if (integer) return branchesOf({ place, equals: integer });
    const name = value.type === 'identifier' && place !== '' ? text(value, this.frame) : '';
    const key = `${place}==${name}`;
    return isConstantName(name) ? { yes: [{ key, values: POSITIVE | NEGATIVE }], no: [{ key, values: ZERO }] } : { yes: [], no: [] };
  }

  /** `partial`: when the test fails the value may still be among `values` (`ret == -EAGAIN`). */
  protected split(value: Value, values: number, yes: number, no: number, partial = false): void {
    const possible = value.values & values;
    if (possible !== 0) this.edge(this.current, yes, value.key === '' ? [] : [{ key: value.key, values }]);
    if ((value.values & ~values) !== 0 || partial)
      this.edge(this.current, no, value.key === '' || partial ? [] : [{ key: value.key, values: ANY & ~values }]);
  }

  /** Emits an expression's steps and tells what its value is known by. */
  protected override value(node: Node): Value {
    switch (node.type) {
      case 'parenthesized_expression':
        if (node.children.length === 1 && node.children[0]!.type !== 'compound_statement') return this.value(node.children[0]!);
        return this.inlineBlock(node);
      case 'cast_expression': {
        const value = childOf(node, 'value');
        return value ? this.value(value) : unknownValue;
      }
      case 'number_literal':
        return { values: numberValues(text(node, this.frame)), key: '' };
      case 'true':
        return { values: POSITIVE, key: '' };
      case 'false':
      case 'null':
        return { values: ZERO, key: '' };
      case 'identifier': {
        const name = text(node, this.frame);
        if (name === 'NULL' || name === 'false') return { values: ZERO, key: '' };
        if (name === 'true') return { values: POSITIVE, key: '' };
        const number = this.exact(node);
        return number === undefined ? { values: hostedConstants.get(name) ?? ANY, key: name } : { values: signOf(number), key: '' };
      }
      case 'field_expression':
        this.expression(childOf(node, 'argument')!);
        return { values: ANY, key: placeText(node, this.frame) };
      case 'unary_expression': {
        const inner = childOf(node, 'argument')!;
        if (operator(node, this.frame) === '-') {
          this.expression(inner);
          const number = this.exact(node);
          if (number !== undefined) return { values: signOf(number), key: '' };
          return { values: negated(peel(inner, this.frame), this.frame), key: '' };
        }
        const value = this.value(inner);
        if (operator(node, this.frame) !== '!') return unknownValue;
        if (value.values === ZERO) return { values: POSITIVE, key: '' };
        return value.key === '' ? unknownValue : { values: ANY, key: `!${value.key}` };
      }
      case 'assignment_expression': {
        const left = childOf(node, 'left')!;
        this.assignment(node, left);
        return { values: ANY, key: placeText(left, this.frame) };
      }
      case 'call_expression': {
        const hinted = argumentOf(node, hints, this.frame);
        return hinted ? this.value(hinted) : this.call(node);
      }
      case 'update_expression': {
        this.expression(node);
        // `--x` is what x is then; `x--` is what it was.
        const target = childOf(node, 'argument');
        const isAfter = target && (childOf(node, 'operator')?.start ?? 0) > target.start;
        return target && !isAfter ? { values: ANY, key: placeText(target, this.frame) } : unknownValue;
      }
      case 'pointer_expression':
        this.expression(node);
        return operator(node, this.frame) === '&' ? { values: POSITIVE, key: '' } : unknownValue;
      case 'binary_expression':
        return this.comparison(node) ?? this.decision(node) ?? this.masked(node) ?? this.opaque(node);
      case 'subscript_expression':
        return this.opaque(node);
      case 'conditional_expression': {
        this.expression(node);
        return unknownValue;
      }
      default:
        this.expression(node);
        return unknownValue;
    }
  }

  /** `x & FLAG`; what flags allow to sleep is asked for by its text. */
  private masked(node: Node): Value | undefined {
    if (operator(node, this.frame) !== '&' || /GFP_/.test(text(node, this.frame))) return undefined;
    const [left, right] = [childOf(node, 'left')!, childOf(node, 'right')!];
    const written = this.integer(right);
    const mask = written ?? this.integer(left);
    if (!mask || mask.value <= 0) return undefined;
    const { key } = this.value(written ? left : right);
    return isPlace(key) ? { values: ANY, key: comparisonKey({ place: key, mask }) } : undefined;
  }

  /** What is only known by its text. */
  private opaque(node: Node): Value {
    this.expression(node);
    return { values: ANY, key: placeText(node, this.frame) };
  }

  /** `a && b()`: which of its sides was come to is known by what it is. */
  private decision(node: Node): Value | undefined {
    const right = childOf(node, 'right');
    if (!/^(?:&&|\|\|)$/.test(operator(node, this.frame)) || !right || !hasCall(right)) return undefined;
    const key = this.temporary(node);
    const [yes, no] = [this.open(), this.open()];
    this.branch(node, yes, no);
    this.emitTo(yes, { kind: 'assign', at: this.at(node), target: key, values: POSITIVE, same: '' });
    this.emitTo(no, { kind: 'assign', at: this.at(node), target: key, values: ZERO, same: '' });
    this.join(yes, no);
    return { values: ZERO | POSITIVE, key };
  }

  /** `x == 0` and `x != 0` are `!x` and `!!x`. */
  private comparison(node: Node): Value | undefined {
    const op = operator(node, this.frame);
    const right = childOf(node, 'right');
    if ((op !== '==' && op !== '!=') || !right || !/^(?:0|NULL)$/.test(text(right, this.frame))) return undefined;
    const { values, key } = this.value(childOf(node, 'left')!);
    if (values === ZERO) return { values: op === '==' ? POSITIVE : ZERO, key: '' };
    return key === '' ? unknownValue : { values: ZERO | POSITIVE, key: op === '==' ? `!${key}` : `!!${key}` };
  }

  /** Emits the steps of an expression in evaluation order. */
  protected override expression(node: Node): void {
    switch (node.type) {
      case 'call_expression':
        this.call(node);
        return;
      case 'assignment_expression':
        this.assignment(node, childOf(node, 'left')!);
        return;
      case 'update_expression': {
        const target = updatedBy(node);
        if (!target) return;
        // The next element of an array is somewhere.
        const values = this.isPointer(target) ? POSITIVE : ANY;
        const less = operator(node, this.frame) === '--' && { isDecrement: true };
        this.emit({ kind: 'assign', at: this.at(node), target: placeText(target, this.frame), values, same: '', ...less });
        return;
      }
      case 'binary_expression': {
        const op = operator(node, this.frame);
        const right = childOf(node, 'right');
        if ((op === '&&' || op === '||') && right && hasCall(right)) {
          const yes = this.open();
          const no = this.open();
          this.branch(node, yes, no);
          this.join(yes, no);
          return;
        }
        break;
      }
      case 'conditional_expression': {
        if (hasCall(node)) this.choose(node, (side) => this.expression(side));
        return;
      }
      case 'parenthesized_expression':
        if (node.children[0]?.type === 'compound_statement') {
          this.inlineBlock(node);
          return;
        }
        break;
      case 'sizeof_expression':
      case 'string_literal':
      case 'identifier':
      case 'number_literal':
        return;
      case 'compound_statement':
        this.block(node);
        return;
    }
    for (const child of node.children) this.expression(child);
  }

  /** `a ? b : c`: one of the sides is gone through. */
  protected override choose(node: Node, take: (side: Node) => void): void {
    const yes = this.open();
    const no = this.open();
    const after = this.open();
    this.branch(childOf(node, 'condition')!, yes, no);
    for (const [block, name] of [
      [yes, 'consequence'],
      [no, 'alternative'],
    ] as const) {
      this.current = block;
      const side = childOf(node, name);
      if (side) take(side);
      this.edge(this.current, after);
    }
    this.current = after;
  }

  /** `({ …; value; })` */
  protected inlineBlock(node: Node): Value {
    const block = node.children.find((child) => child.type === 'compound_statement');
    if (!block) return unknownValue;
    let result = unknownValue;
    this.inside(() => {
      for (const [i, child] of block.children.entries()) {
        if (i === block.children.length - 1 && child.type === 'expression_statement' && child.children[0])
          result = this.value(child.children[0]);
        else this.statement(child);
      }
    });
    return result;
  }
}
