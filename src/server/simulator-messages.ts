import type { Explored, Property, Simulation } from '../model/simulate.ts';
import type { Sequence } from '../model/trace/sequence.ts';
import type { ContinueParams, ModelOutline, SimulationTrace, SimulationViews } from '../protocol/simulation.ts';

/** A shipped model by name, or the text of a file. */
export type ModelText = { readonly name: string } | { readonly file: string; readonly uri: string; readonly text: string };

export interface Run {
  readonly model: ModelText;
  readonly scenario?: string;
  readonly vcpus?: number;
  readonly rounds?: number;
  readonly with?: readonly string[];
  readonly properties?: readonly Property[];
  /** Bytes for states. */
  readonly limits: { readonly states?: number; readonly memory?: number };
}

/** A kernel tree that may have the C of a model. */
export interface TreeFolder {
  /** Absolute path. */
  readonly root: string;
  /** Further files with documented orders, absolute or relative to the tree. */
  readonly orders: readonly string[];
}

/** What a simulator is asked. The first of the trees that has a function of the model counts. */
export type Job =
  | { readonly kind: 'models' }
  | { readonly kind: 'outline'; readonly model: ModelText }
  | { readonly kind: 'text'; readonly name: string }
  | { readonly kind: 'simulate'; readonly run: Run; readonly trees: readonly TreeFolder[] }
  | {
      readonly kind: 'continue';
      readonly run: Run;
      readonly trees: readonly TreeFolder[];
      readonly turn: ContinueParams['turn'];
    }
  | { readonly kind: 'follow'; readonly run: Run; readonly trees: readonly TreeFolder[]; readonly like: Sequence }
  | { readonly kind: 'drift'; readonly model: ModelText; readonly trees: readonly TreeFolder[] }
  | {
      readonly kind: 'views';
      readonly run: Run;
      readonly trees: readonly TreeFolder[];
      readonly verdicts: readonly Property[];
      readonly lockdep: boolean;
      readonly contention: boolean;
      readonly drift: boolean;
    };

export interface JobAnswers {
  models: readonly ModelOutline[];
  outline: ModelOutline;
  text: string;
  simulate: Simulated;
  continue: SimulationTrace;
  follow: SimulationTrace;
  views: Views;
  drift: ModelDrift | undefined;
}

export interface Views extends Omit<SimulationViews, 'drift'> {
  readonly drift?: ModelDrift;
}

/** How a model differs from the C of a tree. */
export interface ModelDrift {
  /** Absolute path of the tree. */
  readonly tree: string;
  readonly findings: readonly {
    readonly message: string;
    /** In the model; lines and columns count from 1. */
    readonly at: { readonly line: number; readonly column: number; readonly endLine: number; readonly endColumn: number };
    /** What C has there; `file` is relative to the tree. */
    readonly c?: { readonly file: string; readonly line: number };
  }[];
  /** Functions of the model that were compared. */
  readonly compared: number;
  readonly withoutCounterpart: readonly string[];
  /** What was not compared to the end, and why. */
  readonly limits: readonly string[];
}

/** An answer, and its run as a diagram shows it. */
export interface Simulated {
  readonly simulation: Omit<Simulation, 'counterexample' | 'acquisitions'>;
  readonly trace?: SimulationTrace;
  readonly milliseconds: number;
  /** Orders that documents state and that were held against the run. */
  readonly documentedOrders: number;
}

export interface Explorations extends Explored {
  /** States in a second. */
  readonly rate: number;
}

export interface ToSimulator {
  readonly id: number;
  readonly job: Job;
}

export type FromSimulator =
  | { readonly id: number; readonly kind: 'progress'; readonly progress: Explorations }
  | { readonly id: number; readonly kind: 'answer'; readonly answer: JobAnswers[keyof JobAnswers] }
  /** `isOurs`: not what was asked for, but a mistake of Lockstep. */
  | { readonly id: number; readonly kind: 'failed'; readonly error: string; readonly isOurs: boolean };
