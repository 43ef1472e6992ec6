import type { Answer, Contention, Property } from '../model/simulate.ts';
import type { Sequence, SequencePlace } from '../model/trace/sequence.ts';

/** A model that comes with Lockstep, by its name, or one that is open or on disk, by its URI. */
export type ModelReference = { readonly name: string } | { readonly uri: string };

/** What may be run of a model. */
export interface ModelOutline {
  /** Name of a shipped model, else of the file. */
  readonly name: string;
  /** What a shipped model stands for. */
  readonly summary?: string;
  /** In the order of the model; empty where it has problems. */
  readonly scenarios: readonly ScenarioOutline[];
  /** Names of its functions: those of the C that they stand for. */
  readonly functions: readonly string[];
  readonly problems: readonly ModelProblem[];
}

export interface ScenarioOutline {
  readonly name: string;
  readonly title: string;
  /** Counted from 1. */
  readonly line: number;
  /** Numbers it has unless asked for otherwise; absent where the model has no such number. */
  readonly vcpus?: number;
  readonly rounds?: number;
  /** Optional threads that it has. */
  readonly options: readonly string[];
}

/** Something that is outside the model language. Lines and columns count from 1. */
export interface ModelProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A run to explore; what is absent is as the model has it. */
export interface RunParams {
  readonly model: ModelReference;
  readonly scenario?: string;
  readonly vcpus?: number;
  readonly rounds?: number;
  /** Optional threads that take part; all if absent. */
  readonly with?: readonly string[];
  /** What to look for; everything if absent. */
  readonly properties?: readonly Property[];
  readonly limits: {
    readonly states?: number;
    /** Megabytes for states. */
    readonly memory?: number;
  };
}

export interface SimulateParams extends RunParams {
  /** File whose kernel tree is searched first: for documented orders and for C lines. */
  readonly near?: string;
  /** States, rate, depth and memory are reported as `WorkDoneProgress` under this token. */
  readonly workDoneToken?: number | string;
}

/** The run that was made of a request, and its answer. The verdicts end with the first property that fails. */
export interface SimulationAnswer {
  readonly model: string;
  readonly scenario: string;
  readonly title: string;
  readonly vcpus?: number;
  readonly rounds?: number;
  readonly with: readonly string[];
  readonly answer: Answer;
  readonly message: string;
  readonly verdicts: Readonly<Partial<Record<Property, Answer>>>;
  readonly properties: readonly Property[];
  readonly states: number;
  readonly transitions: number;
  /** Levels of the search. */
  readonly depth: number;
  /** Bytes for states. */
  readonly memory: number;
  readonly limit?: 'states' | 'memory';
  readonly milliseconds: number;
  /** Orders that documents of the tree and of the settings state, and that the runs were held against. */
  readonly documentedOrders: number;
  readonly trace?: SimulationTrace;
}

/** A run, and what it takes to make it again and to go on from it. */
export interface SimulationTrace {
  /** What it breaks, if anything. */
  readonly property?: string;
  /** How it ends, in a sentence. */
  readonly message: string;
  readonly sequence: Sequence;
  readonly schedule: Schedule;
}

export interface Schedule {
  /** What the moves are numbers of: of a model that was edited since, no run goes on. Absent in what an older version kept. */
  readonly digest?: string;
  /** What was looked for when the run was made. */
  readonly properties?: readonly Property[];
  /** Which of the initial states it begins in. */
  readonly initial: number;
  readonly moves: readonly number[];
  /** Moves before each step of the sequence. */
  readonly before: readonly number[];
}

export interface ContinueParams extends SimulateParams {
  /** Absent: a run from the beginning, each thread going on as long as it can. */
  readonly turn?: {
    readonly schedule: Schedule;
    /** Number of the step, from 0, that something else is done instead of; and that, as the step offers it. */
    readonly step: number;
    readonly move: number;
  };
}

export interface FollowParams extends SimulateParams {
  /** The run whose threads do the same here. */
  readonly like: Sequence;
}

export interface ViewsParams extends RunParams {
  readonly near?: string;
  /** Properties to give verdicts of. */
  readonly verdicts: readonly Property[];
  readonly lockdep: boolean;
  readonly contention: boolean;
  /** Compare the model with the C of the tree. */
  readonly drift: boolean;
  readonly workDoneToken?: number | string;
}

/** What is told of a run besides its answer. */
export interface SimulationViews {
  readonly verdicts: Readonly<Partial<Record<Property, Answer>>>;
  readonly lockdep?: {
    /** With SRCU annotated as before commit f0f44752f5f6, and after it. */
    readonly before: LockdepWords;
    readonly after: LockdepWords;
    /** Not all runs were seen otherwise. */
    readonly isComplete: boolean;
  };
  /** Absent if not asked for, or if there are too many states. */
  readonly contention?: Contention;
  /** Absent if not asked for, or if no tree has C of the model. */
  readonly drift?: DriftView;
}

/** How a model differs from the C of the tree (`model-drift`). */
export interface DriftView {
  readonly findings: readonly { readonly message: string; readonly modelLine: number; readonly source?: SequencePlace }[];
  /** Functions of the model that were compared. */
  readonly compared: number;
  /** Functions of the model that lock and that the tree has not. */
  readonly withoutCounterpart: readonly string[];
  /** What was not compared to the end, and why. */
  readonly limits: readonly string[];
}

/** What lockdep would say, in words. */
export interface LockdepWords {
  readonly reports: readonly string[];
  /** Orders that it does not see, and that would close a circle. */
  readonly hidden: readonly string[];
}

export interface SimulationRequests {
  /** The models that come with Lockstep. */
  'lockstep/models': { params: Record<string, never>; result: readonly ModelOutline[] };
  'lockstep/modelOutline': { params: ModelReference; result: ModelOutline };
  /** The text of a shipped model. */
  'lockstep/modelText': { params: { readonly name: string }; result: string };
  /** Goes on from a step of a run with another thread, or with another outcome. Progress and cancelling as of `lockstep/simulate`. */
  'lockstep/continue': { params: ContinueParams; result: SimulationTrace };
  /** Lets the threads of a run do the same on another version. Progress and cancelling as of `lockstep/simulate`. */
  'lockstep/follow': { params: FollowParams; result: SimulationTrace };
  /** Explores every interleaving of a run. Cancelled by `$/cancelRequest`, at once. */
  'lockstep/simulate': { params: SimulateParams; result: SimulationAnswer };
  'lockstep/simulationViews': { params: ViewsParams; result: SimulationViews };
}
