import type { Column, ComparisonView, TraceView } from '../protocol/diagram.ts';
import type { SimulateParams, SimulationAnswer, SimulationTrace, SimulationViews } from '../protocol/simulation.ts';
import { runText, titleOf } from './simulation-text.ts';

/** The versions that ship, in the order of their history: what a run of one can be compared with. */
export const versions = ['before', 'patched', 'followup'] as const;

type Views = SimulationViews | { readonly missing: string } | undefined;

/** An answer with its run, as a diagram shows it. */
export function traceView(answer: SimulationAnswer, trace: SimulationTrace, params: SimulateParams, views: Views): TraceView {
  return {
    kind: 'trace',
    title: titleOf(answer),
    column: columnOf(answer, trace, params, views),
    others: 'name' in params.model ? versions.filter((name) => name !== answer.model) : [],
  };
}

/** A run that was not searched for: one that goes on otherwise from a step of another, or just one. */
export function turnedView(name: string, trace: SimulationTrace, params: SimulateParams, title = trace.sequence.title): TraceView {
  const column: Column = {
    ...{ name, sequence: trace.sequence, answer: trace.property === undefined ? 'run' : 'violated' },
    ...(trace.property !== undefined && { property: trace.property }),
    figures: [trace.message],
    orders: [],
    lockdep: [],
    rerun: { params, schedule: trace.schedule },
  };
  return { kind: 'trace', title, column, others: [] };
}

export function comparisonView(columns: readonly Column[], answer: SimulationAnswer): ComparisonView {
  const run = runText(answer);
  const title = `${answer.title}${run === '' ? '' : ` (${run})`}: ${columns.map(({ name }) => name).join(', ')}`;
  return { kind: 'comparison', title, columns };
}

export function columnOf(answer: SimulationAnswer, trace: SimulationTrace, params: SimulateParams, views: Views): Column {
  const known = views && !('missing' in views) ? views : undefined;
  const orders = trace.property === 'order' ? [trace.message] : [];
  return {
    ...{ name: answer.model, sequence: trace.sequence, answer: answer.answer },
    ...(answer.trace?.property !== undefined && { property: answer.trace.property }),
    // The answer is of all runs; this one was not found by it.
    ...(trace !== answer.trace && { run: `Judged by ${answer.properties.join(', ')} — ${trace.message}` }),
    figures: [
      `${answer.states.toLocaleString('en-US')} states`,
      `${(answer.milliseconds / 1000).toFixed(answer.milliseconds < 10 ? 3 : 2)} s`,
      `${trace.sequence.steps.length} steps`,
    ],
    orders,
    lockdep: known?.lockdep ? (['before', 'after'] as const).map((which) => lockdepLines(known.lockdep!, which)) : [],
    rerun: { params, schedule: trace.schedule },
  };
}

function lockdepLines(lockdep: NonNullable<SimulationViews['lockdep']>, which: 'before' | 'after'): Column['lockdep'][number] {
  const { reports, hidden } = lockdep[which];
  const lines = reports.length > 0 ? reports.map((report) => `reports ${report}`) : ['reports nothing'];
  return { heading: `SRCU annotated as ${which} f0f44752f5f6`, lines: [...lines, ...hidden.map((order) => `does not see ${order}`)] };
}
