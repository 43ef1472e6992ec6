import { flowchartLabel, visible, wrap } from '../src/model/trace/escape.ts';
import type { ReviewEdge, ReviewOrder } from '../src/protocol/review-page.ts';
import type { Theme } from './theme.ts';

/** Longer names are broken into lines of so many characters. */
const labelWidth = 26;

/**
 * The order of locks without the patch, or with it, as a Mermaid flowchart: the outer lock points to the inner one. What comes is thick and
 * says `new`, what goes is dashed and says `removed`: colours only say it again.
 */
export function renderOrder(
  { edges, added, removed }: ReviewOrder,
  side: 'before' | 'after',
  direction: 'LR' | 'TB',
  colours: Colours,
): string {
  const other = side === 'before' ? 'added' : 'removed';
  const shown = edges.filter(({ change }) => change !== other);
  const names = [...new Set(shown.flatMap(({ outer, inner }) => [outer, inner]))];
  const arrows = { added: '==>', removed: '-.->', kept: '-->' };
  const own = side === 'before' ? removed : added;
  const color = side === 'before' ? colours.removed : colours.added;
  return [
    `flowchart ${direction}`,
    ...names.map((name, i) => `n${i}[${flowchartLabel(wrap(visible(name), labelWidth))}]`),
    ...shown.map((edge) => `n${names.indexOf(edge.outer)} ${arrows[edge.change]}${labelOf(edge)} n${names.indexOf(edge.inner)}`),
    ...shown.flatMap(({ change }, i) => (change === 'kept' ? [] : [`linkStyle ${i} stroke:${color}`])),
    ...names.flatMap((name, i) => (own.includes(name) ? [`style n${i} stroke:${color},stroke-width:3px`] : [])),
  ].join('\n');
}

/** Colours of a flowchart have no commas. */
export interface Colours {
  readonly added: string;
  readonly removed: string;
}

export function coloursOf({ passed, error }: Theme): Colours {
  return { added: hex(passed), removed: hex(error) };
}

function labelOf({ change, isReadSide, isWait }: ReviewEdge): string {
  const words = [
    ...(change === 'added' ? ['new'] : change === 'removed' ? ['removed'] : []),
    ...(isReadSide ? ['inside its read side'] : []),
    ...(isWait ? ['waits for its readers'] : []),
  ];
  return words.length === 0 ? '' : `|${flowchartLabel([words.join(', ')])}|`;
}

function hex(color: string): string {
  const numbers = color.match(/\d+/g)?.slice(0, 3) ?? [];
  return `#${numbers.map((number) => Number(number).toString(16).padStart(2, '0')).join('')}`;
}
