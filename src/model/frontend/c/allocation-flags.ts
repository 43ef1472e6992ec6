import { ANY, POSITIVE, ZERO, flagsKey, type AllocationFlags } from '../../ir/program.ts';
import { atomicFlags, sleepingFlags } from '../../ir/sleep-api.ts';
import type { Expressions } from './expressions.ts';
import { type Frame, operator, placeText, text } from './frame.ts';
import { childOf, type Node } from './syntax.ts';

/** Macros that are made of macros, followed at the most. */
const deepest = 4;

const unknown: AllocationFlags = { values: ANY, key: '' };
const atomic: AllocationFlags = { values: ZERO, key: '' };
const sleeping: AllocationFlags = { values: POSITIVE, key: '' };

/** Whether a text writes allocation flags in so many words. */
export function writesFlags(source: string): boolean {
  return /\b_*GFP_[A-Z]/.test(source);
}

/** What an expression says as allocation flags. */
export function flagsOf(node: Node, frame: Frame, x: Expressions): AllocationFlags {
  switch (node.type) {
    case 'parenthesized_expression':
      return node.children[0] ? flagsOf(node.children[0], frame, x) : unknown;
    case 'cast_expression': {
      const value = childOf(node, 'value');
      return value ? flagsOf(value, frame, x) : unknown;
    }
    case 'number_literal':
      return /^0+$/.test(text(node, frame)) ? atomic : unknown;
    case 'identifier': {
      const name = text(node, frame);
      return /^_*[A-Z][A-Z0-9_]+$/.test(name) ? namedFlags(name, x, 0) : { values: ANY, key: flagsKey(name) };
    }
    case 'field_expression':
      return { values: ANY, key: flagsKey(placeText(node, frame)) };
    case 'conditional_expression': {
      const [yes, no] = ['consequence', 'alternative'].map((side) => sideOf(node, side, frame, x));
      if (yes!.values === no!.values && yes!.key === no!.key) return yes!;
      const condition = childOf(node, 'condition');
      const key = condition ? placeText(condition, frame) : '';
      if (!/^!?[\w.>-]+$/.test(key)) return unknown;
      if (yes!.values === POSITIVE && no!.values === ZERO) return { values: ANY, key };
      return yes!.values === ZERO && no!.values === POSITIVE
        ? { values: ANY, key: key.startsWith('!') ? key.slice(1) : `!${key}` }
        : unknown;
    }
    case 'binary_expression':
      return combined(node, frame, x);
  }
  return unknown;
}

function sideOf(node: Node, side: string, frame: Frame, x: Expressions): AllocationFlags {
  const child = childOf(node, side);
  return child ? flagsOf(child, frame, x) : unknown;
}

function combined(node: Node, frame: Frame, x: Expressions): AllocationFlags {
  const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
  if (!left || !right) return unknown;
  const base = flagsOf(left, frame, x);
  if (operator(node, frame) === '|') return either(base, flagsOf(right, frame, x));
  if (operator(node, frame) !== '&') return unknown;
  if (base.values === ZERO) return atomic;
  const inner = right.type === 'unary_expression' && operator(right, frame) === '~' ? childOf(right, 'argument') : undefined;
  if (!inner) return unknown;
  // What takes this away takes sleeping away; where something else is taken away it is as before.
  const taken = flagsOf(inner, frame, x);
  return taken.values === POSITIVE ? atomic : taken.values === ZERO ? base : unknown;
}

function either(a: AllocationFlags, b: AllocationFlags): AllocationFlags {
  if (a.values === POSITIVE || b.values === POSITIVE) return sleeping;
  if (a.values === ZERO) return b;
  return b.values === ZERO ? a : unknown;
}

/** A constant by name: a macro of the tree is what it is made of. */
function namedFlags(name: string, x: Expressions, depth: number): AllocationFlags {
  if (sleepingFlags.has(name)) return sleeping;
  if (atomicFlags.has(name) || /^_+GFP_/.test(name)) return atomic;
  const [macro] = x.unit.lookup('macro', name);
  if (!macro || macro.item.parameters || depth >= deepest) return unknown;
  const body = macro.file.text.slice(macro.item.body, macro.item.end);
  // With what is taken away only the order tells what is left.
  if (/[~&?]/.test(body)) return unknown;
  const parts = [...body.matchAll(/\b_*GFP_\w+|\b[A-Z]+_GFP_?\w*/g)].map(([part]) => namedFlags(part, x, depth + 1));
  return parts.length === 0 ? unknown : parts.reduce(either);
}
