import type { Explored, Property, Simulation } from '../model/simulate.ts';
import type { ModelOutline, SimulationViews } from '../protocol/simulation.ts';

/** A shipped model by name, or the text of a file. */
export type ModelText = { readonly name: string } | { readonly file: string; readonly text: string };

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

/** What a simulator is asked. */
export type Job =
  | { readonly kind: 'models' }
  | { readonly kind: 'outline'; readonly model: ModelText }
  | { readonly kind: 'text'; readonly name: string }
  /** `trees`: absolute paths, searched for C lines in this order. */
  | { readonly kind: 'simulate'; readonly run: Run; readonly trees: readonly string[] }
  | {
      readonly kind: 'views';
      readonly run: Run;
      readonly verdicts: readonly Property[];
      readonly lockdep: boolean;
      readonly contention: boolean;
    };

export interface JobAnswers {
  models: readonly ModelOutline[];
  outline: ModelOutline;
  text: string;
  simulate: Simulated;
  views: SimulationViews;
}

/** An answer with the places of its steps. */
export interface Simulated {
  readonly simulation: Simulation;
  /** Of steps, then of waiting threads, then of the last step. */
  readonly places: readonly StepPlace[];
  readonly milliseconds: number;
}

export interface StepPlace {
  readonly modelLine?: number;
  readonly source?: { readonly tree: string; readonly path: string; readonly line: number; readonly isOperation: boolean };
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
