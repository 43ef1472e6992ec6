import type { FunctionValue, LockKind, LockRef } from '../../ir/program.ts';
import {
  argumentOf,
  argumentsOf,
  argumentText,
  balanced,
  deepestAnswer,
  deepestMacro,
  each,
  expandText,
  type Frame,
  isBare,
  operator,
  peel,
  placeText,
  Scope,
  text,
} from './frame.ts';
import { cpuOf, eitherCpu, memoryCpu } from './cpus.ts';
import { lockApi } from '../../ir/lock-api.ts';
import { Constants } from './constants.ts';
import { lockAliases, lockTypes, transparent, typeByArgument } from './kernel-names.ts';
import { rewrite } from './rewrite.ts';
import { holderOf, tablesAt } from './tables.ts';
import { childOf, type Node, type SyntaxParser } from './syntax.ts';
import { unknownType, declare, type CType, type Types } from './types.ts';
import type { Unit } from './unit.ts';

/** Functions that return a lock, called by one another, and how long one may be in characters: a getter is short. */
const deepestGetter = 4;
const longestGetter = 1500;
/** Parsed expansions of macros that are kept, and as many of those before them. */
const keptExpansions = 2000;

/** What expressions denote: their types, the locks and functions they point to. Answers only, no steps. */
export class Expressions {
  /** Names of functions whose bodies were read for an answer. */
  read = new Set<string>();
  readonly constants: Constants;
  private expansions = new Map<string, Node | undefined>();
  /** Those that were asked for before. */
  private earlierExpansions = new Map<string, Node | undefined>();
  private readonly ofCpu = new Map<string, boolean>();
  private staticPrefixes: readonly { prefix: string; owner: string }[] | undefined;

  constructor(
    readonly unit: Unit,
    readonly types: Types,
    private readonly parser: SyntaxParser,
  ) {
    this.constants = new Constants(unit);
  }

  typeOf(node: Node, frame: Frame, scope: Scope): CType {
    switch (node.type) {
      case 'identifier':
        return this.nameType(node, frame, scope);
      case 'field_expression':
        return this.fieldOf(node, frame, scope)?.type ?? unknownType;
      case 'pointer_expression': {
        const type = this.typeOf(argumentOf(node), frame, scope);
        return { name: type.name, depth: operator(node, frame) === '*' ? Math.max(type.depth - 1, 0) : type.depth + 1 };
      }
      case 'subscript_expression': {
        const type = this.typeOf(argumentOf(node), frame, scope);
        return { name: type.name, depth: Math.max(type.depth - 1, 0) };
      }
      case 'cast_expression':
      case 'compound_literal_expression': {
        const type = childOf(node, 'type');
        return type ? this.types.descriptor(type, frame.source) : unknownType;
      }
      case 'parenthesized_expression':
        return node.children[0] ? this.typeOf(node.children[0], frame, scope) : unknownType;
      case 'compound_statement':
        return this.blockType(node, frame, scope);
      case 'expression_statement':
        return node.children[0] ? this.typeOf(node.children[0], frame, scope) : unknownType;
      case 'conditional_expression': {
        const type = this.typeOf(childOf(node, 'consequence') ?? childOf(node, 'condition')!, frame, scope);
        const other = childOf(node, 'alternative');
        return type.name === '' && other ? this.typeOf(other, frame, scope) : type;
      }
      case 'assignment_expression':
      case 'binary_expression':
      case 'comma_expression': {
        const side = childOf(node, node.type === 'comma_expression' ? 'right' : 'left');
        return side ? this.typeOf(side, frame, scope) : unknownType;
      }
      case 'call_expression':
        return this.callType(node, frame, scope);
      default:
        return unknownType;
    }
  }

  /** The lock that an expression of pointer type points to. */
  lockAt(node: Node, frame: Frame, scope: Scope, kind: LockKind): LockRef {
    const place = placeText(node, frame);
    const unresolved: LockRef = { lockClass: '', parameter: -1, place, root: '', rootParameter: -1, kind };
    if (frame.depth > deepestAnswer) return unresolved;
    const target = peel(node, frame);
    const root = this.root(target, frame);
    const variable = root === '' ? undefined : scope.find(root);
    const cpu = memoryCpu(target, frame, scope, this) ?? cpuOf(target, frame, scope, this);
    const named = (lockClass: string, { name: type }: CType = unknownType): LockRef => ({
      ...(lockTypes.has(type) && { type: lockAliases.get(type) ?? type }),
      ...(cpu && { cpu }),
      lockClass,
      parameter: -1,
      place,
      root,
      rootParameter: variable?.parameter ?? -1,
      kind,
    });
    switch (target.type) {
      case 'field_expression': {
        const field = this.fieldOf(target, frame, scope);
        const name = text(childOf(target, 'field'), frame);
        if (field) return named(`${field.owner}.${name}${field.type.depth > 0 && isBare(node) ? ' (pointer)' : ''}`, field.type);
        // A wrapper type of one lock (`sl->lock` of a seqlock) inside an unknown aggregate stays unknown.
        return { ...unresolved, root, rootParameter: variable?.parameter ?? -1 };
      }
      case 'identifier': {
        if (variable) {
          if (variable.lock) return { ...variable.lock, kind };
          if (variable.parameter >= 0 && variable.type.depth > 0) return { ...named(''), parameter: variable.parameter };
          return { ...unresolved, root, rootParameter: variable.parameter };
        }
        const name = text(target, frame);
        const expanded = this.expandObject(name, frame);
        if (expanded) return { ...this.lockAt(expanded.node, expanded.frame, scope, kind), place };
        return this.unit.lookup('function', name).length > 0
          ? unresolved
          : named(this.globalName(name, frame.file), this.types.global(name, frame.file));
      }
      case 'subscript_expression': {
        const array = this.lockAt(argumentOf(target), frame, scope, kind);
        return { ...array, lockClass: array.lockClass.replace(/ \(pointer\)$/, ''), place };
      }
      case 'call_expression': {
        const callee = childOf(target, 'function');
        const name = callee?.type === 'identifier' ? text(callee, frame) : '';
        const passed = transparent.get(name);
        const args = argumentsOf(target);
        if (passed !== undefined && args[passed]) return { ...this.lockAt(args[passed], frame, scope, kind), place };
        const expanded = this.expandCall(target, frame);
        if (expanded) return { ...this.lockAt(expanded.node, expanded.frame, scope, kind), place };
        const returned = this.returnedLock(name, args, frame, scope, kind);
        return returned ? { ...returned, place } : unresolved;
      }
      case 'conditional_expression': {
        const first = childOf(target, 'consequence');
        return first ? { ...this.lockAt(first, frame, scope, kind), place } : unresolved;
      }
      case 'compound_statement': {
        const inner = this.blockScope(target, frame, scope);
        const last = target.children[target.children.length - 1];
        const value = last?.type === 'expression_statement' ? last.children[0] : undefined;
        return value ? { ...this.lockAt(value, frame, inner, kind), place } : unresolved;
      }
      default:
        return unresolved;
    }
  }

  /** Functions that an expression may point to. */
  functionsAt(node: Node, frame: Frame, scope: Scope): readonly FunctionValue[] {
    const target = peel(node, frame);
    if (target.type === 'identifier') {
      const name = text(target, frame);
      const variable = scope.find(name);
      if (variable)
        return variable.functions.length > 0 || variable.parameter < 0
          ? variable.functions
          : [{ kind: 'parameter', index: variable.parameter }];
      return this.unit.lookup('function', name).length > 0 ? [{ kind: 'function', name }] : [];
    }
    if (target.type === 'field_expression') {
      const field = this.fieldOf(target, frame, scope);
      if (!field) return [];
      const holder = operator(target, frame) === '->' ? holderOf(argumentOf(target), frame, scope, this) : undefined;
      return [{ kind: 'field', field: `${field.owner}.${text(childOf(target, 'field'), frame)}`, ...(holder !== undefined && { holder }) }];
    }
    if (target.type === 'subscript_expression') return this.functionsAt(argumentOf(target), frame, scope);
    if (target.type === 'conditional_expression') {
      const values: FunctionValue[] = [];
      for (const side of ['consequence', 'alternative']) {
        const value = childOf(target, side);
        if (value) values.push(...this.functionsAt(value, frame, scope));
      }
      return values;
    }
    if (target.type === 'call_expression') {
      const callee = childOf(target, 'function');
      const passed = callee ? transparent.get(text(callee, frame)) : undefined;
      const argument = passed === undefined ? undefined : argumentsOf(target)[passed];
      return argument ? this.functionsAt(argument, frame, scope) : [];
    }
    return [];
  }

  /** What `static_call(name)` may run: the function it was defined with, or a field of the ops that fill it in. */
  staticCall(callee: Node, frame: Frame): readonly FunctionValue[] {
    let at: { node: Node; frame: Frame } | undefined = { node: callee, frame };
    for (let i = 0; at && i < deepestMacro; i++) {
      const name = text(childOf(at.node, 'function'), at.frame);
      if (name === 'static_call' || name === 'static_call_cond' || name === 'static_call_mod')
        return this.staticTargets(text(argumentsOf(at.node)[0], at.frame));
      at = this.expandCall(at.node, at.frame);
      if (at?.node.type !== 'call_expression') return [];
    }
    return [];
  }

  private staticTargets(name: string): readonly FunctionValue[] {
    for (const { file, item } of this.unit.definedByMacro(name)) {
      const initial = /^\(\s*\w+\s*,\s*(\w+)\s*\)/.exec(file.text.slice(item.body, item.end))?.[1];
      if (/STATIC_CALL/.test(item.name) && initial !== undefined) return [{ kind: 'function', name: initial }];
    }
    this.staticPrefixes ??= [...this.unit.each('macro')].flatMap(({ file, item }) => {
      // DEFINE_STATIC_CALL_NULL(prefix##op, *(((struct ops *)0)->op)), once for every op of a list.
      const found = /DEFINE_STATIC_CALL\w*\(\s*(\w+?)##\w+\s*,[\s*(]*struct (\w+)\s*\*\s*\)\s*0\s*\)->/.exec(
        file.text.slice(item.body, item.end),
      );
      return found ? [{ prefix: found[1]!, owner: `struct ${found[2]!}` }] : [];
    });
    const values: FunctionValue[] = [];
    for (const { prefix, owner } of this.staticPrefixes) {
      const field = name.slice(prefix.length);
      if (name.startsWith(prefix) && this.types.field(owner, field)) values.push({ kind: 'field', field: `${owner}.${field}` });
    }
    return values;
  }

  /** Expands a call of a function-like macro; undefined if it is none, or no expression. */
  expandCall(node: Node, frame: Frame): { node: Node; frame: Frame } | undefined {
    const callee = childOf(node, 'function');
    if (callee?.type !== 'identifier' || frame.depth > deepestMacro) return undefined;
    const name = text(callee, frame);
    const definition = this.unit.macros(name, frame.file).find((d) => d.item.parameters);
    if (!definition || this.unit.lookup('function', name).length > 0) return undefined;
    return this.expression(
      expandText(
        definition,
        argumentsOf(node).map((a) => text(a, frame)),
      ),
      frame,
      node,
    );
  }

  /** Parses statements from an expanded macro, and the text their offsets are of. */
  statements(source: string): { block: Node; source: string } | undefined {
    const whole = `void f(void){${source};}`;
    const block = this.parsed(whole, (root) => root.children[0] && childOf(root.children[0], 'body'));
    return block && { block, source: whole };
  }

  /** Variables that a block's own declarations bring in. */
  blockScope(block: Node, frame: Frame, outer: Scope): Scope {
    const scope = new Scope(outer);
    for (const child of block.children) if (child.type === 'declaration') this.declareAll(child, frame, scope);
    return scope;
  }

  /** Enters a declaration's variables into a scope and gives their initial values back. */
  declareAll(node: Node, frame: Frame, scope: Scope): { name: string; value: Node | undefined }[] {
    const base = this.specifierType(node, frame, scope);
    const declared: { name: string; value: Node | undefined }[] = [];
    for (const child of node.children) {
      if (child.field !== 'declarator') continue;
      const { name, depth } = declare(child, frame.source);
      const value = child.type === 'init_declarator' ? childOf(child, 'value') : undefined;
      let type: CType = { name: base.name, depth: base.depth + depth };
      if (base.name === '__auto_type' && value) type = this.typeOf(value, frame, scope);
      const isPointer = value !== undefined && type.depth > 0;
      const lock = isPointer && lockTypes.has(type.name) ? this.lockAt(value, frame, scope, 'spinlock') : undefined;
      const functions = value && type.depth > 0 ? this.functionsAt(value, frame, scope) : [];
      scope.declare(name, { type, parameter: -1, functions, lock: lock && lock.lockClass + lock.parameter !== '-1' ? lock : undefined });
      if (value) this.give(name, value, frame, scope);
      declared.push({ name, value });
    }
    return declared;
  }

  /** Keeps which CPU's a variable is that is given a value, and which tables it points to. */
  give(name: string, value: Node, frame: Frame, scope: Scope): void {
    const variable = scope.find(name);
    // A pointer is NULL until it points to something.
    if (!variable || variable.parameter >= 0 || /^(NULL|0)$/.test(text(value, frame))) return;
    const isFirst = variable.isGiven !== true;
    variable.cpu = eitherCpu(variable.cpu, cpuOf(value, frame, scope, this), isFirst);
    if (variable.type.depth === 1 && variable.type.name.startsWith('struct ')) {
      const tables = isFirst || variable.tables ? tablesAt(value, frame, scope, this) : undefined;
      variable.tables = tables && [...(variable.tables ?? []), ...tables];
    }
    variable.isGiven = true;
  }

  /** A field that points to a struct, if an expression is one. */
  pointerField(node: Node, frame: Frame, scope: Scope): string | undefined {
    const field = node.type === 'field_expression' ? this.fieldOf(node, frame, scope) : undefined;
    const isPointer = field?.type.depth === 1 && !field.isArray && field.type.name.startsWith('struct ');
    return isPointer ? `${field.owner}.${text(childOf(node, 'field'), frame)}` : undefined;
  }

  /** Whether a macro's text has to do with per-CPU memory. */
  isOfCpu(name: string): boolean {
    let known = this.ofCpu.get(name);
    if (known === undefined) {
      const bodies = this.unit.lookup('macro', name).map(({ file, item }) => file.text.slice(item.body, item.end));
      this.ofCpu.set(name, (known = bodies.some((body) => /\b(?:this_cpu|per_cpu|raw_cpu|get_cpu)_?(?:ptr|var)?\b/.test(body))));
    }
    return known;
  }

  /** Enters what a macro at a statement's place declares: `XA_STATE(xas, array, index);`. */
  declareByMacro(call: Node, frame: Frame, scope: Scope): void {
    const definition = this.unit.macros(text(childOf(call, 'function'), frame), frame.file).find((d) => d.item.parameters);
    if (!definition) return;
    const found = /^\s*(?:static\s+)?((?:struct|union)\s+\w+)\s+(\**)(\w+)\s*(?:=|;|$)/.exec(
      expandText(
        definition,
        argumentsOf(call).map((a) => text(a, frame)),
      ),
    );
    if (found)
      scope.declare(found[3]!, {
        type: { name: found[1]!.replace(/\s+/g, ' '), depth: found[2]!.length },
        parameter: -1,
        functions: [],
        lock: undefined,
      });
  }

  private specifierType(node: Node, frame: Frame, scope: Scope): CType {
    const type = childOf(node, 'type');
    if (type && /^_*typeof/.test(text(type, frame))) {
      // The rewrite blanked the operand; the source still has it.
      const operand = /^_*typeof\w*\s*\(([\s\S]*)/.exec(frame.source.slice(type.start, type.start + 300));
      const inside = operand && balanced(operand[1]!);
      if (inside && /^(struct|union)\s+\w+[\s*]*$/.test(inside.trim())) return this.types.written(inside);
      const parsed = inside && this.expression(inside, frame, node);
      return parsed ? this.typeOf(parsed.node, parsed.frame, scope) : unknownType;
    }
    return this.types.specifier(node, frame.source);
  }

  private nameType(node: Node, frame: Frame, scope: Scope): CType {
    const name = text(node, frame);
    const variable = scope.find(name);
    if (variable) return variable.type;
    const type = this.types.global(name, frame.file);
    if (type.name !== '') return type;
    const expanded = this.expandObject(name, frame);
    return expanded ? this.typeOf(expanded.node, expanded.frame, scope) : unknownType;
  }

  private fieldOf(node: Node, frame: Frame, scope: Scope): ReturnType<Types['field']> {
    const type = this.typeOf(argumentOf(node), frame, scope);
    return type.name === '' ? undefined : this.types.field(type.name, text(childOf(node, 'field'), frame));
  }

  private callType(node: Node, frame: Frame, scope: Scope): CType {
    const callee = childOf(node, 'function');
    if (callee?.type !== 'identifier') return unknownType;
    const name = text(callee, frame);
    const args = argumentsOf(node);
    const byArgument = typeByArgument.get(name);
    if (byArgument !== undefined) {
      const argument = args[byArgument];
      if (!argument) return unknownType;
      if (name === 'list_next_entry' || name === 'list_prev_entry') return this.typeOf(argument, frame, scope);
      const operand = /^_*typeof\w*\s*\(([\s\S]*)\)$/.exec(argumentText(node, byArgument, frame));
      if (operand) {
        const parsed = this.expression(operand[1]!, frame, node);
        return parsed ? ((t) => ({ name: t.name, depth: t.depth + 1 }))(this.typeOf(parsed.node, parsed.frame, scope)) : unknownType;
      }
      const type = this.types.written(argumentText(node, byArgument, frame));
      return { name: type.name, depth: type.depth + 1 };
    }
    const passed = transparent.get(name);
    if (passed !== undefined && args[passed]) return this.typeOf(args[passed], frame, scope);
    if (this.unit.lookup('function', name).length + this.unit.lookup('prototype', name).length > 0)
      return this.types.returnType(name, frame.file);
    const expanded = this.expandCall(node, frame);
    return expanded ? this.typeOf(expanded.node, expanded.frame, scope) : unknownType;
  }

  private blockType(block: Node, frame: Frame, scope: Scope): CType {
    const inner = this.blockScope(block, frame, scope);
    const last = block.children[block.children.length - 1];
    return last ? this.typeOf(last, frame, inner) : unknownType;
  }

  /** Class of a global lock, or of another global: its name, with the file where several files have a static one of that name. */
  globalName(name: string, from: string): string {
    const all = [...this.unit.lookup('variable', name), ...this.unit.definedByMacro(name)].filter((d) => d.item.isStatic);
    const own = all.some((d) => d.file.path === from);
    return own && all.some((d) => d.file.path !== from) ? `${name} (${from})` : name;
  }

  /** `static spinlock_t *lock_of(struct x *x) { return &x->lock; }` */
  private returnedLock(name: string, args: readonly Node[], frame: Frame, scope: Scope, kind: LockKind): LockRef | undefined {
    const definition = this.unit.functions(name, frame.file)[0];
    if (!definition || frame.depth > deepestGetter || lockApi.has(name)) return undefined;
    this.read.add(name);
    const { file, item } = definition;
    const source = file.text.slice(item.start, item.end);
    if (source.length > longestGetter) return undefined;
    const root = this.parsed(source, (r) => r);
    const node = root?.children.find((child) => child.type === 'function_definition');
    const body = node && childOf(node, 'body');
    if (!body) return undefined;
    const inner: Frame = { source, file: file.path, depth: frame.depth + 1 };
    const parameters = parametersOf(node, inner, this.types);
    const local = new Scope();
    for (const p of parameters) {
      const argument = args[p.index];
      const lock = argument && lockTypes.has(p.type.name) && p.type.depth > 0 ? this.lockAt(argument, frame, scope, kind) : undefined;
      local.declare(p.name, { type: p.type, parameter: p.index, functions: [], lock });
    }
    const names = this.blockScope(body, inner, local);
    for (const found of [...each(body, 'return_statement')].reverse()) {
      const value = found.children[0] && peel(found.children[0], inner);
      if (!value) continue;
      // `ptl = lockptr(x); spin_lock(ptl); return ptl;`
      const name = value.type === 'identifier' ? text(value, inner) : '';
      const assigned =
        name === '' ? undefined : [...each(body, 'assignment_expression')].find((a) => text(childOf(a, 'left'), inner) === name);
      const lock = this.lockAt(assigned ? (childOf(assigned, 'right') ?? value) : value, inner, names, kind);
      if (lock.lockClass !== '' && lock.lockClass !== 'NULL') return { ...lock, root: '', rootParameter: -1 };
    }
    return undefined;
  }

  private expandObject(name: string, frame: Frame): { node: Node; frame: Frame } | undefined {
    if (frame.depth > deepestMacro) return undefined;
    const definition = this.unit.macros(name, frame.file).find((d) => !d.item.parameters);
    if (!definition) return undefined;
    return this.expression(expandText(definition, []), frame, undefined);
  }

  private expression(source: string, frame: Frame, at: Node | undefined): { node: Node; frame: Frame } | undefined {
    const whole = `void f(void){x=(${source});}`;
    const node = this.parsed(whole, (root) => {
      const body = root.children[0] && childOf(root.children[0], 'body');
      const right = body?.children[0]?.children[0] && childOf(body.children[0].children[0], 'right');
      return right?.children[0];
    });
    if (!node) return undefined;
    const range = frame.at ?? (at && { start: at.start, end: at.end });
    return { node, frame: { source: whole, file: frame.file, depth: frame.depth + 1, ...(range && { at: range }) } };
  }

  private parsed(source: string, pick: (root: Node) => Node | undefined): Node | undefined {
    if (this.expansions.has(source)) return this.expansions.get(source);
    const { earlierExpansions: earlier } = this;
    const node = earlier.has(source) ? earlier.get(source) : pick(this.parser.parse(rewrite(source).text, 0).root);
    // Most are met a few times close together; all of a large folder are more than fit in memory.
    if (this.expansions.size >= keptExpansions) {
      this.earlierExpansions = this.expansions;
      this.expansions = new Map();
    }
    this.expansions.set(source, node);
    return node;
  }

  private root(node: Node, frame: Frame): string {
    let at: Node | undefined = node;
    while (at && at.type !== 'identifier') {
      if (at.type === 'call_expression') at = argumentsOf(at)[0];
      else at = childOf(at, 'argument') ?? childOf(at, 'value') ?? at.children[0];
    }
    return at ? text(at, frame) : '';
  }
}

export interface Parameter {
  readonly name: string;
  readonly type: CType;
  readonly index: number;
}

export function parametersOf(definition: Node, frame: Frame, types: Types): readonly Parameter[] {
  let declarator = childOf(definition, 'declarator');
  while (declarator && declarator.type !== 'function_declarator') declarator = childOf(declarator, 'declarator');
  const list = declarator && childOf(declarator, 'parameters');
  const parameters: Parameter[] = [];
  for (const [index, node] of (list?.children ?? []).entries()) {
    if (node.type !== 'parameter_declaration') continue;
    const base = types.specifier(node, frame.source);
    const inner = childOf(node, 'declarator');
    const { name, depth } = inner ? declare(inner, frame.source) : { name: '', depth: 0 };
    parameters.push({ name, type: { name: base.name, depth: base.depth + depth }, index });
  }
  return parameters;
}
