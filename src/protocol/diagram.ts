import type { Sequence } from '../model/trace/sequence.ts';
import type { Schedule, SimulateParams } from './simulation.ts';

/** What a diagram page shows. Everything a page needs to be drawn again after the window was reloaded. */
export type DiagramView = PathView | FindingView | TraceView | ComparisonView;

/** Ways through the source that lead to a place, the shortest first. */
export interface PathView {
  readonly kind: 'path';
  readonly title: string;
  readonly paths: readonly Sequence[];
  /** There are more than these. */
  readonly isCut: boolean;
}

/** What would have to happen for a finding to come true. */
export interface FindingView {
  readonly kind: 'finding';
  readonly title: string;
  readonly sequence: Sequence;
  /** What is known of the finding besides. */
  readonly remarks: readonly Remark[];
}

export interface Remark {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** A run of a simulation. */
export interface TraceView {
  readonly kind: 'trace';
  readonly title: string;
  readonly column: Column;
  /** Names of versions that the same scenario can be compared with; empty for a model of one's own. */
  readonly others: readonly string[];
}

/** One scenario on several versions, side by side. */
export interface ComparisonView {
  readonly kind: 'comparison';
  readonly title: string;
  readonly columns: readonly Column[];
}

export interface Column {
  /** The version: `before`, or the name of a model's file. */
  readonly name: string;
  readonly sequence: Sequence;
  /** Of all runs; `run`: nothing is said but of the one that is shown. */
  readonly answer: 'holds' | 'violated' | 'unknown' | 'run';
  /** The property that fails, if one does. */
  readonly property?: string;
  /** Of a run that does what another version's did: what it was judged by, and what it shows. */
  readonly run?: string;
  /** Answer and cost in short lines: `350 states, 0.1 s`. */
  readonly figures: readonly string[];
  /** Documented orders broken, and where they stand. */
  readonly orders: readonly string[];
  /** What lockdep would say, a heading and lines for each annotation; empty while that is not known. */
  readonly lockdep: readonly Remark[];
  /** What it takes to make the run again, and to go on from it. */
  readonly rerun?: Rerun;
}

export interface Rerun {
  readonly params: SimulateParams;
  readonly schedule: Schedule;
}

/** What the page is told. Columns and steps count from 0. A path's column is the number of the path. */
export type ToPage =
  /** `hasDetails`: there is a document of text about the same. */
  | { readonly type: 'show'; readonly view: DiagramView; readonly hasDetails: boolean; readonly selected?: Selected }
  /** Instead of a view: the orders around a lock. `text` is Mermaid. */
  | { readonly type: 'orders'; readonly title: string; readonly summary: string; readonly text: string }
  /** The editor's cursor is on a line that these steps stand for. */
  | { readonly type: 'select'; readonly column: number; readonly step: number }
  /** A sentence for the status line of the page: saved, copied, failed. */
  | { readonly type: 'say'; readonly text: string };

export interface Selected {
  readonly column: number;
  readonly step: number;
}

/** What the page asks for. */
export type FromPage =
  | { readonly type: 'ready' }
  /** A step was selected: its line is shown without taking the focus. */
  | { readonly type: 'select'; readonly column: number; readonly step: number }
  /** Its line is opened, in the source or in the model, with the focus. */
  | { readonly type: 'open'; readonly column: number; readonly step: number; readonly where: 'source' | 'model' }
  | { readonly type: 'copy'; readonly what: 'mermaid' | 'text'; readonly column: number }
  | { readonly type: 'save'; readonly format: 'svg'; readonly column: number; readonly text: string }
  /** `base64`: of the PNG. */
  | { readonly type: 'save'; readonly format: 'png'; readonly column: number; readonly base64: string }
  /** Something else is done instead of the step: the move says by which thread. */
  | { readonly type: 'what-if'; readonly column: number; readonly step: number; readonly move: number }
  | { readonly type: 'compare' }
  /** The same as a document of text, with all that is known. */
  | { readonly type: 'details' }
  /** Milliseconds from the message `show` to the first diagram painted. */
  | { readonly type: 'painted'; readonly steps: number; readonly milliseconds: number };
