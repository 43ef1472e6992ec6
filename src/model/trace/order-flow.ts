import { cut, flowchartLabel, sequenceLabel, visible, wrap } from './escape.ts';

/** `outer` is held while `inner` is taken, in so many places. */
export interface OrderedPair {
  readonly outer: string;
  readonly inner: string;
  readonly places: number;
}

const nameLength = 80;
const lineLength = 24;

/** A Mermaid flowchart of the orders around a lock, the outer ones on the left; empty where there are none. */
export function renderOrders(centre: string, pairs: readonly OrderedPair[]): string {
  if (pairs.length === 0) return '';
  const names = [...new Set([centre, ...pairs.flatMap(({ outer, inner }) => [outer, inner])])];
  const label = (text: string): string => flowchartLabel(wrap(cut(visible(text), nameLength), lineLength));
  const lines = [
    'flowchart LR',
    `accTitle: ${sequenceLabel([cut(visible(centre), nameLength)])}, locks held outside it and taken inside it`,
  ];
  for (const [i, name] of names.entries()) lines.push(i === 0 ? `L${i}([${label(name)}])` : `L${i}[${label(name)}]`);
  for (const { outer, inner, places } of pairs) {
    const [from, to] = [names.indexOf(outer), names.indexOf(inner)];
    lines.push(`L${from} -->${places > 1 ? `|${label(`${places} places`)}|` : ''} L${to}`);
  }
  return `${lines.join('\n')}\n`;
}
