import type { AccessSource } from '../analysis/accesses.ts';
import type { Context, Contexts } from '../analysis/contexts.ts';
import type { Summaries } from '../analysis/summaries.ts';
import type { OrderGraph } from '../analysis/order-graph.ts';
import type { Program, Step } from '../ir/program.ts';
import type { Finding } from './finding.ts';
import type { BoundRule } from './resolve-rules.ts';

/** What a check looks at. */
export interface CheckInput {
  readonly program: Program;
  readonly contexts: Contexts;
  readonly summaries: Summaries;
  readonly graph: OrderGraph;
  readonly source: AccessSource;
  readonly rules: readonly BoundRule[];
  /** Whether findings are wanted for this file. */
  readonly isAskedFor: (file: string) => boolean;
}

/** A finding before it gets an id. */
export type Draft = Omit<Finding, 'id'>;

/** Identifies the place of an acquisition or a wait, whatever the way to it. */
export function placeKey({ context, step }: { readonly context: Context; readonly step: Step }): string {
  return `${context.fn.id}:${step.at.start}`;
}

/** Configuration facts as one would write them in a Kconfig dependency. */
export function configText(facts: ReadonlyMap<string, number>): readonly string[] | undefined {
  const names = [...facts].filter(([name]) => name.startsWith('CONFIG_')).map(([name, values]) => (values === 1 ? `!${name}` : name));
  return names.length > 0 ? names.sort() : undefined;
}
