import { argumentsOf, type Frame, operator, peel, text, updatedBy } from './frame.ts';
import { transparent } from './kernel-names.ts';
import { childOf, type Node } from './syntax.ts';
import { declare } from './types.ts';

/** One value that a variable is given. */
interface Given {
  readonly at: number;
  /** Undefined where it is not told: `p++`, `f(&p)`. */
  readonly value: Node | undefined;
  /** The braces it stands in, and the loops. */
  readonly block: Node;
  readonly loops: readonly Node[];
}

const loopTypes = /^(while|do|for)_statement$/;

/** What the variables of one function are given, wherever that is; of two variables of one name it tells of both. */
export class Variables {
  private readonly given = new Map<string, Given[]>();
  /** Variables that are arrays, not pointers. */
  readonly arrays = new Set<string>();
  /** Variables that are declared here. */
  readonly declared = new Set<string>();

  constructor(
    body: Node,
    private readonly frame: Frame,
  ) {
    this.walk(body, body, []);
  }

  /** What a variable holds at an offset: its only value, else the last one that every way there gives it. */
  valueAt(name: string, at: number | undefined, isParameter: boolean): Node | undefined {
    const all = this.given.get(name) ?? [];
    if (all.length === 1 && !isParameter) return all[0]!.value;
    if (at === undefined) return undefined;
    const before = all.filter((g) => g.at < at && g.block.start <= at && at < g.block.end);
    const last = before[before.length - 1];
    if (!last) return undefined;
    const isBetween = all.some((g) => g.at > last.at && g.at < at);
    const loops = last.loops;
    // A loop around the place alone comes back there with what it gives.
    const comesBack = all.some((g) => g !== last && g.loops.some((loop) => !loops.includes(loop) && loop.start <= at && at < loop.end));
    return isBetween || comesBack ? undefined : last.value;
  }

  /** The one value a variable ever has. */
  only(name: string, isParameter: boolean): Node | undefined {
    const all = this.given.get(name);
    return all?.length === 1 && !isParameter ? all[0]!.value : undefined;
  }

  /** Whether nothing tells that a local pointer leads to another object than one that the caller has. */
  isVague(name: string, isParameter: boolean): boolean {
    const all = this.given.get(name) ?? [];
    if (all.length === 0) return false;
    if (all.length > 1 || isParameter) return true;
    const value = all[0]!.value && peel(all[0]!.value, this.frame);
    if (value?.type !== 'call_expression') return true;
    const callee = text(childOf(value, 'function'), this.frame);
    // What a call finds by a key is any of several; what it makes of one argument is a part of that, or has it as a part.
    return argumentsOf(value).length < 2 || transparent.has(callee) || /container_of|_entry|_priv|drvdata/.test(callee);
  }

  get names(): Iterable<string> {
    return this.given.keys();
  }

  private walk(node: Node, block: Node, loops: readonly Node[]): void {
    const inner = node.type === 'compound_statement' ? node : block;
    const around = loopTypes.test(node.type) ? [...loops, node] : loops;
    // What an `if` gives without braces is given only there.
    const within =
      node.field === 'consequence' || node.field === 'alternative' || node.type === 'case_statement' || loopTypes.test(node.type)
        ? node
        : inner;
    switch (node.type) {
      case 'declaration':
        for (const child of node.children) if (child.field === 'declarator') this.declared.add(declare(child, this.frame.source).name);
        break;
      case 'init_declarator': {
        const { name, isArray } = declare(node, this.frame.source);
        if (isArray) this.arrays.add(name);
        else this.give(name, node, childOf(node, 'value'), within, around);
        break;
      }
      case 'array_declarator': {
        const { name, isArray } = declare(node, this.frame.source);
        if (isArray) this.arrays.add(name);
        break;
      }
      case 'assignment_expression': {
        const left = childOf(node, 'left');
        if (left?.type === 'identifier')
          this.give(text(left, this.frame), node, operator(node, this.frame) === '=' ? childOf(node, 'right') : undefined, within, around);
        break;
      }
      case 'update_expression':
      case 'pointer_expression': {
        const argument = updatedBy(node);
        if (argument?.type === 'identifier' && (node.type === 'update_expression' || operator(node, this.frame) === '&'))
          this.give(text(argument, this.frame), node, undefined, within, around);
        break;
      }
    }
    for (const child of node.children) this.walk(child, within, around);
  }

  private give(name: string, node: Node, value: Node | undefined, block: Node, loops: readonly Node[]): void {
    // A pointer is NULL until it points to something.
    if (value && /^(NULL|0)$/.test(text(value, this.frame))) return;
    const given: Given = { at: node.start, value, block, loops };
    const known = this.given.get(name);
    if (known) known.push(given);
    else this.given.set(name, [given]);
  }
}
