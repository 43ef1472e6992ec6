import type { Problem } from '../source/location.ts';
import type { PlacedOrder } from './chain.ts';
import type { Rule } from './rule.ts';

/**
 * Rules of one file in the order of their lines, each order once. An order that the file states both ways
 * (directories one way, files the other) is no rule but a problem. SRCU readers hold shared and wait for nobody,
 * so an order with them outside forbids nothing.
 */
export function settle(file: string, orders: readonly PlacedOrder[]): { rules: Rule[]; problems: Problem[] } {
  const first = new Map<string, PlacedOrder>();
  for (const stated of [...orders].sort((a, b) => a.line - b.line)) {
    if (stated.outer.endsWith('srcu')) continue;
    const order: PlacedOrder = stated.inner.endsWith('srcu') ? { ...stated, innerMode: 'shared' } : stated;
    const key = keyOf(order.outer, order.inner, order.innerMode);
    if (!first.has(key)) first.set(key, order);
  }
  const rules: Rule[] = [];
  const problems: Problem[] = [];
  for (const order of first.values()) {
    const { outer, inner, innerMode, text, line } = order;
    const opposite = first.get(keyOf(inner, outer, undefined));
    if (opposite === undefined || innerMode !== undefined) rules.push({ outer, inner, ...(innerMode && { innerMode }), text, file, line });
    else if (opposite.line <= line && opposite !== order)
      problems.push({ file, line, message: `cannot tell the order of ${inner} and ${outer}: line ${opposite.line} states the opposite` });
  }
  return { rules, problems };
}

function keyOf(outer: string, inner: string, mode: string | undefined): string {
  return `${outer} ${inner} ${mode ?? ''}`;
}
