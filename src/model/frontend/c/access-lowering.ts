import type { AccessIr } from '../../ir/access.ts';
import { accessesOf, linkedTypes, lockInitializers, typeOperands, type AccessOperation } from '../../ir/access-api.ts';
import { lockApi, type LockOperation } from '../../ir/lock-api.ts';
import type { AccessStep, Argument, ObjectPath } from '../../ir/program.ts';
import { hasCall, unknownValue, type Value } from './calls.ts';
import type { Embedding } from './embedding.ts';
import type { Expressions } from './expressions.ts';
import { argumentOf, argumentsOf, operator, placeText, text, updatedBy } from './frame.ts';
import { lockTypes } from './kernel-names.ts';
import { frameOf, Lowering, lowerWith } from './lower.ts';
import { Objects, type Memory } from './objects.ts';
import type { Reach } from './side-effects.ts';
import { childOf, type Node, type SyntaxParser } from './syntax.ts';
import { declare } from './types.ts';
import type { Definition } from './unit.ts';
import { Variables } from './variables.ts';

/** Lowers a function as `lowerFunction` does, and tells its accesses to shared memory besides. */
export function lowerAccesses(
  definition: Definition,
  expressions: Expressions,
  embedding: Embedding,
  parser: SyntaxParser,
  reach: (name: string) => Reach,
): AccessIr {
  const lowering = new AccessLowering(frameOf(definition), expressions, reach, embedding);
  const ir = lowerWith(lowering, definition, expressions, parser);
  const { aliases, vague, globals } = lowering;
  // Of an object that is allocated here it is known until when it is nobody else's.
  const allocated = new Set(ir.steps.flatMap((step) => (step.kind === 'allocate' ? [step.variable] : [])));
  const initialized = lowering.initialized.filter((path) => !allocated.has(/^\w*/.exec(path)![0]));
  return { ir, aliases, vague, globals, initialized };
}

/** Inlines in inlines that are read in place of their calls, and characters of one. */
const deepestInline = 3;
const longestInline = 1500;
/** Longest text of an expression that is shown. */
const longestText = 120;

class AccessLowering extends Lowering {
  readonly aliases = new Map<string, ObjectPath>();
  readonly vague = new Set<string>();
  readonly globals = new Set<string>();
  readonly initialized: ObjectPath[] = [];
  private variables!: Variables;
  private objects!: Objects;
  /** Operands that are accessed as the operation says, not read. */
  private readonly operands = new WeakSet<Node>();
  private readonly own = this.frame;
  /** Functions of headers that are being read in place of their calls. */
  private readonly inlines: string[] = [];

  constructor(
    frame: ConstructorParameters<typeof Lowering>[0],
    x: Expressions,
    reach: (name: string) => Reach,
    private readonly embedding: Embedding,
  ) {
    super(frame, x, reach);
  }

  override function(node: Node): void {
    this.variables = new Variables(childOf(node, 'body') ?? node, this.own);
    this.objects = new Objects(this.x, this.embedding, { variables: this.variables, frame: this.own });
    super.function(node);
    for (const name of this.variables.names) if (this.variables.isVague(name, this.parameters.includes(name))) this.vague.add(name);
  }

  protected override statement(node: Node): void {
    // The function goes on where an inline that is read in place of its call returns.
    if (node.type === 'return_statement' && this.inlines.length > 0) {
      if (node.children[0]) this.expression(node.children[0]);
      return;
    }
    // A loop that a macro makes names variables and members beside what it reads: `list_for_each_entry(pos, &head, member)`.
    if (node.type === 'while_statement' && !this.frame.source.startsWith('while', node.start)) this.namesOnly(childOf(node, 'condition'));
    super.statement(node);
    if (node.type !== 'declaration') return;
    for (const child of node.children)
      if (child.type === 'init_declarator') this.noteAlias(declare(child, this.frame.source).name, child.end);
  }

  protected override initial(list: Node): void {
    for (const child of list.children) {
      const value = child.type === 'initializer_pair' ? childOf(child, 'value') : child;
      if (!value) continue;
      if (value.type === 'initializer_list') this.initial(value);
      else this.expression(value);
    }
  }

  protected override value(node: Node): Value {
    if (node.type === 'field_expression') {
      this.expression(node);
      return { values: unknownValue.values, key: placeText(node, this.frame) };
    }
    if (node.type === 'identifier') this.expression(node);
    return super.value(node);
  }

  protected override expression(node: Node): void {
    switch (node.type) {
      case 'identifier':
        this.access(node, 'read', false);
        return;
      case 'field_expression':
      case 'subscript_expression':
        this.access(node, 'read', false);
        this.address(node);
        return;
      case 'pointer_expression':
        if (operator(node, this.frame) === '*') this.access(node, 'read', false);
        this.address(operator(node, this.frame) === '*' ? node : argumentOf(node));
        return;
      case 'update_expression': {
        const target = bare(updatedBy(node) ?? argumentOf(node));
        this.operands.add(target);
        this.address(target);
        this.write(target);
        break;
      }
      case 'conditional_expression':
        if (hasCall(node)) break;
        for (const child of node.children) this.expression(child);
        return;
      case 'offsetof_expression':
      case 'alignof_expression':
      case 'type_descriptor':
        return;
    }
    super.expression(node);
  }

  protected override assignment(node: Node, left: Node): void {
    const target = bare(left);
    this.operands.add(target);
    super.assignment(node, left);
    this.write(target);
    if (left.type === 'identifier') this.noteAlias(text(left, this.frame), node.end);
  }

  protected override call(node: Node): Value {
    const callee = childOf(node, 'function');
    const name = callee?.type === 'identifier' && !this.region.scope.find(text(callee, this.frame)) ? text(callee, this.frame) : '';
    const args = argumentsOf(node);
    if (callee && callee.type !== 'identifier' && callee.type !== 'call_expression') this.expression(callee);
    const operands = typeOperands.get(name);
    if (operands !== undefined) {
      for (const argument of args.slice(0, operands)) this.expression(argument);
      return { values: unknownValue.values, key: placeText(node, this.frame) };
    }
    if (lockInitializers.test(name) && args[0]) this.initializes(args[0]);
    const accessed = accessesOf(name);
    if (!accessed) {
      this.inline(name, args, node);
      return super.call(node);
    }
    for (const { argument, of } of accessed) if (of === 'value' && args[argument]) this.operands.add(bare(args[argument]));
    let value: Value = { values: unknownValue.values, key: placeText(node, this.frame) };
    if (this.isMacro(name)) for (const argument of args) this.expression(argument);
    else value = super.call(node);
    for (const operation of accessed) this.operate(operation, args[operation.argument], node);
    return value;
  }

  protected override lockCall(name: string, operation: LockOperation, args: readonly Node[], node: Node): Value {
    for (const argument of args) if (!hasCall(argument)) this.expression(argument);
    return super.lockCall(name, operation, args, node);
  }

  protected override argument(node: Node): Argument {
    const argument = super.argument(node);
    if (this.x.typeOf(node, this.frame, this.region.scope).depth === 0) return argument;
    const memory = this.objects.pointee(node, this.frame, this.region.scope);
    return memory ? { ...argument, object: memory.text + memory.separator } : argument;
  }

  private namesOnly(node: Node | undefined): void {
    for (const child of node?.children ?? []) {
      if (child.type === 'identifier') this.operands.add(child);
      else if (child.type === 'comma_expression') this.namesOnly(child);
    }
  }

  /** Reads a header's inline in place of its call, if it can reach no lock: no other function has its accesses. */
  private inline(name: string, args: readonly Node[], node: Node): void {
    if (name === '' || this.isMacro(name) || this.matters(name) || this.inlines.includes(name) || this.inlines.length >= deepestInline)
      return;
    const definition = this.x.unit.functions(name, this.frame.file)[0];
    if (!definition || definition.file.path.endsWith('.c') || args.some(hasCall)) return;
    const { file, item } = definition;
    if (item.end - item.body > longestInline) return;
    const parameters = parameterNames(file.text.slice(item.start, item.body));
    const body = substitute(
      file.text.slice(item.body, item.end),
      parameters,
      args.map((argument) => text(argument, this.frame)),
    );
    const parsed = /\b(goto|asm|__asm__)\b/.test(body) ? undefined : this.x.statements(body);
    if (!parsed) return;
    const outer = this.frame;
    this.frame = { source: parsed.source, file: outer.file, at: this.at(node), depth: outer.depth + 1, macros: outer.macros ?? [] };
    const variables = new Variables(parsed.block, this.frame);
    for (const local of variables.declared) this.vague.add(local);
    this.inlines.push(name);
    this.objects.within({ variables, frame: this.frame }, () => this.statement(parsed.block));
    this.inlines.pop();
    this.frame = outer;
  }

  private operate({ of, access, isMarked }: AccessOperation, argument: Node | undefined, call: Node): void {
    if (!argument) return;
    const { scope } = this.region;
    const memory =
      of === 'value' ? this.objects.memory(bare(argument), this.frame, scope) : this.objects.pointee(argument, this.frame, scope);
    // Of a pointer that is passed the call says what is done to it.
    if (memory) this.emitAccess(memory, argument, access, isMarked, of === 'value' ? argument : call);
  }

  private write(target: Node): void {
    const memory = this.objects.memory(target, this.frame, this.region.scope);
    if (memory) this.emitAccess(memory, target, 'write', false);
  }

  private access(node: Node, access: 'read' | 'write', isMarked: boolean): void {
    if (this.operands.has(node)) return;
    if (node.type === 'identifier' && (this.region.scope.find(text(node, this.frame)) || lockApi.has(text(node, this.frame)))) return;
    const memory = this.objects.memory(node, this.frame, this.region.scope);
    // An array is not read where it is named: its address is taken.
    if (memory && !memory.isArray) this.emitAccess(memory, node, access, isMarked);
  }

  private emitAccess(memory: Memory, node: Node, access: 'read' | 'write', isMarked: boolean, shown = node): void {
    if (memory.root !== '' && !this.region.scope.find(memory.root)) this.globals.add(memory.root);
    if (!memory.isShared || lockTypes.has(memory.type.name)) return;
    const place = this.placeOf(memory);
    if (!place) return;
    const written = plainText(text(shown, this.frame));
    const step: AccessStep = {
      kind: 'access',
      at: this.at(node),
      access,
      isMarked,
      isLinked: isLinked(memory),
      ...place,
      text: written.length > longestText ? `${written.slice(0, longestText)}…` : written,
      objects: objectsOf(memory),
    };
    this.emit(step);
  }

  /** From the outermost struct down, and no further than to data that its holder owns as a whole. */
  private placeOf({ fields, object, root, path }: Memory): { memory: string; fields: readonly string[] } | undefined {
    if (fields.length === 0) {
      if (path === `${root}.`) return { memory: root, fields: [] };
      return /^(struct|union) /.test(object.name) && object.depth === 0 ? { memory: object.name, fields: [] } : undefined;
    }
    let at = 0;
    while (at < fields.length - 1 && !this.embedding.isPlain(fields[at]!.type.name)) at++;
    const { owner, name } = fields[at]!;
    return { memory: `${owner}.${name}`, fields: fields.slice(at + 1).map((field) => field.name) };
  }

  /** What is read to find where something is. */
  private address(node: Node): void {
    switch (node.type) {
      case 'identifier':
        return;
      case 'parenthesized_expression':
        if (node.children.length === 1) this.address(node.children[0]!);
        return;
      case 'field_expression':
        if (operator(node, this.frame) === '->') this.expression(argumentOf(node));
        else this.address(argumentOf(node));
        return;
      case 'subscript_expression': {
        const index = childOf(node, 'index');
        const array = argumentOf(node);
        if (this.objects.memory(array, this.frame, this.region.scope)?.isArray) this.address(array);
        else this.expression(array);
        if (index) this.expression(index);
        return;
      }
      case 'pointer_expression':
        if (operator(node, this.frame) === '*') this.expression(argumentOf(node));
        else this.address(argumentOf(node));
        return;
      default:
        this.expression(node);
    }
  }

  private initializes(argument: Node): void {
    const memory = this.objects.pointee(argument, this.frame, this.region.scope);
    if (memory?.isShared && memory.fields.length > 0) this.initialized.push(memory.path);
  }

  /** Keeps what a variable stands for, where it stands for the same throughout. */
  private noteAlias(name: string, at: number): void {
    const variable = this.region.scope.find(name);
    if (!variable || this.frame.depth > 0 || !this.variables.only(name, variable.parameter >= 0)) return;
    const memory = this.objects.alias(name, at, this.region.scope);
    if (memory) this.aliases.set(name, memory.text + memory.separator);
  }
}

/** Names of parameters in a function's head. */
function parameterNames(head: string): readonly string[] {
  const list = head.slice(head.indexOf('(') + 1, head.lastIndexOf(')'));
  return list.split(',').map((parameter) => /(\w+)\s*(?:\[[^\]]*\]\s*)*$/.exec(parameter)?.[1] ?? '');
}

/** A body with arguments for parameters; fields of the same names stay. */
function substitute(body: string, parameters: readonly string[], args: readonly string[]): string {
  const values = new Map(parameters.map((name, i) => [name, args[i]]));
  return body.replace(/(->\s*|\.\s*)?\b([A-Za-z_]\w*)\b/g, (whole, access: string | undefined, name: string) => {
    const value = access === undefined ? values.get(name) : undefined;
    if (value === undefined) return whole;
    return /^\w+(->\w+|\.\w+)*$/.test(value) ? value : `(${value})`;
  });
}

/** Whether it is a head or node, or a part of one; a pointer to one is none. */
function isLinked({ object, fields }: Memory): boolean {
  return [object, ...fields.filter((field) => field.isEmbedded).map(({ type }) => type)].some(({ name }) => linkedTypes.test(name));
}

/** Without parentheses. */
function bare(node: Node): Node {
  return node.type === 'parenthesized_expression' && node.children.length === 1 ? bare(node.children[0]!) : node;
}

/** The object, and each struct in it that is gone through. */
function objectsOf({ object, path, fields }: Memory): AccessStep['objects'] {
  const objects = [{ type: object.name, path }];
  for (const field of fields) {
    const last = objects[objects.length - 1]!;
    // Members of an unnamed struct are members of the outer one.
    if (field.owner !== last.type) objects.push({ type: field.owner, path: last.path });
    if (field.isEmbedded) objects.push({ type: field.type.name, path: field.path });
  }
  return objects.filter(({ type }) => /^(struct|union) |_t$/.test(type));
}

/** Of what macros wrote, on one line, without parentheses about parentheses and addresses that are followed at once: `(((&a->list)))->prev` is `a->list.prev`. */
function plainText(written: string): string {
  let plain = written.replace(/\s+/g, ' ').trim();
  for (let last = ''; last !== plain;) {
    last = plain;
    plain = plain.replace(/\(\(([^()]*)\)\)/g, '($1)').replace(/(?<![\w)\]] ?)\(&([\w.>-]+)\)->/g, '$1.');
  }
  return plain;
}
