import { ts } from 'ts-morph';
import type { Expression, ModelProgram } from '../../ir/execution.ts';
import type { Range } from '../../source/location.ts';
import { Problems } from './problems.ts';
import { namedTypes, nothing, number, type Type, unknown } from './types.ts';

export interface Local {
  /** Its name in the IR, unique within the function. */
  readonly name: string;
  readonly type: Type;
  readonly isConstant: boolean;
}

export interface ModelFunction {
  readonly node: ts.FunctionDeclaration;
  readonly parameters: readonly Type[];
  readonly returns: Type;
}

/** The arguments of a call that something takes: all, and what is called, unless said otherwise. */
export interface Given {
  readonly given: readonly ts.Expression[];
  readonly what: string;
}

interface Count extends Partial<Given> {
  readonly least: number;
  readonly most?: number;
}

/** Names of one model: structs, objects, constants, functions; and the problems of whoever looks them up. */
export class Names {
  readonly problems = new Problems();
  /** Interfaces, each with the types of its fields. */
  readonly structs = new Map<string, Map<string, Type>>();
  readonly globals = new Map<string, Type>();
  readonly constants = new Map<string, Expression>();
  readonly functions = new Map<string, ModelFunction>();
  readonly aliases = new Map<string, ts.TypeNode>();
  /** Aliases being looked up. */
  private readonly open = new Set<string>();

  /** Numbers that a run may set, and optional threads that scenarios ask for, where first. */
  readonly parameters = new Map<string, ModelProgram['parameters'][number]>();

  constructor(readonly file: ts.SourceFile) {}

  option(name: ts.StringLiteralLike): Expression {
    if (!/^[\w-]+$/.test(name.text)) this.refuse(name, 'an option has a name of letters and digits');
    const known = this.parameters.get(name.text);
    if (known && !known.isOption) this.refuse(name, `${name.text} is a parameter of this model already`);
    if (!known) this.parameters.set(name.text, { name: name.text, value: 1, isOption: true, at: this.at(name.parent) });
    return { kind: 'global', name: `@${name.text}` };
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

  /** A problem that reading can go on behind. */
  tell(node: ts.Node, message: string): void {
    this.problems.tell(this.at(node), message);
  }

  refuse(node: ts.Node, message: string): never {
    return this.problems.refuse(this.at(node), message);
  }

  /** Tells of arguments beyond the last, and refuses a call that lacks some. */
  count(call: ts.CallExpression, { given = call.arguments, what = this.quote(call.expression), least, most = least }: Count): void {
    if (given.length >= least && given.length <= most) return;
    const message = `${what} takes ${least === most ? '' : `${least} to `}${most} argument${most === 1 ? '' : 's'}`;
    if (given.length < least) this.refuse(call, message);
    this.problems.tell({ start: this.at(given[most]!).start, end: given.at(-1)!.end }, message);
  }

  field(type: Type, name: string, node: ts.Node): Type {
    if (type.kind === 'unknown') return unknown;
    if (type.kind !== 'object' && type.kind !== 'reference') this.refuse(node, `${this.quote(node)}: only an object has fields`);
    return this.structs.get(type.struct)?.get(name) ?? this.refuse(node, `interface ${type.struct} has no field ${name}`);
  }

  /**
   * A type as it is written: `int`, `spinlock_t`, `kvm_vcpu`, `pointer<kvm>`, `array<kvm_vcpu>`. A field that is an object is one
   * inside; elsewhere an object is known by reference.
   */
  type(node: ts.TypeNode, asField: boolean): Type {
    return this.problems.recover(() => this.read(node, asField), unknown);
  }

  private read(node: ts.TypeNode, asField: boolean): Type {
    if (ts.isUnionTypeNode(node)) return this.union(node, asField);
    if (node.kind === ts.SyntaxKind.NumberKeyword || node.kind === ts.SyntaxKind.BooleanKeyword) return number;
    if (node.kind === ts.SyntaxKind.VoidKeyword && !asField) return nothing;
    if (ts.isLiteralTypeNode(node) && !ts.isStringLiteralLike(node.literal) && !isNull(node)) return number;
    if (!ts.isTypeReferenceNode(node) || !ts.isIdentifier(node.typeName))
      return this.refuse(node, `${this.quote(node)} is not a type of models`);
    const name = node.typeName.text;
    const alias = this.aliases.get(name);
    if (alias) return this.alias(node, name, () => this.read(alias, asField));
    const named = namedTypes.get(name);
    if (named) return named;
    const [argument, length] = node.typeArguments ?? [];
    if (name === 'pointer' && argument) {
      const target = this.type(argument, true);
      if (target.kind === 'unknown') return unknown;
      return target.kind === 'object'
        ? { kind: 'reference', struct: target.struct }
        : this.refuse(argument, 'a pointer points to an object');
    }
    if (name === 'array' && argument)
      return { kind: 'array', of: this.type(argument, true), length: length ? this.lengthOf(length) : { kind: 'constant', value: 0 } };
    if (this.structs.has(name)) return { kind: asField ? 'object' : 'reference', struct: name };
    return this.refuse(node, `${name} is not a type of models`);
  }

  private union(node: ts.UnionTypeNode, asField: boolean): Type {
    const [first, ...more] = node.types.filter((each) => !isNull(each)).map((each) => this.type(each, asField));
    if (first?.kind === 'unknown') return unknown;
    const isNullable = node.types.some(isNull);
    if (isNullable && first && more.length === 0)
      return first.kind === 'reference' ? first : this.refuse(node, `${this.quote(node)}: only a pointer may be null`);
    if (isNullable || first?.kind !== 'number' || more.some((each) => each.kind !== 'number'))
      return this.refuse(node, `${this.quote(node)} is of two kinds`);
    return number;
  }

  private alias(node: ts.Node, name: string, read: () => Type): Type {
    if (this.open.has(name)) this.refuse(node, `type ${name} leads back to itself`);
    this.open.add(name);
    try {
      return read();
    } finally {
      this.open.delete(name);
    }
  }

  private lengthOf(node: ts.TypeNode): Expression {
    if (ts.isLiteralTypeNode(node) && ts.isNumericLiteral(node.literal)) return { kind: 'constant', value: this.integer(node.literal) };
    const name = ts.isTypeQueryNode(node) ? this.text(node.exprName) : '';
    if (this.constants.has(name)) return { kind: 'global', name };
    return this.refuse(node, 'the length of an array is a number or typeof a constant');
  }
}

function isNull(node: ts.TypeNode): boolean {
  return ts.isLiteralTypeNode(node) && node.literal.kind === ts.SyntaxKind.NullKeyword;
}
