import { ts } from 'ts-morph';
import { oldValue, type Expression, type FieldType } from '../../ir/execution.ts';
import type { LockOperation } from '../../ir/lock-api.ts';
import type { LockRef } from '../../ir/program.ts';
import { Builder, not, one, operation, zero } from './builder.ts';
import {
  accessOperations,
  claimProperties,
  completions,
  lockOperations,
  primitives,
  sleeping,
  usedUp,
  waits,
  withoutEffect,
  type AccessOperation,
} from './primitives.ts';
import { type Local, type Names, valueType } from './scope.ts';

/** A value and what it is; reading shared memory for it has been emitted. */
export interface Typed {
  readonly value: Expression;
  readonly type: FieldType;
}

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

  protected declare(name: string, type: FieldType, isConstant: boolean): Local {
    const known = this.scopes.some((scope) => scope.has(name));
    const local = { name: known ? `${name}#${++this.localCount}` : name, type, isConstant };
    this.scopes.at(-1)!.set(name, local);
    if (type.kind === 'pointer') this.pointers.push({ variable: name, type: `struct ${type.struct}` });
    return local;
  }

  protected local(name: string): Local | undefined {
    return this.scopes.findLast((scope) => scope.has(name))?.get(name);
  }

  protected compute(node: ts.Node, into: string, value: Expression): void {
    this.build.emit({ kind: 'compute', at: this.names.at(node), into, value });
  }

  /** A value without side effects that nothing changes until it is used. */
  expression(node: ts.Expression): Typed {
    if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node))
      return this.expression(node.expression);
    if (ts.isNumericLiteral(node)) return { value: { kind: 'constant', value: this.names.integer(node) }, type: valueType };
    if (node.kind === ts.SyntaxKind.TrueKeyword) return { value: one, type: valueType };
    if (node.kind === ts.SyntaxKind.FalseKeyword || node.kind === ts.SyntaxKind.NullKeyword) return { value: zero, type: valueType };
    if (ts.isIdentifier(node)) return this.identifier(node);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return this.load(node);
    if (ts.isPrefixUnaryExpression(node)) return this.unary(node);
    if (ts.isBinaryExpression(node)) return this.binary(node);
    if (ts.isConditionalExpression(node)) return this.conditional(node);
    if (ts.isCallExpression(node)) return this.call(node);
    return this.names.refuse(node, `${this.names.quote(node)} is not an expression of models`);
  }

  private identifier(node: ts.Identifier): Typed {
    const local = this.local(node.text);
    if (local) return { value: { kind: 'local', name: local.name }, type: local.type };
    const type = this.names.globals.get(node.text);
    if (type && type.kind !== 'value' && type.kind !== 'lock') return { value: { kind: 'global', name: node.text }, type };
    if (type) return this.names.refuse(node, `${node.text} is no value: it goes to the functions that take it`);
    if (this.names.constants.has(node.text)) return { value: { kind: 'global', name: node.text }, type: valueType };
    if (node.text === 'undefined') return { value: zero, type: valueType };
    return this.names.refuse(node, `${node.text} is not declared in this model`);
  }

  /** Where a field or element is, with the reads of pointers on the way to it. */
  protected place(node: ts.Expression): Typed {
    if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node)) return this.place(node.expression);
    if (ts.isOptionalChain(node)) return this.names.refuse(node, `${this.names.quote(node)}: models have no ?.`);
    if (ts.isPropertyAccessExpression(node)) {
      const of = this.expression(node.expression);
      if (of.type.kind === 'array' && node.name.text === 'length') return { value: { kind: 'length', of: of.value }, type: valueType };
      return { value: { kind: 'field', of: of.value, field: node.name.text }, type: this.names.field(of.type, node.name.text, node.name) };
    }
    if (ts.isElementAccessExpression(node)) {
      const of = this.expression(node.expression);
      if (of.type.kind !== 'array') return this.names.refuse(node, `${this.names.quote(node.expression)} is not an array`);
      const index = this.expression(node.argumentExpression);
      return { value: { kind: 'element', of: of.value, index: index.value }, type: of.type.of };
    }
    if (ts.isIdentifier(node) && this.names.globals.has(node.text) && !this.local(node.text))
      return { value: { kind: 'global', name: node.text }, type: this.names.globals.get(node.text)! };
    return this.names.refuse(node, `${this.names.quote(node)} is not a place in memory: a field or an element is`);
  }

  private load(node: ts.Expression): Typed {
    const place = this.place(node);
    if (place.value.kind === 'length') return place;
    if (place.type.kind === 'lock') return this.names.refuse(node, `${this.names.quote(node)} is a lock, which is no value`);
    if (place.type.kind !== 'value' && place.type.kind !== 'pointer') return place;
    return this.read(node, place, false);
  }

  protected read(node: ts.Node, place: Typed, marked: boolean): Typed {
    const into = this.build.temporary();
    this.build.emit({ kind: 'read', at: this.names.at(node), place: place.value, marked, into });
    return { value: { kind: 'local', name: into }, type: place.type };
  }

  private unary(node: ts.PrefixUnaryExpression, lower = (operand: ts.Expression): Expression => this.expression(operand).value): Typed {
    if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
      return this.names.refuse(node, `${this.names.quote(node)}: write it as a statement of its own`);
    const value = lower(node.operand);
    switch (node.operator) {
      case ts.SyntaxKind.ExclamationToken:
        return { value: not(value), type: valueType };
      case ts.SyntaxKind.MinusToken:
        return {
          value: value.kind === 'constant' ? { kind: 'constant', value: -value.value | 0 } : operation('-', zero, value),
          type: valueType,
        };
      case ts.SyntaxKind.TildeToken:
        return { value: operation('~', value), type: valueType };
      default:
        return { value, type: valueType };
    }
  }

  private binary(node: ts.BinaryExpression): Typed {
    const kind = node.operatorToken.kind;
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken) return this.asValue(node);
    const operator = binaryOperators.get(kind);
    if (operator === undefined)
      return this.names.refuse(node, `${node.operatorToken.getText(this.names.file)} cannot be used inside an expression of a model`);
    const left = this.expression(node.left);
    const right = this.expression(node.right);
    return { value: operation(operator, left.value, right.value), type: valueType };
  }

  private conditional(node: ts.ConditionalExpression): Typed {
    const into = this.build.temporary();
    const [yes, no, after] = [this.build.open(), this.build.open(), this.build.open()];
    this.branch(node.condition, yes, no);
    let type = valueType;
    for (const [block, side] of [
      [yes, node.whenTrue],
      [no, node.whenFalse],
    ] as const) {
      this.build.current = block;
      const typed = this.expression(side);
      if (typed.type.kind !== 'value') type = typed.type;
      this.compute(side, into, typed.value);
      this.build.edge(this.build.current, after);
    }
    this.build.current = after;
    return { value: { kind: 'local', name: into }, type };
  }

  /** `a && b` as a number. */
  private asValue(node: ts.Expression): Typed {
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
    return { value: { kind: 'local', name: into }, type: valueType };
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
    if (ts.isBinaryExpression(node)) {
      const kind = node.operatorToken.kind;
      const isAnd = kind === ts.SyntaxKind.AmpersandAmpersandToken;
      if (isAnd || kind === ts.SyntaxKind.BarBarToken) {
        const middle = this.build.open();
        if (isAnd) this.branch(node.left, middle, no);
        else this.branch(node.left, yes, middle);
        this.build.current = middle;
        this.branch(node.right, yes, no);
        return;
      }
    }
    const { value } = this.expression(node);
    this.build.split(value, yes, no);
  }

  // Calls

  private call(node: ts.CallExpression): Typed {
    if (!ts.isIdentifier(node.expression) || node.questionDotToken) return this.names.refuse(node, 'a model calls functions by their name');
    const name = node.expression.text;
    const nothing: Typed = { value: zero, type: valueType };
    const lock = lockOperations.get(name);
    if (lock) return this.lockCall(node, name, lock);
    const access = accessOperations.get(name);
    if (access) return this.access(node, access);
    const wait = waits.get(name);
    if (wait) return this.waitFor(node, wait);
    if (completions.has(name)) return this.waitForCompletion(node, completions.get(name)!.interruptible);
    if (withoutEffect.has(name)) {
      for (const argument of node.arguments) this.place(argument);
      return nothing;
    }
    if (sleeping.has(name)) {
      for (const argument of node.arguments) this.expression(argument);
      this.build.emit({ kind: 'sleep', at: this.names.at(node), name });
      return nothing;
    }
    switch (name) {
      case 'choose':
        return this.choose(
          node,
          node.arguments.map((argument) => this.expression(argument)),
        );
      case 'any_of':
      case 'any_other':
        return this.chooseElement(node, name === 'any_other');
      case 'assert':
        return this.claim(node);
      case 'option':
        return { value: this.names.option(this.literals(node, 0)[0] ?? '', node), type: valueType };
    }
    const callee = this.names.functions.get(name);
    if (!callee && primitives.has(name)) return this.names.refuse(node.expression, `${name} cannot be called here`);
    if (!callee) return this.names.refuse(node.expression, `${name} is neither a function of this model nor a primitive`);
    if (node.arguments.length !== callee.node.parameters.length)
      return this.names.refuse(node, `${name} takes ${callee.node.parameters.length} arguments`);
    const values = node.arguments.map((argument) => ({ value: this.expression(argument).value, variable: this.names.text(argument) }));
    const result = this.build.temporary();
    this.build.emit({ kind: 'call', at: this.names.at(node), name, arguments: values, result });
    return { value: { kind: 'local', name: result }, type: callee.returns };
  }

  private argument(node: ts.CallExpression, index: number): ts.Expression {
    return node.arguments[index] ?? this.names.refuse(node, `${this.names.text(node.expression)} takes more arguments`);
  }

  private lockCall(
    node: ts.CallExpression,
    name: string,
    { does, kind, mode, success, isTry, argument, lockClass, subclass }: LockOperation,
  ): Typed {
    const declared = this.names.globals.get(lockClass);
    if (argument < 0 && kind !== 'rcu' && (declared?.kind !== 'lock' || declared.lock !== kind))
      return this.names.refuse(node, `${name} takes ${lockClass}, which this model does not declare`);
    const lock: LockRef =
      argument < 0
        ? { lockClass, parameter: -1, place: lockClass, root: '', rootParameter: -1, kind, object: { kind: 'global', name: lockClass } }
        : this.lockAt(this.argument(node, argument));
    if (lock.kind !== kind) this.names.refuse(node, `${name} is for a ${kind}, ${lock.place} is a ${lock.kind}`);
    for (const [i, other] of node.arguments.entries()) {
      if (i === argument) continue;
      if (name.endsWith('_nest_lock')) this.lockAt(other);
      else this.expression(other);
    }
    const at = this.names.at(node);
    const result = this.build.temporary();
    if (does === 'release') this.build.emit({ kind: 'release', at, lock, mode });
    else if (does === 'sync') this.build.emit({ kind: 'sync', at, lock, name });
    else {
      const nested = subclass < 0 ? '' : this.names.text(this.argument(node, subclass));
      this.build.emit({ kind: 'acquire', at, lock, mode, success, isTry, result, subclass: nested === '0' ? '' : nested });
    }
    return { value: success === 'always' ? zero : { kind: 'local', name: result }, type: valueType };
  }

  private lockAt(node: ts.Expression): LockRef {
    const { value, type } = this.place(node);
    if (type.kind !== 'lock') return this.names.refuse(node, `${this.names.quote(node)} is not a lock`);
    const place = this.names.text(node);
    const root = /^\w+/.exec(place)?.[0] ?? '';
    return { lockClass: this.lockClass(node, value), parameter: -1, place, root, rootParameter: -1, kind: type.lock, object: value };
  }

  /** `struct kvm.lock`: the interface that has the field, or the name of a global. */
  private lockClass(node: ts.Expression, value: Expression): string {
    if (value.kind === 'global') return value.name;
    const access = ts.isElementAccessExpression(node) ? node.expression : node;
    if (!ts.isPropertyAccessExpression(access)) return this.names.text(access);
    const owner = this.typeOnly(access.expression);
    return owner.kind === 'struct' || owner.kind === 'pointer' ? `struct ${owner.struct}.${access.name.text}` : access.name.text;
  }

  /** Type of an expression that has been lowered already. */
  private typeOnly(node: ts.Expression): FieldType {
    if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node)) return this.typeOnly(node.expression);
    if (ts.isIdentifier(node)) return this.local(node.text)?.type ?? this.names.globals.get(node.text) ?? valueType;
    if (ts.isPropertyAccessExpression(node)) return this.names.field(this.typeOnly(node.expression), node.name.text, node.name);
    if (ts.isElementAccessExpression(node)) {
      const of = this.typeOnly(node.expression);
      return of.kind === 'array' ? of.of : valueType;
    }
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression))
      return this.names.functions.get(node.expression.text)?.returns ?? valueType;
    return valueType;
  }

  private valuePlace(node: ts.Expression): Typed {
    const place = this.place(node);
    if (place.value.kind === 'length' || (place.type.kind !== 'value' && place.type.kind !== 'pointer'))
      return this.names.refuse(node, `${this.names.quote(node)} is not a number or a pointer in memory`);
    return place;
  }

  private access(node: ts.CallExpression, access: AccessOperation): Typed {
    const at = this.names.at(node);
    if (node.arguments.length !== access.arguments)
      return this.names.refuse(node, `${this.names.text(node.expression)} takes ${access.arguments} arguments`);
    const place = this.valuePlace(this.argument(node, access.place));
    const [a = zero, b = zero] = node.arguments.filter((_, i) => i !== access.place).map((argument) => this.expression(argument).value);
    if (access.does === 'read') {
      const read = this.read(node, place, true);
      return { value: access.result!(read.value, a, b), type: read.type };
    }
    if (access.does === 'write') {
      this.build.emit({ kind: 'write', at, place: place.value, marked: true, value: access.value(zero, a, b) });
      return { value: zero, type: valueType };
    }
    const into = this.build.temporary();
    const old: Expression = { kind: 'local', name: oldValue };
    this.build.emit({ kind: 'modify', at, place: place.value, value: access.value(old, a, b), into });
    return { value: access.result?.({ kind: 'local', name: into }, a, b) ?? zero, type: valueType };
  }

  private waitFor(node: ts.CallExpression, { interruptible, idle }: { interruptible: boolean; idle: boolean }): Typed {
    const condition = this.argument(node, 1);
    if (!ts.isArrowFunction(condition) || ts.isBlock(condition.body) || condition.parameters.length > 0)
      return this.names.refuse(condition, 'the condition of a wait is written () => expression');
    this.place(this.argument(node, 0));
    const signal = interruptible ? this.build.temporary() : '';
    this.build.emit({ kind: 'wait', at: this.names.at(node), condition: this.pure(condition.body), signal, idle });
    return { value: signal === '' ? zero : { kind: 'local', name: signal }, type: valueType };
  }

  private waitForCompletion(node: ts.CallExpression, interruptible: boolean): Typed {
    const { value: done } = this.valuePlace(this.argument(node, 0));
    const signal = interruptible ? this.build.temporary() : '';
    const old: Expression = { kind: 'local', name: oldValue };
    const condition = operation('>', done, zero);
    this.build.emit({ kind: 'wait', at: this.names.at(node), condition, signal, idle: false, update: { place: done, value: usedUp(old) } });
    return { value: signal === '' ? zero : { kind: 'local', name: signal }, type: valueType };
  }

  /** A condition that is looked at as a whole, in one step: fields in it are read there and then. */
  pure(node: ts.Expression): Expression {
    if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node)) return this.pure(node.expression);
    if (ts.isOptionalChain(node)) return this.names.refuse(node, `${this.names.quote(node)}: models have no ?.`);
    if (ts.isPropertyAccessExpression(node)) {
      const type = this.typeOnly(node.expression);
      const of = this.pure(node.expression);
      if (type.kind === 'array' && node.name.text === 'length') return { kind: 'length', of };
      if (this.names.field(type, node.name.text, node.name).kind === 'lock')
        this.names.refuse(node, `${this.names.quote(node)} is a lock, which is no value`);
      return { kind: 'field', of, field: node.name.text };
    }
    if (ts.isElementAccessExpression(node)) {
      if (this.typeOnly(node.expression).kind !== 'array') this.names.refuse(node, `${this.names.quote(node.expression)} is not an array`);
      return { kind: 'element', of: this.pure(node.expression), index: this.pure(node.argumentExpression) };
    }
    if (ts.isPrefixUnaryExpression(node)) return this.unary(node, (operand) => this.pure(operand)).value;
    if (ts.isConditionalExpression(node))
      return operation('?', this.pure(node.condition), this.pure(node.whenTrue), this.pure(node.whenFalse));
    if (ts.isBinaryExpression(node)) {
      const kind = node.operatorToken.kind;
      const logical = kind === ts.SyntaxKind.AmpersandAmpersandToken ? '&&' : kind === ts.SyntaxKind.BarBarToken ? '||' : undefined;
      const operator = logical ?? binaryOperators.get(kind);
      if (operator !== undefined) return operation(operator, this.pure(node.left), this.pure(node.right));
    }
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const access = accessOperations.get(node.expression.text);
      if (access?.does === 'read') {
        if (node.arguments.length !== access.arguments)
          this.names.refuse(node, `${node.expression.text} takes ${access.arguments} arguments`);
        const [a = zero] = node.arguments.filter((_, i) => i !== access.place).map((argument) => this.pure(argument));
        return access.result!(this.pure(this.argument(node, access.place)), a, zero);
      }
      if (node.expression.text === 'unfinished' && this.isScenario)
        return operation('unfinished', this.expression(this.argument(node, 0)).value);
      return this.names.refuse(node, 'a condition that is one step calls nothing but READ_ONCE and its kin');
    }
    if (isLiteral(node) || ts.isIdentifier(node)) return this.expression(node).value;
    return this.names.refuse(node, `${this.names.quote(node)} cannot be part of a condition that is one step`);
  }

  private choose(node: ts.CallExpression, options: readonly Typed[]): Typed {
    if (options.length === 0) this.names.refuse(node, 'choose takes the values to choose from');
    const into = this.build.temporary();
    this.build.emit({ kind: 'choose', at: this.names.at(node), into, from: options.map((option) => option.value) });
    return { value: { kind: 'local', name: into }, type: options.find((o) => o.type.kind !== 'value')?.type ?? valueType };
  }

  private chooseElement(node: ts.CallExpression, excepting: boolean): Typed {
    const list = this.expression(this.argument(node, 0));
    if (list.type.kind !== 'array' || list.type.of.kind !== 'struct')
      return this.names.refuse(node.arguments[0]!, `${this.names.quote(node.arguments[0]!)} is not an array of objects`);
    const except = excepting ? this.expression(this.argument(node, 1)).value : undefined;
    const into = this.build.temporary();
    this.build.emit({ kind: 'choose', at: this.names.at(node), into, from: list.value, ...(except && { except }) });
    return { value: { kind: 'local', name: into }, type: asReference(list.type.of) };
  }

  /** `assert(condition, text, property)`; the text and the property are literals. */
  private claim(node: ts.CallExpression): Typed {
    const condition = this.argument(node, 0);
    // Over locals alone it is looked at in one piece, so that a claim nobody asks for leaves nothing behind.
    const value = readsMemory(condition) ? this.expression(condition).value : this.pure(condition);
    this.build.emit({ kind: 'claim', at: this.names.at(node), condition: value, ...this.claimed(node, condition) });
    return { value: zero, type: valueType };
  }

  /** What is said of a claim: its property and its text, which is the condition itself if there is no other. */
  protected claimed(node: ts.CallExpression, condition: ts.Node): { readonly property: string; readonly text: string } {
    const [text = this.names.text(condition), property = 'assert'] = this.literals(node, 1);
    if (!claimProperties.has(property)) this.names.refuse(node.arguments[2]!, `a claim is about one of ${[...claimProperties].join(', ')}`);
    return { property, text };
  }

  protected literals(node: ts.CallExpression, from: number): readonly string[] {
    return node.arguments.slice(from).map((argument) => {
      if (!ts.isStringLiteralLike(argument)) return this.names.refuse(argument, 'a text in quotes is expected here');
      return argument.text;
    });
  }
}

function isLiteral(node: ts.Node): boolean {
  const { kind } = node;
  return (
    ts.isNumericLiteral(node) ||
    kind === ts.SyntaxKind.TrueKeyword ||
    kind === ts.SyntaxKind.FalseKeyword ||
    kind === ts.SyntaxKind.NullKeyword
  );
}

function readsMemory(node: ts.Node): boolean {
  return (
    ts.isCallExpression(node) ||
    ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) ||
    (ts.forEachChild(node, readsMemory) ?? false)
  );
}

/** An object in an array is known by reference. */
export function asReference(type: FieldType): FieldType {
  return type.kind === 'struct' ? { kind: 'pointer', struct: type.struct } : type;
}
