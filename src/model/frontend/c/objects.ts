import type { ObjectPath } from '../../ir/program.ts';
import type { Expressions } from './expressions.ts';
import { argumentOf, argumentsOf, type Frame, operator, peel, placeText, type Scope, text } from './frame.ts';
import { transparent } from './kernel-names.ts';
import type { Embedding } from './embedding.ts';
import { childOf, type Node } from './syntax.ts';
import type { CType } from './types.ts';
import type { Variables } from './variables.ts';

/** A piece of memory, by the object it is in and the fields that lead there; aliases are resolved. */
export interface Memory {
  /** Variable or global that the path begins at; empty where it begins at a call. */
  readonly root: string;
  /** Others can reach it: a pointer was followed, or it is a global. */
  readonly isShared: boolean;
  /** Text so far, and what stands between it and the next field. */
  readonly text: string;
  readonly separator: '->' | '.';
  /** Type of the object, and its path. */
  readonly object: CType;
  readonly path: ObjectPath;
  /** Fields of the object and of what is embedded in it. */
  readonly fields: readonly MemoryField[];
  readonly type: CType;
  /** It is an array: its value is where it is. */
  readonly isArray: boolean;
}

interface MemoryField {
  readonly owner: string;
  readonly name: string;
  readonly type: CType;
  /** It holds what it is of: it is no pointer. */
  readonly isEmbedded: boolean;
  /** Of what the field itself is. */
  readonly path: ObjectPath;
}

/** A text, and what the variables in it are given. */
export interface Layer {
  readonly variables: Variables;
  readonly frame: Frame;
}

/** Pointers to pointers to pointers that are gone through for one place. */
const deepest = 12;

/** What expressions of one function denote in memory. */
export class Objects {
  private depth = 0;
  private readonly layers: Layer[];

  constructor(
    private readonly x: Expressions,
    private readonly embedding: Embedding,
    own: Layer,
  ) {
    this.layers = [own];
  }

  /** Runs with a text that stands in the function's, and has variables of its own. */
  within(layer: Layer, run: () => void): void {
    this.layers.push(layer);
    run();
    this.layers.pop();
  }

  /** Where a local of this name is declared. */
  private layerOf(name: string): Layer {
    return this.layers.findLast(({ variables }) => variables.declared.has(name)) ?? this.layers[0]!;
  }

  /** What an expression denotes, if it denotes memory. */
  memory(node: Node, frame: Frame, scope: Scope): Memory | undefined {
    return this.nested(() => this.lvalue(node, frame, scope));
  }

  /** What an expression points to. */
  pointee(node: Node, frame: Frame, scope: Scope): Memory | undefined {
    return this.nested(() => this.target(node, frame, scope));
  }

  private nested<T>(run: () => T | undefined): T | undefined {
    if (this.depth > deepest) return undefined;
    this.depth++;
    try {
      return run();
    } finally {
      this.depth--;
    }
  }

  private lvalue(node: Node, frame: Frame, scope: Scope): Memory | undefined {
    switch (node.type) {
      case 'parenthesized_expression':
        return node.children.length === 1 ? this.memory(node.children[0]!, frame, scope) : undefined;
      case 'cast_expression': {
        const value = childOf(node, 'value');
        return value && this.memory(value, frame, scope);
      }
      case 'identifier': {
        const name = text(node, frame);
        const variable = scope.find(name);
        const type = variable?.type ?? this.embedding.global(name, frame.file)?.type;
        if (!type) return undefined;
        const isArray = variable ? this.layerOf(name).variables.arrays.has(name) : this.embedding.global(name, frame.file)!.isArray;
        return { root: name, isShared: !variable, text: name, separator: '.', object: type, path: `${name}.`, fields: [], type, isArray };
      }
      case 'field_expression':
        return this.field(node, frame, scope);
      case 'subscript_expression': {
        const inner = argumentOf(node);
        const array = this.memory(inner, frame, scope);
        const element = array?.isArray ? array : this.pointee(inner, frame, scope);
        if (!element) return undefined;
        const type = array?.isArray ? lower(array.type) : element.type;
        const index = placeText(node, frame).slice(placeText(inner, frame).length);
        return { ...element, text: element.text + index, separator: '.', type, isArray: array?.isArray === true && isStillArray(array) };
      }
      case 'pointer_expression':
        return operator(node, frame) === '*' ? this.pointee(argumentOf(node), frame, scope) : undefined;
      case 'call_expression': {
        const argument = this.passed(node, frame);
        if (argument) return this.memory(argument, frame, scope);
        const expanded = this.x.expandCall(node, frame);
        return expanded && this.memory(expanded.node, expanded.frame, scope);
      }
      default:
        return undefined;
    }
  }

  private field(node: Node, frame: Frame, scope: Scope): Memory | undefined {
    const argument = argumentOf(node);
    const name = text(childOf(node, 'field'), frame);
    const inner = operator(node, frame) === '->' ? this.pointee(argument, frame, scope) : this.memory(argument, frame, scope);
    if (!inner) return undefined;
    const field = this.x.types.field(inner.type.name, name);
    if (!field) return undefined;
    const written = inner.text + inner.separator + name;
    const fields = [
      ...inner.fields,
      { owner: field.owner, name, type: field.type, isEmbedded: field.type.depth === (field.isArray ? 1 : 0), path: `${written}.` },
    ];
    return { ...inner, text: written, separator: '.', fields, type: field.type, isArray: field.isArray };
  }

  private target(node: Node, frame: Frame, scope: Scope): Memory | undefined {
    switch (node.type) {
      case 'parenthesized_expression':
        return node.children.length === 1 && node.children[0]!.type !== 'compound_statement'
          ? this.pointee(node.children[0]!, frame, scope)
          : this.unnamed(node, frame, scope);
      case 'cast_expression': {
        const value = childOf(node, 'value');
        const type = this.x.typeOf(node, frame, scope);
        const inner = value && this.pointee(value, frame, scope);
        if (!inner || type.depth === 0 || type.name === 'void') return inner;
        if (type.name === inner.type.name) return inner;
        // Another view of the same memory is another object.
        return { ...object(inner.root, inner.text, lower(type)), separator: inner.separator };
      }
      case 'pointer_expression':
        if (operator(node, frame) === '&') return this.memory(argumentOf(node), frame, scope);
        break;
      case 'identifier': {
        const name = text(node, frame);
        const variable = scope.find(name);
        if (!variable) break;
        if (this.layerOf(name).variables.arrays.has(name)) return this.element(this.memory(node, frame, scope));
        return this.alias(name, this.offset(node, frame, this.layerOf(name)), scope) ?? object(name, name, lower(variable.type));
      }
      case 'call_expression': {
        const argument = this.passed(node, frame);
        if (argument) return this.pointee(argument, frame, scope);
        break;
      }
      case 'assignment_expression': {
        const right = childOf(node, 'right');
        return right && this.pointee(right, frame, scope);
      }
      case 'binary_expression': {
        const left = childOf(node, 'left');
        const inner = left && this.pointee(left, frame, scope);
        return inner && { ...inner, text: `${inner.text}[${placeText(childOf(node, 'right') ?? node, frame)}]`, separator: '.' };
      }
    }
    const memory = this.memory(node, frame, scope);
    if (!memory) return this.unnamed(node, frame, scope);
    return memory.isArray ? this.element(memory) : memory.type.depth > 0 ? object(memory.root, memory.text, lower(memory.type)) : undefined;
  }

  /** What a local pointer points to, where that is a part of another object or what a field of one points to. */
  alias(name: string, at: number | undefined, scope: Scope): Memory | undefined {
    const { type, parameter } = scope.find(name)!;
    const { variables, frame } = this.layerOf(name);
    const value = variables.valueAt(name, at, parameter >= 0);
    const path = value && peel(value, frame);
    if (!path || !/^(field_expression|identifier|subscript_expression|call_expression)$/.test(path.type)) return undefined;
    if (path.type === 'identifier' && text(path, frame) === name) return undefined;
    // What a call gives is an object by the variable's name; READ_ONCE() is none.
    if (path.type === 'call_expression' && !this.passed(path, frame)) return undefined;
    const memory = this.pointee(value, frame, scope);
    if (!memory || memory.root === '') return undefined;
    return memory.type.name === type.name || type.name === 'void' ? memory : undefined;
  }

  /** Where a node stands in a layer's text; undefined where only a macro that is called there has it. */
  private offset(node: Node, frame: Frame, layer: Layer): number | undefined {
    if (frame.source === layer.frame.source) return node.start;
    return layer === this.layers[0] ? frame.at?.start : undefined;
  }

  /** The value of a call that gives back what it is given. */
  private passed(call: Node, frame: Frame): Node | undefined {
    const callee = childOf(call, 'function');
    const number = callee?.type === 'identifier' ? transparent.get(text(callee, frame)) : undefined;
    return number === undefined ? undefined : argumentsOf(call)[number];
  }

  private element(array: Memory | undefined): Memory | undefined {
    return array && { ...array, type: lower(array.type), isArray: isStillArray(array) };
  }

  /** An object that no variable leads to: what a call gives. */
  private unnamed(node: Node, frame: Frame, scope: Scope): Memory | undefined {
    const type = this.x.typeOf(node, frame, scope);
    if (type.depth === 0 || type.name === '') return undefined;
    return object('', placeText(node, frame), lower(type));
  }
}

function object(root: string, written: string, type: CType): Memory {
  return {
    root,
    isShared: true,
    text: written,
    separator: '->',
    object: type,
    path: `${written}->`,
    fields: [],
    type,
    isArray: false,
  };
}

function lower(type: CType): CType {
  return { name: type.name, depth: Math.max(type.depth - 1, 0) };
}

/** Of two dimensions one is left; of an array of pointers none is. */
function isStillArray({ type }: Memory): boolean {
  return type.depth > 1 && !/^(struct|union) /.test(type.name);
}
