import type { Cpu } from '../../ir/program.ts';
import type { Expressions } from './expressions.ts';
import { argumentOf, argumentsOf, type Frame, operator, type Scope, text } from './frame.ts';
import { childOf, type Node } from './syntax.ts';

/** Numbers of the CPU that the code runs on, and whether it stays there (include/linux/smp.h). */
const numbers: ReadonlyMap<string, Cpu> = new Map<string, Cpu>([
  ['smp_processor_id', 'own'],
  ['get_cpu', 'own'],
  ['raw_smp_processor_id', 'near'],
]);

/** What gives a CPU's instance; a function of the CPU that it is given, where it is given one (include/linux/percpu-defs.h). */
const instances: ReadonlyMap<string, Cpu | 'told'> = new Map<string, Cpu | 'told'>([
  ['this_cpu_ptr', 'own'],
  ['get_cpu_ptr', 'own'],
  ['get_cpu_var', 'own'],
  ['raw_cpu_ptr', 'near'],
  ['per_cpu_ptr', 'told'],
  ['per_cpu', 'told'],
]);

/** Whose instance of per-CPU memory a pointer leads into, or, of a number, which CPU's it is; undefined where it is neither. */
export function cpuOf(node: Node, frame: Frame, scope: Scope, x: Expressions): Cpu | undefined {
  switch (node.type) {
    case 'parenthesized_expression':
      return node.children.length === 1 ? cpuOf(node.children[0]!, frame, scope, x) : undefined;
    case 'cast_expression': {
      const value = childOf(node, 'value');
      return value && cpuOf(value, frame, scope, x);
    }
    case 'identifier':
      return scope.find(text(node, frame))?.cpu;
    case 'pointer_expression':
      return operator(node, frame) === '&' ? memoryCpu(argumentOf(node), frame, scope, x) : undefined;
    case 'call_expression':
      return givenBy(node, frame, scope, x, cpuOf);
    default:
      return undefined;
  }
}

/** Whose instance a place in memory is in, other memory that a pointer in it leads to left out. */
export function memoryCpu(node: Node, frame: Frame, scope: Scope, x: Expressions): Cpu | undefined {
  switch (node.type) {
    case 'parenthesized_expression':
      return node.children.length === 1 ? memoryCpu(node.children[0]!, frame, scope, x) : undefined;
    case 'field_expression':
      return (operator(node, frame) === '->' ? cpuOf : memoryCpu)(argumentOf(node), frame, scope, x);
    case 'pointer_expression':
      return operator(node, frame) === '*' ? cpuOf(argumentOf(node), frame, scope, x) : undefined;
    case 'subscript_expression':
      return memoryCpu(argumentOf(node), frame, scope, x);
    case 'call_expression':
      return givenBy(node, frame, scope, x, memoryCpu);
    default:
      return undefined;
  }
}

function givenBy(node: Node, frame: Frame, scope: Scope, x: Expressions, ask: typeof cpuOf): Cpu | undefined {
  const callee = childOf(node, 'function');
  const name = callee?.type === 'identifier' ? text(callee, frame) : '';
  const known = instances.get(name);
  if (known === 'told') {
    const which = argumentsOf(node)[1];
    return (which && cpuOf(which, frame, scope, x)) ?? 'any';
  }
  if (known !== undefined || numbers.has(name)) return known ?? numbers.get(name);
  if (!x.isOfCpu(name)) return undefined;
  const expanded = x.expandCall(node, frame);
  return expanded && ask(expanded.node, expanded.frame, scope, x);
}

/** What two values of one variable have in common: what is another CPU's once may always be. */
export function eitherCpu(before: Cpu | undefined, now: Cpu | undefined, isFirst: boolean): Cpu | undefined {
  if (isFirst || before === now) return now;
  return before === undefined || now === undefined || before === 'any' || now === 'any' ? 'any' : 'near';
}
