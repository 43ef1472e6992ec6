import { ts } from 'ts-morph';
import type { Expression } from '../../ir/execution.ts';
import { Builder, not, one, operation, zero } from './builder.ts';
import type { Local, Names } from './scope.ts';
import { asReference, describe, fits, isOpaque, isTruth, number, type Type, unknown } from './types.ts';

/** A value and what it is; reading shared memory for it has been emitted. */
export interface Typed {
  readonly value: Expression;
  readonly type: Type;
  /** Of a place: the class of a lock there, `struct kvm.lock` or the name of a global. */
  readonly lockClass?: string;
}

/** What stands for something that a problem was told about. */
const lost: Typed = { value: zero, type: unknown };

const binaryOperators: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.PlusToken, '+'],
  [ts.SyntaxKind.MinusToken, '-'],
  [ts.SyntaxKind.AsteriskToken, '*'],
  [ts.SyntaxKind.SlashToken, '/'],
  [ts.SyntaxKind.PercentToken, '%'],
  [ts.SyntaxKind.AmpersandToken, '&'],
  [ts.SyntaxKind.BarToken, '|'],
  [ts.SyntaxKind.CaretToken, '^'],
  [ts.SyntaxKind.LessThanLessThanToken, '<<'],
  [ts.SyntaxKind.GreaterThanGreaterThanToken, '>>'],
  [ts.SyntaxKind.LessThanToken, '<'],
  [ts.SyntaxKind.LessThanEqualsToken, '<='],
  [ts.SyntaxKind.GreaterThanToken, '>'],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>='],
  [ts.SyntaxKind.EqualsEqualsToken, '=='],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '=='],
  [ts.SyntaxKind.ExclamationEqualsToken, '!='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '!='],
]);

const logicalOperators: ReadonlyMap<ts.SyntaxKind, '&&' | '||'> = new Map([
  [ts.SyntaxKind.AmpersandAmpersandToken, '&&'],
  [ts.SyntaxKind.BarBarToken, '||'],
]);

export const assignmentOperators: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.PlusEqualsToken, '+'],
  [ts.SyntaxKind.MinusEqualsToken, '-'],
  [ts.SyntaxKind.AmpersandEqualsToken, '&'],
  [ts.SyntaxKind.BarEqualsToken, '|'],
  [ts.SyntaxKind.CaretEqualsToken, '^'],
]);

/** Expressions of a model function: the steps they take, in evaluation order, and what is left to compute. */
export abstract class ExpressionLowering {
  protected readonly build = new Builder();
  protected scopes: Map<string, Local>[] = [new Map()];
  /** Variables that point to an object, with its type: documents name locks by them. */
  protected readonly pointers: { readonly variable: string; readonly type: string }[] = [];
  private localCount = 0;

  constructor(
    protected readonly names: Names,
    protected readonly isScenario = false,
  ) {}

  protected abstract call(node: ts.CallExpression): Typed;

  protected declare(name: string, type: Type, isConstant: boolean): Local {
    const known = this.scopes.some((scope) => scope.has(name));
    const local = { name: known ? `${name}#${++this.localCount}` : name, type, isConstant };
    this.scopes.at(-1)!.set(name, local);
    if (type.kind === 'reference') this.pointers.push({ variable: name, type: `struct ${type.struct}` });
    return local;
  }

  protected local(name: string): Local | undefined {
    return this.scopes.findLast((scope) => scope.has(name))?.get(name);
  }

  protected compute(node: ts.Node, into: string, value: Expression): void {
    this.build.emit({ kind: 'compute', at: this.names.at(node), into, value });
  }

  /** Tells where something is of another type than its place asks for. */
  protected expect(node: ts.Node, given: Type, wanted: Type): void {
    if (!fits(given, wanted)) this.mismatch(node, given, describe(wanted));
  }

  private expectTruth(node: ts.Node, given: Type): void {
    if (!isTruth(given)) this.mismatch(node, given, 'a condition');
  }

  private mismatch(node: ts.Node, given: Type, wanted: string): void {
    const is = given.kind === 'nothing' ? 'gives nothing back' : `is ${describe(given)}`;
    this.names.tell(node, `${this.names.quote(node)} ${is}: ${wanted} is expected here`);
  }

  /** The one type of two things of which either may be meant. */
  protected join(node: ts.Node, given: Type, other: Type): Type {
    if (fits(other, given)) return given;
    this.expect(node, given, other);
    return other;
  }

  /** A value without side effects that nothing changes until it is used. */
  protected expression(node: ts.Expression): Typed {
    return this.names.problems.recover(() => this.read(node), lost);
  }

  /** A value of a type that is asked for. */
  protected operand(node: ts.Expression, wanted: Type): Expression {
    const { value, type } = this.expression(node);
    this.expect(node, type, wanted);
    return value;
  }

  protected condition(node: ts.Expression): Expression {
    const { value, type } = this.expression(node);
    this.expectTruth(node, type);
    return value;
  }

  private read(node: ts.Expression): Typed {
    if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node))
      return this.expression(node.expression);
    if (ts.isNumericLiteral(node)) return { value: { kind: 'constant', value: this.names.integer(node) }, type: number };
    if (node.kind === ts.SyntaxKind.TrueKeyword) return { value: one, type: number };
    if (node.kind === ts.SyntaxKind.FalseKeyword) return { value: zero, type: number };
    if (node.kind === ts.SyntaxKind.NullKeyword) return { value: zero, type: { kind: 'null' } };
    if (ts.isIdentifier(node)) return this.identifier(node);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return this.load(node);
    if (ts.isPrefixUnaryExpression(node)) return this.unary(node, this.expression(node.operand));
    if (ts.isBinaryExpression(node)) return this.binary(node);
    if (ts.isConditionalExpression(node)) return this.conditional(node);
    if (ts.isCallExpression(node)) return this.call(node);
    return this.names.refuse(node, `${this.names.quote(node)} is not an expression of models`);
  }

  private identifier(node: ts.Identifier): Typed {
    const local = this.local(node.text);
    if (local) return { value: { kind: 'local', name: local.name }, type: local.type };
    const type = this.names.globals.get(node.text);
    if (type) return this.asValue(node, { value: { kind: 'global', name: node.text }, type, lockClass: node.text });
    if (this.names.constants.has(node.text)) return { value: { kind: 'global', name: node.text }, type: number };
    if (node.text === 'undefined') return { value: zero, type: { kind: 'null' } };
    return this.names.refuse(node, `${node.text} is not declared in this model`);
  }

  /** What is at a place, where that is a value: an object is a reference to itself. */
  protected asValue(node: ts.Node, place: Typed): Typed {
    if (isOpaque(place.type))
      this.names.refuse(node, `${this.names.quote(node)} is ${describe(place.type)}, no value: it goes to the functions that take it`);
    return { ...place, type: asReference(place.type) };
  }

  /** Where a field or element is, with the reads of pointers on the way to it. */
  protected place(node: ts.Expression): Typed {
    return this.names.problems.recover(() => this.placeOf(node, (of) => this.expression(of)), lost);
  }

  protected placeOf(node: ts.Expression, read: (of: ts.Expression) => Typed): Typed {
    if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node)) return this.placeOf(node.expression, read);
    if (ts.isOptionalChain(node)) return this.names.refuse(node, `${this.names.quote(node)}: models have no ?.`);
    if (ts.isPropertyAccessExpression(node)) {
      const of = read(node.expression);
      const field = node.name.text;
      if (of.type.kind === 'array' && field === 'length') return { value: { kind: 'length', of: of.value }, type: number };
      const type = this.names.field(of.type, field, node.name);
      const lockClass = of.type.kind === 'reference' ? `struct ${of.type.struct}.${field}` : field;
      return { value: { kind: 'field', of: of.value, field }, type, lockClass };
    }
    if (ts.isElementAccessExpression(node)) {
      const { value, type, lockClass = this.names.text(node.expression) } = read(node.expression);
      if (type.kind !== 'array' && type.kind !== 'unknown')
        return this.names.refuse(node, `${this.names.quote(node.expression)} is not an array`);
      const index = read(node.argumentExpression);
      this.expect(node.argumentExpression, index.type, number);
      if (type.kind === 'unknown') return lost;
      return { value: { kind: 'element', of: value, index: index.value }, type: type.of, lockClass };
    }
    const type = ts.isIdentifier(node) && !this.local(node.text) ? this.names.globals.get(node.text) : undefined;
    if (ts.isIdentifier(node) && type) return { value: { kind: 'global', name: node.text }, type, lockClass: node.text };
    return this.names.refuse(node, `${this.names.quote(node)} is not a place in memory: a field or an element is`);
  }

  private load(node: ts.Expression): Typed {
    const place = this.place(node);
    const value = this.asValue(node, place);
    const isRead = place.value.kind !== 'length' && (place.type.kind === 'number' || place.type.kind === 'reference');
    return isRead ? this.loaded(node, place, false) : value;
  }

  protected loaded(node: ts.Node, place: Typed, marked: boolean): Typed {
    const into = this.build.temporary();
    this.build.emit({ kind: 'read', at: this.names.at(node), place: place.value, marked, into });
    return { value: { kind: 'local', name: into }, type: place.type };
  }

  protected unary(node: ts.PrefixUnaryExpression, { value, type }: Typed): Typed {
    if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
      return this.names.refuse(node, `${this.names.quote(node)}: write it as a statement of its own`);
    if (node.operator === ts.SyntaxKind.ExclamationToken) this.expectTruth(node.operand, type);
    else this.expect(node.operand, type, number);
    switch (node.operator) {
      case ts.SyntaxKind.ExclamationToken:
        return { value: not(value), type: number };
      case ts.SyntaxKind.MinusToken:
        return {
          value: value.kind === 'constant' ? { kind: 'constant', value: -value.value | 0 } : operation('-', zero, value),
          type: number,
        };
      case ts.SyntaxKind.TildeToken:
        return { value: operation('~', value), type: number };
      default:
        return { value, type: number };
    }
  }

  private binary(node: ts.BinaryExpression): Typed {
    if (logicalOperators.has(node.operatorToken.kind)) return this.logical(node);
    const operator = this.operator(node);
    return this.computed(node, operator, this.expression(node.left), this.expression(node.right));
  }

  protected operator({ operatorToken }: ts.BinaryExpression): string {
    const refuse = (): never =>
      this.names.refuse(operatorToken.parent, `${this.names.text(operatorToken)} cannot be used inside an expression of a model`);
    return binaryOperators.get(operatorToken.kind) ?? refuse();
  }

  /** Numbers are computed with; references are equal or not, to others of their type. */
  protected computed(node: ts.BinaryExpression, operator: string, left: Typed, right: Typed): Typed {
    if (operator === '==' || operator === '!=') {
      const isValue = isTruth(left.type) || left.type.kind === 'array';
      if (!isValue) this.expect(node.left, left.type, number);
      else this.join(node.right, right.type, left.type);
    } else {
      this.expect(node.left, left.type, number);
      this.expect(node.right, right.type, number);
    }
    return { value: operation(operator, left.value, right.value), type: number };
  }

  private conditional(node: ts.ConditionalExpression): Typed {
    const into = this.build.temporary();
    const [yes, no, after] = [this.build.open(), this.build.open(), this.build.open()];
    this.branch(node.condition, yes, no);
    const [first, second] = (
      [
        [yes, node.whenTrue],
        [no, node.whenFalse],
      ] as const
    ).map(([block, side]) => {
      this.build.current = block;
      const { value, type } = this.expression(side);
      this.compute(side, into, value);
      this.build.edge(this.build.current, after);
      return type;
    }) as [Type, Type];
    this.build.current = after;
    return { value: { kind: 'local', name: into }, type: this.join(node.whenFalse, second, first) };
  }

  /** `a && b` as a number. */
  private logical(node: ts.Expression): Typed {
    const into = this.build.temporary();
    const [yes, no, after] = [this.build.open(), this.build.open(), this.build.open()];
    this.branch(node, yes, no);
    for (const [block, value] of [
      [yes, one],
      [no, zero],
    ] as const) {
      this.build.current = block;
      this.compute(node, into, value);
      this.build.edge(block, after);
    }
    this.build.current = after;
    return { value: { kind: 'local', name: into }, type: number };
  }

  /** Control flow of a condition; what stands right of `&&` and `||` is evaluated only where it counts. */
  protected branch(node: ts.Expression, yes: number, no: number): void {
    if (ts.isParenthesizedExpression(node)) {
      this.branch(node.expression, yes, no);
      return;
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      this.branch(node.operand, no, yes);
      return;
    }
    const logical = ts.isBinaryExpression(node) ? logicalOperators.get(node.operatorToken.kind) : undefined;
    if (ts.isBinaryExpression(node) && logical !== undefined) {
      const middle = this.build.open();
      if (logical === '&&') this.branch(node.left, middle, no);
      else this.branch(node.left, yes, middle);
      this.build.current = middle;
      this.branch(node.right, yes, no);
      return;
    }
    this.build.split(this.condition(node), yes, no);
  }

  /** A condition that is looked at as a whole, in one step: fields in it are read there and then. */
  protected whole(node: ts.Expression): Typed {
    return this.names.problems.recover(() => this.pure(node), lost);
  }

  protected wholeCondition(node: ts.Expression): Expression {
    const { value, type } = this.whole(node);
    this.expectTruth(node, type);
    return value;
  }

  private pure(node: ts.Expression): Typed {
    if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node)) return this.whole(node.expression);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return this.asValue(node, this.wholePlace(node));
    if (ts.isPrefixUnaryExpression(node)) return this.unary(node, this.whole(node.operand));
    if (ts.isConditionalExpression(node)) {
      const [condition, yes, no] = [this.wholeCondition(node.condition), this.whole(node.whenTrue), this.whole(node.whenFalse)];
      return { value: operation('?', condition, yes.value, no.value), type: this.join(node.whenFalse, no.type, yes.type) };
    }
    if (ts.isBinaryExpression(node)) {
      const logical = logicalOperators.get(node.operatorToken.kind);
      if (logical !== undefined)
        return { value: operation(logical, this.wholeCondition(node.left), this.wholeCondition(node.right)), type: number };
      const operator = this.operator(node);
      return this.computed(node, operator, this.whole(node.left), this.whole(node.right));
    }
    if (ts.isCallExpression(node)) return this.wholeCall(node);
    if (isLiteral(node) || ts.isIdentifier(node)) return this.expression(node);
    return this.names.refuse(node, `${this.names.quote(node)} cannot be part of a condition that is one step`);
  }

  protected wholePlace(node: ts.Expression): Typed {
    return this.placeOf(node, (of) => this.whole(of));
  }

  /** A call in such a condition. */
  protected abstract wholeCall(node: ts.CallExpression): Typed;
}

function isLiteral({ kind }: ts.Node): boolean {
  return (
    kind === ts.SyntaxKind.NumericLiteral ||
    kind === ts.SyntaxKind.TrueKeyword ||
    kind === ts.SyntaxKind.FalseKeyword ||
    kind === ts.SyntaxKind.NullKeyword
  );
}
