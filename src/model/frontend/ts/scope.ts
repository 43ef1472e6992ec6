import { ts } from 'ts-morph';
import type { Expression, FieldType, StructType } from '../../ir/execution.ts';
import type { Range } from '../../source/location.ts';

/** What is outside the language, and where. */
export class OutsideLanguage extends Error {
  constructor(
    readonly at: Range,
    message: string,
  ) {
    super(message);
  }
}

export const valueType: FieldType = { kind: 'value' };

export interface Local {
  /** Its name in the IR, unique within the function. */
  readonly name: string;
  readonly type: FieldType;
  readonly isConstant: boolean;
}

/** Names of one model: structs, objects, constants, functions, and the locals of the block being read. */
export class Names {
  readonly structs = new Map<string, StructType>();
  readonly globals = new Map<string, FieldType>();
  readonly constants = new Map<string, Expression>();
  readonly functions = new Map<string, { readonly node: ts.FunctionDeclaration; readonly returns: FieldType }>();
  readonly aliases = new Map<string, ts.TypeNode>();
  /** Aliases being looked up. */
  private readonly open = new Set<string>();

  /** Optional threads that scenarios ask for, and where first. */
  readonly options = new Map<string, Range>();

  constructor(readonly file: ts.SourceFile) {}

  option(name: string, node: ts.CallExpression): Expression {
    if (!/^[\w-]+$/.test(name)) this.refuse(node.arguments[0] ?? node, 'an option has a name of letters and digits');
    if (!this.options.has(name)) this.options.set(name, this.at(node));
    return { kind: 'global', name: `@${name}` };
  }

  at(node: ts.Node): Range {
    return { start: node.getStart(this.file), end: node.end };
  }

  text(node: ts.Node): string {
    return node.getText(this.file);
  }

  /** Text of a node for a message. */
  quote(node: ts.Node): string {
    const text = this.text(node).replace(/\s+/g, ' ');
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  }

  /** Value of a number as written: 32 bits, as C's int. */
  integer(node: ts.NumericLiteral): number {
    const value = Number(node.text);
    if (!Number.isInteger(value) || value >= 2 ** 32) this.refuse(node, `${this.quote(node)} is not an integer of 32 bits`);
    return value | 0;
  }

  /** How a list of declarations begins, if that is of the language. */
  keyword({ flags }: ts.VariableDeclarationList): 'const' | 'let' | undefined {
    const blockScoped = flags & ts.NodeFlags.BlockScoped;
    return blockScoped === ts.NodeFlags.Const ? 'const' : blockScoped === ts.NodeFlags.Let ? 'let' : undefined;
  }

  refuse(node: ts.Node, message: string): never {
    throw new OutsideLanguage(this.at(node), message);
  }

  field(type: FieldType, name: string, node: ts.Node): FieldType {
    if (type.kind !== 'struct' && type.kind !== 'pointer') this.refuse(node, `${this.quote(node)}: only an object has fields`);
    const field = this.structs.get(type.struct)?.fields.find((f) => f.name === name);
    return field?.type ?? this.refuse(node, `interface ${type.struct} has no field ${name}`);
  }

  /** A type as it is written: `int`, `spinlock_t`, `kvm_vcpu`, `pointer<kvm>`, `array<kvm_vcpu>`. */
  type(node: ts.TypeNode | undefined, asField: boolean): FieldType {
    if (!node) return valueType;
    if (ts.isUnionTypeNode(node)) {
      const rest = node.types.filter((t) => !(ts.isLiteralTypeNode(t) && t.literal.kind === ts.SyntaxKind.NullKeyword));
      if (rest.length === 1) return this.type(rest[0], asField);
      if (rest.some((t) => this.type(t, asField).kind !== 'value')) this.refuse(node, `${this.quote(node)} is of two kinds`);
      return valueType;
    }
    if (node.kind === ts.SyntaxKind.NumberKeyword || node.kind === ts.SyntaxKind.BooleanKeyword || node.kind === ts.SyntaxKind.VoidKeyword)
      return valueType;
    if (ts.isLiteralTypeNode(node) && !ts.isStringLiteralLike(node.literal)) return valueType;
    if (!ts.isTypeReferenceNode(node) || !ts.isIdentifier(node.typeName))
      return this.refuse(node, `${this.quote(node)} is not a type of models`);
    const name = node.typeName.text;
    const alias = this.aliases.get(name);
    if (alias) {
      if (this.open.has(name)) this.refuse(node, `type ${name} leads back to itself`);
      this.open.add(name);
      try {
        return this.type(alias, asField);
      } finally {
        this.open.delete(name);
      }
    }
    const argument = node.typeArguments?.[0];
    if (valueTypes.has(name)) return valueType;
    if (name === 'pointer' && argument) {
      const target = this.type(argument, true);
      return target.kind === 'struct' ? { kind: 'pointer', struct: target.struct } : this.refuse(argument, 'a pointer points to an object');
    }
    if (name === 'array' && argument) {
      const length = node.typeArguments?.[1];
      const size: Expression = length ? this.lengthOf(length) : { kind: 'constant', value: 0 };
      return { kind: 'array', of: this.type(argument, true), length: size };
    }
    const lock = lockTypes.get(name);
    if (lock) return { kind: 'lock', lock };
    if (this.structs.has(name)) return asField ? { kind: 'struct', struct: name } : { kind: 'pointer', struct: name };
    return this.refuse(node, `${name} is not a type of models`);
  }

  private lengthOf(node: ts.TypeNode): Expression {
    if (ts.isLiteralTypeNode(node) && ts.isNumericLiteral(node.literal)) return { kind: 'constant', value: this.integer(node.literal) };
    const name = ts.isTypeQueryNode(node) ? this.text(node.exprName) : '';
    if (this.constants.has(name)) return { kind: 'global', name };
    return this.refuse(node, 'the length of an array is a number or typeof a constant');
  }
}

/** Types of what is a number in memory. */
export const valueTypes: ReadonlySet<string> = new Set(['int', 'bool', 'completion', 'wait_queue_head_t']);

/** Types of locks, by their name in models. */
export const lockTypes: ReadonlyMap<string, Extract<FieldType, { kind: 'lock' }>['lock']> = new Map([
  ['mutex', 'mutex'],
  ['spinlock_t', 'spinlock'],
  ['raw_spinlock_t', 'spinlock'],
  ['rwlock_t', 'rwlock'],
  ['rw_semaphore', 'rwsem'],
  ['srcu_struct', 'srcu'],
]);
