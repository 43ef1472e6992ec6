import type { Finding, Witness } from '../checks/finding.ts';
import type { Contract } from '../analysis/contract.ts';
import type { LockKind } from '../ir/program.ts';
import type { Location, Problem } from '../source/location.ts';

/** Whether a finding is there only with the patch, only without it, or both ways. */
export type Change = 'new' | 'fixed' | 'kept';

/** A line of a patch. */
export interface PatchPlace {
  /** Which patch of the series, counted from 0. */
  readonly patch: number;
  /** Line of `Patch.text`, counted from 1. */
  readonly line: number;
}

/** A changed line that a change of the locking comes from. */
export interface Cause extends PatchPlace {
  readonly sign: '+' | '-';
  /** The line itself, without its mark and the white space around it. */
  readonly text: string;
  readonly file: string;
}

/** Another patch of the series. */
export interface OtherPatch {
  /** Counted from 0. */
  readonly patch: number;
  /** What a person calls it: `2/3`, or its subject in quotes. */
  readonly name: string;
}

/** A finding of the tree before (fixed) or after (new, kept); places are those of that tree. */
export interface ChangedFinding extends Finding {
  readonly change: Change;
  /** The line of the patch that it is shown at; undefined: it stands outside of what the patch shows. */
  readonly place?: PatchPlace;
  /** Changed lines that made it or took it away; none where it cannot be told. */
  readonly causes: readonly Cause[];
  /** Of a new one: a later patch of the series takes it away. */
  readonly goneWith?: OtherPatch;
  /** Of a fixed one: an earlier patch of the series brought it. */
  readonly cameWith?: OtherPatch;
}

/** A function that takes a lock, and where. */
export interface Taker {
  readonly function: string;
  readonly at: Location;
}

/** A lock class that is taken with the patch and was not before, or the other way round. */
export interface ClassChange {
  readonly lockClass: string;
  readonly kind: LockKind;
  readonly takers: readonly Taker[];
  /** What is held somewhere while it is taken (`the read side of …` where it is read), and classes taken while it is held. */
  readonly outer: readonly string[];
  readonly inner: readonly string[];
  /** Fields and variables all of whose writes that were looked at hold it. */
  readonly guards: readonly string[];
  readonly place?: PatchPlace;
}

/** A lock class that has another name with the patch, wherever it is taken. What is told of the tree before has the new name. */
export interface ClassRename {
  readonly from: string;
  readonly to: string;
  readonly kind: LockKind;
  /** After the patch. */
  readonly takers: readonly Taker[];
  readonly place?: PatchPlace;
}

/** An operation on a lock. */
export interface LockUser extends Taker {
  readonly operation: string;
}

/** A lock class that is there both ways and is declared otherwise. */
export interface LockTypeChange {
  readonly lockClass: string;
  /** `spinlock_t`, `struct mutex`. */
  readonly before: string;
  readonly after: string;
  /** Operations after that are for another type. */
  readonly misfits: readonly LockUser[];
  /** Of one under which nobody may sleep any more: calls of what was not read, with it held. */
  readonly unread: readonly Taker[];
  readonly place?: PatchPlace;
}

/** `inner` is taken while `outer` is held, or its readers are waited for: with the patch and not before, or the other way round. */
export interface EdgeChange {
  readonly outer: string;
  readonly inner: string;
  /** The outer one is held by a reader of (S)RCU. */
  readonly isReadSide: boolean;
  readonly witness: Witness;
  readonly place?: PatchPlace;
}

/** A function that asks something else of its callers, or does something else to their locks. */
export interface ContractChange {
  readonly function: string;
  /** Where the function stands after the patch, or before it where it is gone. */
  readonly at: Location;
  /** Undefined where the function is not there. */
  readonly before?: Contract;
  readonly after?: Contract;
  /** The function that the patch changes and this one does as, since it calls it, over any number of calls; a finding may say what that does. */
  readonly follows?: { readonly function: string; readonly file: string; readonly inFinding?: true };
  /** Those that follow it, in words: `likewise 7 functions that call it (a, b, c and 4 more)`. */
  readonly likewise?: string;
  /** What changed, in words: `now takes struct foo.lock`. */
  readonly messages: readonly string[];
  /** Those of them that are wrong unless the callers change as well: locks newly left held, or the caller's given back. */
  readonly warnings: readonly string[];
  /** Locks that the function asserts and a caller newly lacks: each is one of the warnings. */
  readonly lacking: readonly string[];
  readonly place?: PatchPlace;
}

/** A documented order that came or went with the patch. */
export interface RuleChange {
  readonly outer: string;
  readonly inner: string;
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly place?: PatchPlace;
}

export interface AddedRemoved<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

/** What a patch changes in the locking. */
export interface Changes {
  readonly classes: AddedRemoved<ClassChange>;
  readonly renames: readonly ClassRename[];
  readonly types: readonly LockTypeChange[];
  readonly edges: AddedRemoved<EdgeChange>;
  /** Edges there both ways that lead from or to a lock class of an added or removed one: what a picture of the order needs besides. */
  readonly around: readonly EdgeChange[];
  readonly contracts: readonly ContractChange[];
  readonly accesses: readonly AccessChange[];
  readonly rules: AddedRemoved<RuleChange>;
}

/** One access, as the change of a place tells it. */
export interface AccessSite {
  readonly kind: 'read' | 'write';
  readonly isMarked: boolean;
  readonly at: Location;
  readonly function: string;
  /** The expression as written. */
  readonly text: string;
  /** Lock classes held that can guard it. */
  readonly guards: readonly string[];
  /** Those of them that are held shared, on some way. */
  readonly shared: readonly string[];
  /** Those of them that are held by callers which were read, and the function that code which was not read may call without. */
  readonly unsure?: readonly { readonly lock: string; readonly function: string }[];
  /** Locks that a function called before may have taken, and says nothing of it. */
  readonly maybeHeld?: readonly string[];
  /** Functions on the way here, the entry first. */
  readonly chain: readonly string[];
  /** The patch writes its line. */
  readonly isChanged?: true;
}

/** A field or variable whose accesses are under other locks than before, or are marked otherwise. */
export interface AccessChange {
  /** `struct kvm_vcpu_arch.mp_state`, or a variable's name. */
  readonly place: string;
  /** What it comes to, in words. */
  readonly messages: readonly string[];
  /**
   * `open`: accesses may meet, as they lost what kept them apart or what the patch changes still does not. `closed`: they might
   * have, and now have a lock in common. `note`: neither.
   */
  readonly verdict: 'open' | 'closed' | 'note';
  /** Undefined where the place is not accessed. */
  readonly before?: AccessSummary;
  readonly after?: AccessSummary;
  readonly at?: PatchPlace;
}

export interface AccessSummary {
  /** Lock classes held at every write, and at every access. */
  readonly writers: readonly string[];
  readonly all: readonly string[];
  /** After the patch: those that it changes first. */
  readonly sites: readonly AccessSite[];
}

/** What some patch, or some patches together, make of a tree. */
export interface Reviewed {
  /** New ones first, then fixed, then kept; each by place. */
  readonly findings: readonly ChangedFinding[];
  /** Findings in the files that were looked at that are there both ways, and that the patch has nothing to do with. */
  readonly untouched: number;
  /** Findings of the tree after that a comment suppresses, and none did before; `kept` where they were findings before. */
  readonly suppressed: readonly { readonly finding: ChangedFinding; readonly reason: string }[];
  readonly changes: Changes;
  /** Where no change is seen, why there may be one: a clause each. */
  readonly unseen: readonly string[];
  /** Files and functions that have to do with what changes and were not looked at, as there are too many, or none is known. */
  readonly unfollowed: readonly Problem[];
}
