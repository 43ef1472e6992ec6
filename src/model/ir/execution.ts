import type { Range } from '../source/location.ts';
import type { FunctionIr, LockKind } from './program.ts';

/**
 * What a closed program needs beyond locks to be run: values, accesses and choices. Numbers are integers; a reference to an
 * object is its number, 0 is null.
 */
export type Expression =
  | { readonly kind: 'constant'; readonly value: number }
  /** A parameter or local of the function. */
  | { readonly kind: 'local'; readonly name: string }
  /** An object or constant of the program. */
  | { readonly kind: 'global'; readonly name: string }
  /** An embedded object, a lock, an array; or, as a place or in a condition, the value of the field. */
  | { readonly kind: 'field'; readonly of: Expression; readonly field: string }
  | { readonly kind: 'element'; readonly of: Expression; readonly index: Expression }
  | { readonly kind: 'length'; readonly of: Expression }
  | { readonly kind: 'operation'; readonly operator: string; readonly operands: readonly Expression[] };

interface StepBase {
  readonly at: Range;
}

/** A value of shared memory goes into a local. */
export interface Read extends StepBase {
  readonly kind: 'read';
  readonly place: Expression;
  /** READ_ONCE and atomics; a plain access otherwise. */
  readonly marked: boolean;
  readonly into: string;
}

export interface Write extends StepBase {
  readonly kind: 'write';
  readonly place: Expression;
  readonly marked: boolean;
  readonly value: Expression;
}

/** One atomic read and write: `into` gets the old value, the place `value` with the local `old` standing for the old one. */
export interface Modify extends StepBase {
  readonly kind: 'modify';
  readonly place: Expression;
  readonly value: Expression;
  readonly into: string;
}

/** Name of the old value in `Modify.value`. */
export const oldValue = '@old';

export interface Compute extends StepBase {
  readonly kind: 'compute';
  readonly into: string;
  readonly value: Expression;
}

/** Any of several values: every one is explored. */
export interface Choose extends StepBase {
  readonly kind: 'choose';
  readonly into: string;
  /** The values, or one array whose elements they are. */
  readonly from: readonly Expression[] | Expression;
  /** A value that is not chosen. */
  readonly except?: Expression;
}

/** Sleeps until a condition over shared memory holds; checking it and going on is one step. */
export interface Wait extends StepBase {
  readonly kind: 'wait';
  readonly condition: Expression;
  /** Where the outcome goes: 0, or nonzero after a signal, which may come at any time; empty where none can. */
  readonly signal: string;
  /** To sleep here for ever is no deadlock. */
  readonly idle: boolean;
  /** What going on changes in the same step: a completion is used up. */
  readonly update?: { readonly place: Expression; readonly value: Expression };
}

/** A call that may sleep, whatever else it does. */
export interface Sleep extends StepBase {
  readonly kind: 'sleep';
  readonly name: string;
}

/** Something that must hold here, over locals. */
export interface Claim extends StepBase {
  readonly kind: 'claim';
  readonly condition: Expression;
  readonly property: string;
  readonly text: string;
}

/** A scenario starts a thread. */
export interface Spawn extends StepBase {
  readonly kind: 'spawn';
  readonly name: string;
  readonly function: string;
  readonly arguments: readonly Expression[];
}

/** A scenario says what must hold when every thread has ended or sleeps for good. */
export interface Finally extends StepBase {
  readonly kind: 'finally';
  readonly condition: Expression;
  readonly property: string;
  readonly text: string;
}

export type Execution = Read | Write | Modify | Compute | Choose | Wait | Sleep | Claim | Spawn | Finally;

/** What a field or an array element is. */
export type FieldType =
  | { readonly kind: 'value' }
  | { readonly kind: 'pointer'; readonly struct: string }
  | { readonly kind: 'struct'; readonly struct: string }
  | { readonly kind: 'lock'; readonly lock: LockKind }
  | { readonly kind: 'array'; readonly of: FieldType; readonly length: Expression };

export interface StructType {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: FieldType }[];
}

/** A closed program: structs, objects, functions, and the scenarios that start threads. */
export interface ModelProgram {
  readonly file: string;
  readonly structs: readonly StructType[];
  readonly globals: readonly { readonly name: string; readonly type: FieldType }[];
  readonly constants: readonly { readonly name: string; readonly value: Expression }[];
  /** Numbers a run may set: vCPUs, rounds, optional threads. */
  readonly parameters: readonly { readonly name: string; readonly value: number; readonly isOption: boolean; readonly at: Range }[];
  readonly functions: readonly FunctionIr[];
  readonly scenarios: readonly Scenario[];
  /** Folders and files of the tree whose functions of the same names it stands for. */
  readonly sources: readonly string[];
  /** Orders written down in the model's comments are rules, like those of Documentation. */
  readonly text: string;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly at: Range;
  /** Numbers it has unless asked for otherwise, by name of the parameter. */
  readonly values: Readonly<Record<string, number>>;
  readonly body: FunctionIr;
}
