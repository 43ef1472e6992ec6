import type { GuardedField, LockClass, ResolvedRule } from '../model/reviewer-api.ts';
import type { Sequence } from '../model/trace/sequence.ts';
import type { Remark } from './diagram.ts';
import type { ReviewRequests } from './review.ts';
import type { SimulationRequests } from './simulation.ts';

/** What the server answers besides the standard requests. URIs are `file:` URIs as the client spells them. */
export interface Requests extends SimulationRequests, ReviewRequests {
  /** Checks one file, open or not, and publishes what it finds. */
  'lockstep/checkFile': { params: CheckFileParams; result: CheckSummary };
  /** Checks everything below a folder. Diagnostics stay until the folder is checked again. Cancelled by `$/cancelRequest`. */
  'lockstep/checkFolder': { params: CheckFolderParams; result: CheckSummary };
  /** What would have to happen for a finding to come true. Fails if it is not shown any more. */
  'lockstep/explain': { params: ExplainParams; result: FindingExplanation };
  /** Lock classes of a file and of what it is linked with, by name. */
  'lockstep/locks': { params: DocumentedOrdersParams; result: LockClasses };
  /** What a lock class guards, of those that `lockstep/locks` tells for the file. Cancelled by `$/cancelRequest`. */
  'lockstep/guarded': { params: GuardedParams; result: GuardedFields };
  /** Ways from the entries of a module to a function or a line, with the locks on them. Cancelled by `$/cancelRequest`. */
  'lockstep/paths': { params: PathsParams; result: LockPaths };
  /** Documented lock orders that apply to a file or folder. */
  'lockstep/documentedOrders': { params: DocumentedOrdersParams; result: readonly DocumentedOrder[] };
}

export interface CheckFileParams {
  readonly uri: string;
}

export interface CheckFolderParams {
  readonly uri: string;
  /** Progress is reported as `WorkDoneProgress` under this token. */
  readonly workDoneToken?: number | string;
}

export interface CheckSummary {
  /** Diagnostics published: findings below `lockstep.minimumConfidence` are not among them. */
  readonly findings: number;
  /** Findings left out because of `lockstep.minimumConfidence`. */
  readonly hidden: number;
  readonly filesWithFindings: number;
  /** Source files read, headers not counted. */
  readonly files: number;
  /** Lock acquisitions, releases and waits that were read. */
  readonly lockOperations: number;
}

/** Of the client: shows what `lockstep/explain` answers. Its arguments are URI and id of a finding. */
export const explainCommand = 'lockstep.explainFinding';

export interface LockClasses {
  /** URI of the tree that the places are relative to. */
  readonly root: string;
  /** The file asked about, relative to it. */
  readonly file: string;
  readonly locks: readonly LockClass[];
}

export interface GuardedParams {
  readonly uri: string;
  readonly lockClass: string;
}

export interface GuardedFields {
  /** URI of the tree that the places are relative to. */
  readonly root: string;
  readonly fields: readonly GuardedField[];
}

export interface ExplainParams {
  /** The file that the finding is in. */
  readonly uri: string;
  /** As the data of its diagnostic has it. */
  readonly id: string;
}

export interface FindingExplanation {
  readonly title: string;
  /** A lane for each CPU. It ends with who waits for whom, or with what comes of it; its summary says the same. */
  readonly sequence: Sequence;
  readonly remarks: readonly Remark[];
}

export interface PathsParams {
  /** Any file of the tree; the one that has the line, where a line is asked for. */
  readonly uri: string;
  /** `line` counts from 1; `file` is relative to the tree. */
  readonly target: { readonly line: number } | { readonly function: string; readonly file?: string };
  /** Progress is reported as `WorkDoneProgress` under this token. */
  readonly workDoneToken?: number | string;
}

export interface LockPaths {
  /** The shortest first; empty where nothing leads to the target, or nothing was found. */
  readonly paths: readonly Sequence[];
  /** There are more. */
  readonly isCut: boolean;
  /** What the target means; several: it has to be said which. */
  readonly definitions: readonly { readonly function: string; readonly file: string; readonly line: number }[];
  /** Where nothing was found: names that are much like it. */
  readonly similar: readonly string[];
}

export interface DocumentedOrdersParams {
  readonly uri: string;
}

export interface DocumentedOrder extends ResolvedRule {
  /** Document that states the order; `line` counts from 1. */
  readonly uri: string;
}

/** Sent to clients that set `InitializationOptions.notifications`. */
export interface ServerNotifications {
  /** A check of an open file ended and its diagnostics are published. What the bench reads. */
  'lockstep/checked': Checked;
  'lockstep/status': Status;
}

export interface Checked {
  readonly uri: string;
  readonly version: number;
  /** Findings published. */
  readonly findings: number;
  /** Time in the worker and on the way to it and back. */
  readonly milliseconds: number;
  /** From the arrival of the edit to the publishing of its diagnostics; with it the pause that waits for further edits. */
  readonly sinceEdit: number;
}

export interface Status {
  /** `failed`: nothing runs, and the last check of an open file ended with an error, which the log has. */
  readonly state: 'idle' | 'checking' | 'failed';
  /** What is being checked, or could not be, relative to its tree. */
  readonly path?: string;
}

export interface ClientNotifications {
  /** Files may have changed on disk (the window got the focus back): checks open files again. */
  'lockstep/recheck': Record<string, never>;
}

/** Settings of section `lockstep`, as the client's configuration or `InitializationOptions` gives them. */
export interface Settings {
  /** Check files as they are opened and edited. Requests are answered either way. */
  readonly enable: boolean;
  readonly minimumConfidence: 'high' | 'medium' | 'low';
  /** Further files with documented orders, relative to the tree or absolute. */
  readonly orders: readonly string[];
  /** Say above functions what they do with locks. */
  readonly codeLens: boolean;
  /** Say behind the lines of functions which locks are held from there on. */
  readonly inlayHints: boolean;
  /** Checks to run that are off otherwise. */
  readonly enableChecks: readonly string[];
}

export interface InitializationOptions {
  /** Send `ServerNotifications`; a client that does not know them would log an error for each. */
  readonly notifications?: boolean;
  /** The client has the command `lockstep.explainFinding`: code actions may offer it. */
  readonly explains?: boolean;
  /** For clients without `workspace/configuration`. */
  readonly settings?: Partial<Settings>;
}
