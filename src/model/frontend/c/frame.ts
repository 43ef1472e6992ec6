import type { Cpu, FunctionValue, LockRef, TableStore } from '../../ir/program.ts';
import type { Range } from '../../source/location.ts';
import { childOf, type Node } from './syntax.ts';
import type { CType } from './types.ts';
import type { Definition } from './unit.ts';

export interface Variable {
  readonly type: CType;
  /** Its number if it is a parameter, else -1. */
  readonly parameter: number;
  /** Functions it may point to. */
  functions: readonly FunctionValue[];
  /** Lock it points to, as last assigned. */
  lock: LockRef | undefined;
  /** Whose instance of per-CPU memory it leads into, or the CPU that it is the number of; by all that was assigned so far. */
  cpu?: Cpu | undefined;
  /** Tables that it may point to, by all that was assigned so far; undefined where one of them is not known. */
  tables?: readonly Table[] | undefined;
  /** It was given a value. */
  isGiven?: boolean;
}

/** A struct behind a pointer: a global, or what a field points to. */
export type Table = Omit<TableStore, 'holder'>;

/** Names in scope, innermost first. */
export class Scope {
  private readonly names = new Map<string, Variable>();

  constructor(readonly outer?: Scope) {}

  find(name: string): Variable | undefined {
    return this.names.get(name) ?? this.outer?.find(name);
  }

  declare(name: string, variable: Variable): void {
    this.names.set(name, variable);
  }
}

/** Text that nodes are offsets into: a function, or the expansion of a macro called at `at`. */
export interface Frame {
  readonly source: string;
  /** Path of the file the function is in. */
  readonly file: string;
  readonly at?: Range;
  readonly depth: number;
  /** Macros it is an expansion of, which are not expanded again inside it. */
  readonly macros?: readonly string[];
}

/** Macros inside macros that are expanded at the most. */
export const deepestMacro = 6;
/** Expansions and returned values that are gone through for one lock. */
export const deepestAnswer = 8;

/** Replacement text of a macro with its arguments put in. */
export function expandText({ file, item }: Definition, args: readonly string[]): string {
  const body = file.text
    .slice(item.body, item.end)
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
    .replace(/\\\r?\n/g, '\n');
  const parameters = item.parameters ?? [];
  const values = new Map<string, string>();
  parameters.forEach((name, i) => {
    if (name === '...' || name.endsWith('...'))
      values.set(name === '...' ? '__VA_ARGS__' : name.replace(/\s*\.\.\.$/, ''), args.slice(i).join(', '));
    else values.set(name, args[i] ?? '');
  });
  return body
    .replace(/"(?:[^"\\]|\\.)*"|(#?)\b([A-Za-z_]\w*)\b/g, (whole, hash?: string, name?: string) => {
      if (name === undefined || !values.has(name)) return whole;
      return hash ? '""' : values.get(name)!;
    })
    .replace(/\s*##\s*/g, '');
}

export function text(node: Node | undefined, frame: Frame): string {
  return node ? frame.source.slice(node.start, node.end) : '';
}

export function argumentsOf(call: Node): readonly Node[] {
  return childOf(call, 'arguments')?.children ?? [];
}

/** Source of an argument: a type argument's node lacks what the rewrite blanked around it. */
export function argumentText(call: Node, index: number, frame: Frame): string {
  const list = childOf(call, 'arguments');
  const before = list?.children[index - 1];
  const after = list?.children[index + 1];
  if (!list) return '';
  const start = before ? before.end : list.start + 1;
  const end = after ? after.start : list.end - 1;
  const raw = frame.source.slice(start, end);
  const pieces = raw.split(',');
  // Between two neighbours stands the argument and the comma on either side, with what was blanked.
  return (before ? pieces[1] : pieces[0])?.trim() ?? '';
}

export function argumentOf(node: Node): Node {
  return childOf(node, 'argument') ?? node.children[0] ?? node;
}

export function operator(node: Node, frame: Frame): string {
  return text(childOf(node, 'operator'), frame);
}

/** What is counted up or down by `x++` and its like. The grammar reads `!x++` as `(!x)++`. */
export function updatedBy(node: Node): Node | undefined {
  const target = childOf(node, 'argument');
  return target?.type === 'unary_expression' ? childOf(target, 'argument') : target;
}

/** Without parentheses, casts and `&`. */
export function peel(node: Node, frame: Frame): Node {
  let at = node;
  for (;;) {
    if (at.type === 'parenthesized_expression' && at.children[0]) at = at.children[0];
    else if (at.type === 'cast_expression') at = childOf(at, 'value') ?? at;
    else if (at.type === 'pointer_expression' && operator(at, frame) === '&') at = argumentOf(at);
    else if (at.type === 'pointer_expression') at = argumentOf(at);
    else return at;
    if (at.type === 'cast_expression' && !childOf(at, 'value')) return at;
  }
}

/** Neither an address is taken nor an element: the value itself is the pointer. */
export function isBare(node: Node): boolean {
  if (node.type === 'parenthesized_expression' && node.children[0]) return isBare(node.children[0]);
  return node.type === 'field_expression';
}

/** A place as text that compares: no white space, `&` or needless parentheses. */
export function placeText(node: Node, frame: Frame): string {
  return text(node, frame)
    .replace(/\s+/g, '')
    .replace(/(?<!\w)\((\w+)\)/g, '$1')
    .replace(/^&+/, '')
    .replace(/^\((.*)\)$/, '$1')
    .replace(/^&+/, '');
}

/** Nodes of a type below a node, in source order. */
export function* each(node: Node, type: string): Iterable<Node> {
  for (const child of node.children) {
    if (child.type === type) yield child;
    yield* each(child, type);
  }
}

/** The part of a text up to the parenthesis that closes it. */
export function balanced(source: string): string | undefined {
  let depth = 1;
  for (let i = 0; i < source.length; i++) {
    if (source[i] === '(') depth++;
    else if (source[i] === ')' && --depth === 0) return source.slice(0, i);
  }
  return undefined;
}
