import type { TableStore } from '../../ir/program.ts';
import type { Expressions } from './expressions.ts';
import { argumentOf, argumentsOf, type Frame, operator, type Scope, type Table, text } from './frame.ts';
import { transparent } from './kernel-names.ts';
import { childOf, type Node } from './syntax.ts';

/** Structs that an expression may point to; undefined where one is not known. */
export function tablesAt(node: Node, frame: Frame, scope: Scope, x: Expressions): readonly Table[] | undefined {
  const value = bare(node, frame);
  switch (value.type) {
    case 'null':
      return [];
    case 'identifier': {
      const name = text(value, frame);
      const variable = scope.find(name);
      if (variable) return variable.parameter < 0 ? variable.tables : undefined;
      return name === 'NULL' ? [] : globalTable(name, x);
    }
    case 'number_literal':
      return text(value, frame) === '0' ? [] : undefined;
    case 'field_expression': {
      const copy = x.pointerField(value, frame, scope);
      return copy === undefined ? undefined : [{ copy }];
    }
    case 'pointer_expression': {
      const target = operator(value, frame) === '&' ? element(argumentOf(value)) : undefined;
      const name = target?.type === 'identifier' ? text(target, frame) : '';
      return name === '' || scope.find(name) ? undefined : globalTable(name, x);
    }
    case 'conditional_expression': {
      const sides = ['consequence', 'alternative']
        .map((side) => childOf(value, side))
        .map((side) => side && tablesAt(side, frame, scope, x));
      return sides[0] && sides[1] && [...sides[0], ...sides[1]];
    }
    default:
      return undefined;
  }
}

/** What a field is given, in the notation of stores. */
export function tableStores(holder: string, value: Node, frame: Frame, scope: Scope, x: Expressions): readonly TableStore[] {
  const tables = tablesAt(value, frame, scope, x);
  return tables ? tables.map((table) => ({ holder, ...table })) : [{ holder }];
}

/** The field that the struct before `->` was come to by. */
export function holderOf(node: Node, frame: Frame, scope: Scope, x: Expressions): string | undefined {
  const tables = tablesAt(node, frame, scope, x);
  return tables?.length === 1 ? tables[0]!.copy : undefined;
}

function globalTable(name: string, x: Expressions): readonly Table[] | undefined {
  return x.unit.lookup('variable', name).length > 0 ? [{ table: name }] : undefined;
}

/** Without parentheses, and without what only reads it. */
function bare(node: Node, frame: Frame): Node {
  if (node.type === 'parenthesized_expression' && node.children.length === 1) return bare(node.children[0]!, frame);
  const callee = node.type === 'call_expression' ? childOf(node, 'function') : undefined;
  const passed = callee && transparent.get(text(callee, frame));
  const argument = passed === undefined ? undefined : argumentsOf(node)[passed];
  return argument ? bare(argument, frame) : node;
}

/** The array of an element. */
function element(node: Node): Node {
  return node.type === 'subscript_expression' ? element(argumentOf(node)) : node;
}
