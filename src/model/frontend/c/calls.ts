import { signOf } from '../../ir/comparisons.ts';
import { bitApi } from '../../ir/bit-api.ts';
import { conditionWaits, interruptApi, lockApi, type LockOperation } from '../../ir/lock-api.ts';
import { ANY, NEGATIVE, POSITIVE, ZERO, flagsKey, type Toggle, type LockRef, type Release } from '../../ir/program.ts';
import { flagQuestions } from '../../ir/sleep-api.ts';
import type { Range } from '../../source/location.ts';
import { flagsOf } from './allocation-flags.ts';
import { BitLowering } from './bits.ts';
import { argumentsOf, deepestMacro, expandText, type Frame, operator, peel, placeText, text } from './frame.ts';
import { guardCode, knownGuard } from './guards.ts';
import { classAnnotations, isAllocation, isOfMany, lockTypes } from './kernel-names.ts';
import { lockMakers, nestsAs } from './made-locks.ts';
import { isNeverSaved } from './never-saved.ts';
import { childOf, type Node } from './syntax.ts';
import type { CType } from './types.ts';

/** What an expression's value is known by. */
export interface Value {
  readonly values: number;
  readonly key: string;
}

export const unknownValue: Value = { values: ANY, key: '' };

/** What gives a place a new value, as its first argument. */
const stores = /^(?:WRITE_ONCE|smp_store_release|smp_store_mb|rcu_assign_pointer|RCU_INIT_POINTER)$/;

/** Calls and assignments: lock operations, guards, macros that wrap them, and what makes an object reachable by others. */
export abstract class CallLowering extends BitLowering {
  /** Lock classes whose instances are told apart for lockdep. */
  readonly annotated: string[] = [];
  /** Locks that are made here. */
  readonly made: { readonly lock: LockRef; readonly nests?: boolean }[] = [];
  /** Variables that point to a struct, with its type. */
  readonly pointers = new Map<string, string>();
  /** Where macros were not followed to their end. */
  readonly cuts: number[] = [];
  private temporaries = 0;
  /** Variables that are NULL somewhere in the function. */
  private readonly nulled = new Set([...this.frame.source.matchAll(/(\w+)\s*=\s*NULL\b/g)].map(([, variable]) => variable!));
  /** The statement that is being lowered, if that is an expression. */
  protected statementCall: Node | undefined;

  protected abstract statement(node: Node): void;
  protected abstract block(node: Node): void;
  protected abstract branch(node: Node, yes: number, no: number): void;
  protected abstract choose(node: Node, take: (side: Node) => void): void;

  protected assignment(node: Node, left: Node): void {
    const right = childOf(node, 'right');
    if (left.type !== 'identifier') this.expression(left);
    if (!right) return;
    this.bindsByAssignment(left, right);
    if (operator(node, this.frame) !== '=') {
      this.expression(right);
      const target = placeText(left, this.frame);
      const change = this.changedBits(operator(node, this.frame), right);
      if (change) for (const bits of change) this.changeBits(target, bits, node);
      else this.emit({ kind: 'assign', at: this.at(node), target, values: ANY, same: '' });
      return;
    }
    // `*out = 0` says nothing of `out`; but what is allocated is reached through it.
    const place = placeText(left, this.frame);
    this.assign(place.replace(/^\*&/, ''), right, node, place.replace(/^\*&?/, ''));
    const stored = peel(right, this.frame);
    if (stored.type === 'identifier' && this.region.scope.find(text(stored, this.frame))) {
      this.emit({ kind: 'publish', at: this.at(node), variable: text(stored, this.frame) });
    }
    this.points(left, right);
  }

  protected assign(target: string, value: Node, node: Node, allocated = target): void {
    const chosen = peel(value, this.frame);
    if (chosen.type === 'conditional_expression' && childOf(chosen, 'consequence') && hasCall(chosen)) {
      this.choose(chosen, (side) => this.assign(target, side, node, allocated));
      return;
    }
    const result = this.value(value);
    const number = this.exact(value);
    const known = number !== undefined && { number };
    this.emit({ kind: 'assign', at: this.at(node), target, values: result.values, same: result.key, ...known });
    if (/gfp/i.test(text(value, this.frame))) {
      const flags = flagsOf(value, this.frame, this.x);
      this.emit({ kind: 'assign', at: this.at(node), target: flagsKey(target), values: flags.values, same: flags.key });
    }
    const call = peel(value, this.frame);
    const name = call.type === 'call_expression' ? text(childOf(call, 'function'), this.frame) : '';
    if (isAllocation(name))
      this.emit({ kind: 'allocate', at: this.at(node), variable: allocated, ...(isOfMany(name) && { isOfMany: true }) });
  }

  /** `WRITE_ONCE(x->state, 1)`: an assignment in other words. */
  private storeOnce(place: Node, value: Node, node: Node): void {
    const number = this.exact(value);
    const known = number === undefined ? { values: ANY } : { values: signOf(number), number };
    this.emit({ kind: 'assign', at: this.at(node), target: placeText(place, this.frame), same: '', ...known });
  }

  protected pointsTo(variable: string, type: CType): void {
    if (type.depth === 1 && type.name !== '' && this.frame.depth === 0) this.pointers.set(variable, type.name);
  }

  protected call(node: Node): Value {
    const callee = childOf(node, 'function');
    const args = argumentsOf(node);
    if (!callee) return unknownValue;
    const name = callee.type === 'identifier' ? text(callee, this.frame) : '';
    if (callee.type === 'call_expression') {
      const head = text(childOf(callee, 'function'), this.frame);
      const [kind, variable] = argumentsOf(callee).map((argument) => text(argument, this.frame));
      if (head === 'guard' && kind !== undefined) {
        this.guard(kind, args, node);
        return unknownValue;
      }
      if (
        head === 'CLASS' &&
        kind !== undefined &&
        variable !== undefined &&
        (knownGuard(kind) ?? guardCode(this.x.unit, kind, [], variable))
      ) {
        this.guard(kind, args, node, variable);
        return unknownValue;
      }
    }
    if (callee.type === 'call_expression') {
      const pointer = this.x.staticCall(callee, this.frame);
      if (pointer.length > 0) {
        for (const argument of args) this.expression(argument);
        const result = this.temporary(node);
        this.emit({ kind: 'call', at: this.at(node), pointer, arguments: args.map((argument) => this.argument(argument)), result });
        return { values: ANY, key: result };
      }
    }
    if (classAnnotations.has(name) && args[0])
      this.annotated.push(this.x.lockAt(args[0], this.frame, this.region.scope, 'mutex').lockClass);
    if (conditionWaits.has(name)) this.forgetShared(node);
    this.waitsForBits(name, node);
    if (stores.test(name) && args[1]) this.storeOnce(args[0]!, args[1], node);
    const maker = lockMakers.get(name);
    if (maker) this.make(args[maker.lock], args[maker.kind]);
    if (name !== '' && !this.region.scope.find(name)) {
      this.sleeps(name, args, node);
      this.registers(name, args);
      this.runsElsewhere(name, args, node);
    }
    const chosen = peel(callee, this.frame);
    if (chosen.type === 'conditional_expression') return this.chosenCall(chosen, node);
    if (this.neverReturns(name)) {
      for (const argument of args) this.expression(argument);
      this.current = this.open();
      return unknownValue;
    }
    const operation = this.operationOf(name, args);
    if (operation) return this.lockCall(name, operation, args, node);
    const onBit = this.isHosted ? undefined : bitApi.get(name);
    if (onBit) return this.bitCall(onBit, args, node);
    const toggle = this.isHosted ? undefined : interruptApi.get(name);
    if (toggle) {
      this.emit({ kind: 'toggle', at: this.at(node), ...toggle, ...this.flags(toggle.interrupts, args[0]) });
      return unknownValue;
    }
    if (name !== '' && !this.region.scope.find(name) && this.isMacro(name) && !this.frame.macros?.includes(name)) {
      if (this.matters(name) || args.some((argument) => this.mayRefuse(argument))) return this.expand(name, node);
      if (this.hasEffect(name)) this.expand(name, node);
      else for (const argument of args) this.expression(argument);
      return /^(ERR_PTR|ERR_CAST)$/.test(name) ? { values: NEGATIVE, key: '' } : { values: ANY, key: placeText(node, this.frame) };
    }
    if (name === 'PTR_ERR' && args[0]) return this.value(args[0]);
    if (flagQuestions.has(name) && args[0]) return flagsOf(args[0], this.frame, this.x);
    for (const argument of args) this.expression(argument);
    if (/^(ERR_PTR|ERR_CAST)$/.test(name)) return { values: NEGATIVE, key: '' };
    const result = this.temporary(node);
    const direct = name !== '' && !this.region.scope.find(name);
    if (direct && !this.matters(name) && !args.some((a) => this.isFunctionName(a))) {
      if (this.hasEffect(name))
        this.emit({ kind: 'call', at: this.at(node), name, arguments: args.map((argument) => this.argument(argument)), result });
      this.lends(args, node);
      this.published(name, args);
      return { values: ANY, key: placeText(node, this.frame) };
    }
    const pointer = direct ? undefined : this.x.functionsAt(callee, this.frame, this.region.scope);
    this.emit({
      kind: 'call',
      at: this.at(node),
      ...(direct ? { name } : { pointer: pointer ?? [] }),
      arguments: args.map((argument) => this.argument(argument)),
      result,
    });
    this.lends(args, node);
    this.published(name, args);
    return { values: ANY, key: result };
  }

  /** What is called with the address of a local, `fill(box, &count)`, may give that another value. */
  private lends(args: readonly Node[], node: Node): void {
    for (const argument of args) {
      const isAddress = argument.type === 'pointer_expression' && operator(argument, this.frame) === '&';
      const target = isAddress ? childOf(argument, 'argument') : undefined;
      const local = target?.type === 'identifier' ? this.region.scope.find(text(target, this.frame)) : undefined;
      if (!target || !local || local.parameter >= 0) continue;
      const { name, depth } = local.type;
      const isValue = depth > 0 || !(name === '' || name.startsWith('struct ') || name.startsWith('union ') || lockTypes.has(name));
      if (isValue) this.emit({ kind: 'assign', at: this.at(node), target: text(target, this.frame), values: ANY, same: '', isLent: true });
    }
  }

  /** An argument that takes a lock, or does not: what the macro makes of its result decides. */
  private mayRefuse(node: Node): boolean {
    const operation = node.type === 'call_expression' ? lockApi.get(text(childOf(node, 'function'), this.frame)) : undefined;
    return operation ? operation.isZero === true || operation.success !== 'always' : node.children.some((child) => this.mayRefuse(child));
  }

  private make(node: Node | undefined, kind: Node | undefined): void {
    if (!node || !kind) return;
    const nests = nestsAs(text(kind, this.frame), this.frame.source);
    this.made.push({ lock: this.x.lockAt(node, this.frame, this.region.scope, 'mutex'), ...(nests !== undefined && { nests }) });
  }

  /** A program of user space may call anything by a name of the kernel's: there it is an operation only if it is given a lock. */
  private operationOf(name: string, args: readonly Node[]): LockOperation | undefined {
    const operation = lockApi.get(name);
    if (!operation || operation.isHosted || operation.argument < 0 || !this.isHosted) return operation;
    const argument = args[operation.argument];
    const type = argument && this.x.typeOf(argument, this.frame, this.region.scope).name;
    if (type === undefined || (type !== '' && !lockTypes.has(type))) return undefined;
    const { kind } = operation;
    return { ...operation, kind: kind === 'rwsem' || kind === 'rwlock' ? 'user-rwlock' : kind };
  }

  /** `(write ? up_write : up_read)(&x->lock)`: either of two functions is called. */
  private chosenCall(chosen: Node, node: Node): Value {
    const from = this.current;
    const after = this.open();
    for (const side of ['consequence', 'alternative']) {
      const callee = childOf(chosen, side);
      if (!callee) continue;
      this.current = this.open();
      this.edge(from, this.current);
      this.call({ ...node, children: [{ ...callee, field: 'function' }, ...node.children.filter((child) => child.field !== 'function')] });
      this.edge(this.current, after);
    }
    this.current = after;
    return unknownValue;
  }

  protected override temporary(node: Node): string {
    return this.frame.depth === 0 ? `@${node.start}` : `@${node.start}.${this.temporaries++}`;
  }

  /** Handing an object's address on together with another's, or to something that registers it, makes it reachable. */
  protected published(name: string, args: readonly Node[]): void {
    const roots = args.map((argument) => /^&?\(?&?(\w+)/.exec(text(argument, this.frame).replace(/\s+/g, ''))?.[1] ?? '');
    const stores = /^(rcu_assign_pointer|WRITE_ONCE|smp_store_release|fd_install)$/.test(name);
    const registers = /register|_add$|^add_|insert|publish|enqueue|schedule|queue_|install|attach|start|submit|call_rcu/.test(name);
    for (const [i, argument] of args.entries()) {
      const variable = roots[i]!;
      const declared = variable === '' ? undefined : this.region.scope.find(variable);
      if (!declared || declared.parameter >= 0) continue;
      const beside = args.some(
        (other, j) => j !== i && roots[j] !== variable && roots[j] !== '' && (stores || /^\(*&/.test(text(other, this.frame).trim())),
      );
      if (registers || beside) this.emit({ kind: 'publish', at: this.at(argument), variable });
    }
  }

  protected lockCall(name: string, operation: LockOperation, args: readonly Node[], node: Node): Value {
    for (const argument of args) if (hasCall(argument)) this.expression(argument);
    const argument = operation.argument < 0 ? undefined : args[operation.argument];
    const lock: LockRef = argument ? this.x.lockAt(argument, this.frame, this.region.scope, operation.kind) : lockNamed(operation);
    const at = this.at(node);
    const result = this.temporary(node);
    const { mode, wait } = operation;
    const interrupts = this.isHosted ? undefined : operation.interrupts;
    const off = { name, ...(interrupts && { interrupts }), ...this.flags(interrupts, args[operation.argument + 1]) };
    if (operation.does === 'release') {
      const isUnsaved = off.flags !== undefined && isNeverSaved(off.flags, this.whole.source, this.whole.file, this.x.unit);
      const marks = { ...(operation.isOfEither && { isOfEither: true }), ...(isUnsaved && { isUnsaved }) };
      this.emit({ kind: 'release', at, lock, mode, ...marks, ...off });
    } else if (operation.does === 'sync') this.emit({ kind: 'sync', at, lock, name });
    else {
      const subclass = operation.subclass < 0 ? '' : text(args[operation.subclass], this.frame);
      this.emit({
        kind: 'acquire',
        at,
        lock,
        mode,
        success: operation.success,
        isTry: operation.isTry,
        result,
        subclass: subclass === '0' ? '' : subclass,
        ...(operation.isHandedOn && { isHandedOn: true }),
        ...(operation.isAsMade && { isAsMade: true }),
        ...(operation.success !== 'always' && this.statementCall === node && { isUnasked: true }),
        ...off,
        ...(wait && { wait }),
      });
    }
    if (argument) this.follow(argument);
    return operation.isZero ? { values: ZERO, key: '' } : { values: ANY, key: result };
  }

  /** What a lock is reached through is not NULL from here on, which matters where it may be. */
  private follow(argument: Node): void {
    const name = /^&?(?:\w+\()?(\w+)\)?(?=->|$)/.exec(text(argument, this.frame))?.[1];
    if (name === undefined || !this.nulled.has(name) || (this.region.scope.find(name)?.type.depth ?? 0) === 0) return;
    const next = this.open();
    this.edge(this.current, next, [{ key: name, values: POSITIVE | NEGATIVE }]);
    this.current = next;
  }

  /** The variable that interrupts are saved in, if it is one that nobody else sees. */
  private flags(interrupts: Toggle['interrupts'] | undefined, node: Node | undefined): { readonly flags?: string } {
    if (interrupts !== 'irqsave' || node?.type !== 'identifier') return {};
    const name = text(node, this.frame);
    return this.region.scope.find(name)?.parameter === -1 ? { flags: name } : {};
  }

  /** Enters a guard's scope, which the region that is open leaves. Gives the block where a conditional guard has failed. */
  protected guard(kind: string, args: readonly Node[], node: Node, variable = anonymous): number | undefined {
    const at = this.at(node);
    const end = { start: at.end, end: at.end };
    const operation = knownGuard(kind);
    if (operation) {
      const argument = operation.argument < 0 ? undefined : args[operation.argument];
      // A conditional guard that fails leaves its scope: inside it the lock is held.
      this.held(argument ? this.x.lockAt(argument, this.frame, this.region.scope, operation.kind) : lockNamed(operation), operation, at);
      return undefined;
    }
    const values = args.map((argument) => text(argument, this.frame));
    const code = guardCode(this.x.unit, kind, values, variable);
    if (!code) {
      this.held({ ...lockNamed(unknownGuard), place: `guard(${kind})` }, unknownGuard, at);
      return undefined;
    }
    if (code.type !== undefined && variable !== anonymous)
      this.region.scope.declare(variable, { type: this.x.types.written(code.type), parameter: -1, functions: [], lock: undefined });
    let failed: number | undefined;
    if (code.condition === undefined) this.lowerText(code.enter, this.frame, at);
    else {
      failed = this.open();
      this.conditionally(code.condition, failed, at);
    }
    const { frame, region } = this;
    region.cleanups.push(() => {
      const outer = this.region;
      this.region = { scope: region.scope, cleanups: [], outer: undefined };
      this.lowerText(code.leave, frame, end);
      this.region = outer;
    });
    return failed;
  }

  private held(lock: LockRef, operation: Pick<LockOperation, 'mode' | 'isTry' | 'interrupts' | 'wait'>, at: Range): void {
    const { mode, isTry, interrupts, wait } = operation;
    const off = { ...(interrupts && { interrupts }), ...(interrupts === 'irqsave' && { flags: `${lock.place}@${at.start}` }) };
    this.emit({ kind: 'acquire', at, lock, mode, success: 'always', isTry, result: '', subclass: '', ...off, ...(wait && { wait }) });
    const release: Release = { kind: 'release', at: { start: at.end, end: at.end }, lock, mode, ...off };
    this.region.cleanups.push(() => {
      this.emit(release);
    });
  }

  /** Lowers C that stands elsewhere as if it stood here; names mean what they mean in the frame. */
  private lowerText(source: string, frame: Frame, at: Range): void {
    if (frame.depth > deepestMacro) this.cuts.push(at.start);
    const parsed = frame.depth > deepestMacro ? undefined : this.x.statements(source);
    if (!parsed) return;
    const outer = this.frame;
    this.frame = { ...frame, source: parsed.source, at, depth: frame.depth + 1 };
    this.inside(() => parsed.block.children.forEach((child) => this.statement(child)));
    this.frame = outer;
  }

  /** Goes on where an expression that stands elsewhere is true. */
  private conditionally(source: string, otherwise: number, at: Range): void {
    const parsed = this.frame.depth > deepestMacro ? undefined : this.x.statements(source);
    const condition = parsed?.block.children[0]?.children[0];
    if (!condition) return;
    const outer = this.frame;
    const met = this.open();
    this.frame = { ...outer, source: parsed.source, at, depth: outer.depth + 1 };
    this.branch(condition, met, otherwise);
    this.frame = outer;
    this.current = met;
  }

  /** Lowers a macro's replacement in place of its call; both definitions where the configuration decides. */
  protected expand(name: string, node: Node): Value {
    const definitions = this.x.unit.macros(name, this.frame.file).filter((d) => d.item.parameters && this.x.unit.conditionsOf(d));
    if (this.frame.depth > deepestMacro) {
      this.cuts.push(this.at(node).start);
      return unknownValue;
    }
    const values = argumentsOf(node).map((argument) => text(argument, this.frame));
    const outer = this.frame;
    const from = this.current;
    const after = this.open();
    let result: Value = unknownValue;
    const slot = definitions.length > 1 ? this.temporary(node) : '';
    for (const definition of definitions) {
      const body = expandText(definition, values).trim();
      const parsed = this.x.statements(body);
      const block = parsed?.block;
      const entry = this.open();
      this.edge(from, entry, this.x.unit.conditionsOf(definition));
      this.current = entry;
      if (block) {
        this.frame = {
          source: parsed.source,
          file: outer.file,
          at: outer.at ?? { start: node.start, end: node.end },
          depth: outer.depth + 1,
          macros: [...(outer.macros ?? []), name],
        };
        const only =
          block.children.length === 1 ||
          (block.children.length === 2 && block.children[1]!.type === 'expression_statement' && block.children[1]!.children.length === 0)
            ? block.children[0]
            : undefined;
        if (only?.type === 'expression_statement' && only.children[0]) {
          const value = this.value(only.children[0]);
          if (definitions.length === 1) result = value;
          else if (value.values !== ANY || value.key !== '') {
            result = { values: ANY, key: slot };
            this.emit({ kind: 'assign', at: this.at(node), target: slot, values: value.values, same: value.key });
          }
        } else this.inside(() => block.children.forEach((child) => this.statement(child)));
        this.frame = outer;
      }
      this.edge(this.current, after);
    }
    if (definitions.length === 0) this.edge(from, after);
    this.current = after;
    return result;
  }
}

/** Name of the variable of a guard that its user does not name. */
const anonymous = '_T';

/** A guard of which nothing was read: that a lock is held is all there is to say. */
const unknownGuard = { kind: 'mutex', mode: 'exclusive', isTry: false, lockClass: '' } as const;

/** The lock of an operation that is given none. */
function lockNamed({ lockClass, kind }: Pick<LockOperation, 'lockClass' | 'kind'>): LockRef {
  return { lockClass, parameter: -1, place: lockClass, root: '', rootParameter: -1, kind };
}

export function hasCall(node: Node): boolean {
  return node.type === 'call_expression' || node.type === 'assignment_expression' || node.children.some(hasCall);
}
