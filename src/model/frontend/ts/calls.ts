import { ts } from 'ts-morph';
import { oldValue, type Expression } from '../../ir/execution.ts';
import type { LockOperation } from '../../ir/lock-api.ts';
import type { LockRef } from '../../ir/program.ts';
import { operation, zero } from './builder.ts';
import { ExpressionLowering, type Typed } from './expressions.ts';
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
import type { Given } from './scope.ts';
import { asReference, isTruth, nothing, number, type Type, unknown } from './types.ts';

const noResult: Typed = { value: zero, type: nothing };
const completion: Type = { kind: 'completion' };
const queue: Type = { kind: 'queue' };

/** Calls of primitives, and of functions of the model. */
export abstract class CallLowering extends ExpressionLowering {
  protected call(node: ts.CallExpression): Typed {
    if (!ts.isIdentifier(node.expression) || node.questionDotToken) return this.names.refuse(node, 'a model calls functions by their name');
    const name = node.expression.text;
    const lock = lockOperations.get(name);
    if (lock) return this.lockCall(node, name, lock);
    const access = accessOperations.get(name);
    if (access) return this.access(node, access);
    const wait = waits.get(name);
    if (wait) return this.waitFor(node, wait);
    const completed = completions.get(name);
    if (completed) return this.waitForCompletion(node, completed.interruptible);
    const ignored = withoutEffect.get(name);
    if (ignored) return this.ignore(node, ignored);
    if (sleeping.has(name)) return this.sleep(node, name);
    switch (name) {
      case 'choose':
        return this.choose(node);
      case 'any_of':
      case 'any_other':
        return this.chooseElement(node, name === 'any_other');
      case 'assert':
        return this.claim(node);
      case 'option':
        this.names.count(node, { least: 1 });
        return { value: this.names.option(this.literal(node.arguments[0]!)), type: number };
    }
    const callee = this.names.functions.get(name);
    if (!callee && primitives.has(name)) return this.names.refuse(node.expression, `${name} cannot be called here`);
    if (!callee) return this.names.refuse(node.expression, `${name} is neither a function of this model nor a primitive`);
    const values = this.given(node, callee.parameters).map((value, i) => ({ value, variable: this.names.text(node.arguments[i]!) }));
    const result = this.build.temporary();
    this.build.emit({ kind: 'call', at: this.names.at(node), name, arguments: values, result });
    return { value: { kind: 'local', name: result }, type: callee.returns };
  }

  /** Arguments of a call, each of its type; `what` takes them. */
  protected given(node: ts.CallExpression, types: readonly Type[], to: Partial<Given> = {}): readonly Expression[] {
    const { given = node.arguments } = to;
    this.names.count(node, { ...to, least: types.length });
    return types.map((type, i) => this.operand(given[i]!, type));
  }

  /** A place that a primitive works on. */
  private placeFor(node: ts.Expression, wanted: Type): Expression {
    const { value, type } = this.place(node);
    this.expect(node, type, wanted);
    return value;
  }

  private lockCall(node: ts.CallExpression, name: string, operationOf: LockOperation): Typed {
    const { does, kind, mode, success, isTry, isUnchecked, argument, lockClass, subclass } = operationOf;
    const declared = this.names.globals.get(lockClass);
    if (argument < 0 && kind !== 'rcu' && declared?.kind !== 'unknown' && (declared?.kind !== 'lock' || declared.lock !== kind))
      return this.names.refuse(node, `${name} takes ${lockClass}, which this model does not declare`);
    const isNest = name.endsWith('_nest_lock');
    const least = Math.max(argument, subclass, isNest ? 1 : -1) + 1;
    const most = least + (/_irqsave$|_irqrestore$|^srcu_read_unlock/.test(name) ? 1 : 0);
    this.names.count(node, { least, most });
    const lock: LockRef =
      argument < 0
        ? { lockClass, parameter: -1, place: lockClass, root: '', rootParameter: -1, kind, object: { kind: 'global', name: lockClass } }
        : this.lockAt(node.arguments[argument]!, { kind: 'lock', lock: kind });
    const others = node.arguments.slice(0, most).map((other, i): Expression => {
      if (i === argument) return zero;
      if (!isNest) return this.operand(other, number);
      this.outerLock(other);
      return zero;
    });
    const at = this.names.at(node);
    const result = this.build.temporary();
    if (does === 'release') this.build.emit({ kind: 'release', at, lock, mode });
    else if (does === 'sync') this.build.emit({ kind: 'sync', at, lock, name });
    else {
      const written = subclass < 0 ? '0' : this.names.text(node.arguments[subclass]!);
      const nested = written === '0' ? { subclass: '' } : { subclass: written, subclassValue: others[subclass]! };
      this.build.emit({ kind: 'acquire', at, lock, mode, success, isTry, result, ...nested, ...(isUnchecked && { isUnchecked }) });
    }
    if (success !== 'always') return { value: { kind: 'local', name: result }, type: number };
    return name.startsWith('srcu_read_lock') ? { value: zero, type: number } : noResult;
  }

  private lockAt(node: ts.Expression, wanted: Extract<Type, { kind: 'lock' }>): LockRef {
    const { value, type, lockClass } = this.place(node);
    this.expect(node, type, wanted);
    const place = this.names.text(node);
    const root = /^[\p{ID_Start}$_][\p{ID_Continue}$]*/u.exec(place)?.[0] ?? '';
    return { lockClass: lockClass ?? place, parameter: -1, place, root, rootParameter: -1, kind: wanted.lock, object: value };
  }

  /** The outer lock of several, which may be of any kind. */
  private outerLock(node: ts.Expression): void {
    const { type } = this.place(node);
    if (type.kind !== 'lock' && type.kind !== 'unknown') this.names.tell(node, `${this.names.quote(node)} is not a lock`);
  }

  private access(node: ts.CallExpression, access: AccessOperation): Typed {
    this.names.count(node, { least: access.arguments });
    const target = node.arguments[access.place]!;
    const place = this.accessed(target, this.place(target), access);
    const wanted = access.of === 'any' ? place.type : number;
    const [a = zero, b = zero] = node.arguments.filter((_, i) => i !== access.place).map((argument) => this.operand(argument, wanted));
    const at = this.names.at(node);
    const into = this.build.temporary();
    const old: Expression = { kind: 'local', name: into };
    if (access.does === 'read') this.build.emit({ kind: 'read', at, place: place.value, marked: true, into });
    else if (access.does === 'write')
      this.build.emit({ kind: 'write', at, place: place.value, marked: true, value: access.value(zero, a, b) });
    else this.build.emit({ kind: 'modify', at, place: place.value, value: access.value({ kind: 'local', name: oldValue }, a, b), into });
    return access.result ? { value: access.result(old, a, b), type: wanted } : noResult;
  }

  /** The place of an access, which must be of a type that it takes. */
  private accessed(node: ts.Expression, place: Typed, { of }: AccessOperation): Typed {
    const { kind } = place.type;
    if (of !== 'any' && place.value.kind !== 'length') this.expect(node, place.type, of === 'number' ? number : completion);
    else if (place.value.kind === 'length' || (kind !== 'number' && kind !== 'reference' && kind !== 'unknown'))
      this.names.refuse(node, `${this.names.quote(node)} is not a number or a pointer in memory`);
    return place;
  }

  private waitFor(node: ts.CallExpression, { interruptible, idle }: { interruptible: boolean; idle: boolean }): Typed {
    this.names.count(node, { least: 2 });
    this.placeFor(node.arguments[0]!, queue);
    const signal = interruptible ? this.build.temporary() : '';
    this.build.emit({
      kind: 'wait',
      at: this.names.at(node),
      condition: this.arrow(node.arguments[1]!, 'the condition of a wait'),
      signal,
      idle,
    });
    return signal === '' ? noResult : { value: { kind: 'local', name: signal }, type: number };
  }

  /** `() => condition`, looked at as a whole. */
  protected arrow(node: ts.Expression, what: string): Expression {
    return this.names.problems.recover(() => {
      if (!ts.isArrowFunction(node) || ts.isBlock(node.body) || node.parameters.length > 0)
        return this.names.refuse(node, `${what} is written () => expression`);
      return this.wholeCondition(node.body);
    }, zero);
  }

  private waitForCompletion(node: ts.CallExpression, interruptible: boolean): Typed {
    this.names.count(node, { least: 1 });
    const done = this.placeFor(node.arguments[0]!, completion);
    const signal = interruptible ? this.build.temporary() : '';
    const old: Expression = { kind: 'local', name: oldValue };
    const condition = operation('>', done, zero);
    this.build.emit({ kind: 'wait', at: this.names.at(node), condition, signal, idle: false, update: { place: done, value: usedUp(old) } });
    return signal === '' ? noResult : { value: { kind: 'local', name: signal }, type: number };
  }

  private ignore(node: ts.CallExpression, takes: readonly Type[]): Typed {
    this.names.count(node, { least: takes.length });
    for (const [i, type] of takes.entries()) this.placeFor(node.arguments[i]!, type);
    return { value: zero, type: this.names.text(node.expression) === 'init_srcu_struct' ? number : nothing };
  }

  private sleep(node: ts.CallExpression, name: string): Typed {
    this.given(node, name === 'msleep' ? [number] : []);
    this.build.emit({ kind: 'sleep', at: this.names.at(node), name });
    return noResult;
  }

  protected wholeCall(node: ts.CallExpression): Typed {
    const name = ts.isIdentifier(node.expression) ? node.expression.text : '';
    if (name === 'unfinished' && this.isScenario) {
      this.names.count(node, { least: 1 });
      const { value, type } = this.expression(node.arguments[0]!);
      if (type.kind !== 'reference' && type.kind !== 'unknown')
        this.names.tell(node.arguments[0]!, `${this.names.quote(node.arguments[0]!)} is not an object`);
      return { value: operation('unfinished', value), type: number };
    }
    const access = accessOperations.get(name);
    if (access?.does !== 'read') return this.names.refuse(node, 'a condition that is one step calls nothing but READ_ONCE and its kin');
    this.names.count(node, { least: access.arguments });
    const target = node.arguments[access.place]!;
    const place = this.accessed(target, this.wholePlace(target), access);
    const [a = zero] = node.arguments
      .filter((_, i) => i !== access.place)
      .map((argument) => {
        const given = this.whole(argument);
        this.expect(argument, given.type, number);
        return given.value;
      });
    return { value: access.result!(place.value, a, zero), type: access.of === 'any' ? place.type : number };
  }

  private choose(node: ts.CallExpression): Typed {
    if (node.arguments.length === 0) this.names.refuse(node, 'choose takes the values to choose from');
    let type: Type = unknown;
    const from = node.arguments.map((argument) => {
      const option = this.expression(argument);
      type = type.kind === 'unknown' ? option.type : this.join(argument, option.type, type);
      return option.value;
    });
    if (!isTruth(type)) this.expect(node.arguments[0]!, type, number);
    const into = this.build.temporary();
    this.build.emit({ kind: 'choose', at: this.names.at(node), into, from });
    return { value: { kind: 'local', name: into }, type };
  }

  private chooseElement(node: ts.CallExpression, excepting: boolean): Typed {
    this.names.count(node, { least: excepting ? 2 : 1 });
    const [array, other] = node.arguments;
    const list = this.expression(array!);
    const element = list.type.kind === 'array' ? asReference(list.type.of) : unknown;
    if (list.type.kind !== 'unknown' && (list.type.kind !== 'array' || list.type.of.kind !== 'object'))
      this.names.tell(array!, `${this.names.quote(array!)} is not an array of objects`);
    const except = other && excepting ? this.operand(other, element) : undefined;
    const into = this.build.temporary();
    this.build.emit({ kind: 'choose', at: this.names.at(node), into, from: list.value, ...(except && { except }) });
    return { value: { kind: 'local', name: into }, type: element };
  }

  /** `assert(condition, text, property)`; the text and the property are literals. */
  private claim(node: ts.CallExpression): Typed {
    this.names.count(node, { least: 1, most: 3 });
    const condition = node.arguments[0]!;
    // Over locals alone it is looked at in one piece, so that a claim nobody asks for leaves nothing behind.
    const value = readsMemory(condition) ? this.condition(condition) : this.wholeCondition(condition);
    this.build.emit({ kind: 'claim', at: this.names.at(node), condition: value, ...this.claimed(node, condition) });
    return noResult;
  }

  /** What is said of a claim: its property and its text, which is the condition itself if there is no other. */
  protected claimed({ arguments: given }: ts.CallExpression, condition: ts.Node): { readonly property: string; readonly text: string } {
    const [text, property] = given.slice(1, 3).map((argument) => this.names.problems.recover(() => this.literal(argument), undefined));
    if (property && !claimProperties.has(property.text))
      this.names.tell(property, `a claim is about one of ${[...claimProperties].join(', ')}`);
    return { property: property?.text ?? 'assert', text: text?.text ?? this.names.text(condition) };
  }

  protected literal(node: ts.Expression): ts.StringLiteralLike {
    return ts.isStringLiteralLike(node) ? node : this.names.refuse(node, 'a text in quotes is expected here');
  }
}

function readsMemory(node: ts.Node): boolean {
  return (
    ts.isCallExpression(node) ||
    ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) ||
    (ts.forEachChild(node, readsMemory) ?? false)
  );
}
