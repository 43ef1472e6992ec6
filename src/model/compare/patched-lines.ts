import type { Applied } from '../patch/applied.ts';
import type { Location } from '../source/location.ts';
import type { Cause, PatchPlace } from './changes.ts';

/** A patch that was put on, and which of its series it is. */
export interface PatchApplied {
  readonly patch: number;
  readonly applied: Applied;
}

interface Line {
  readonly place: PatchPlace;
  readonly sign: ' ' | '+' | '-';
  readonly text: string;
}

export type Side = 'before' | 'after';

/** Lines that a patch shows, found by where they are in a file before or after it. */
export class PatchedLines {
  private readonly shown: Record<Side, Map<string, Map<number, Line>>> = { before: new Map(), after: new Map() };
  /** Names of files before, by those after, where they differ. */
  private readonly renamed: Map<string, string>;

  /** `renamed`: names of files before, by those after, besides those that the patches rename. */
  constructor(patches: readonly PatchApplied[], renamed: ReadonlyMap<string, string> = new Map()) {
    this.renamed = new Map(renamed);
    for (const { patch, applied } of patches) this.addPatch(patch, applied);
  }

  get isEmpty(): boolean {
    return this.shown.before.size + this.shown.after.size === 0;
  }

  private addPatch(patch: number, applied: Applied): void {
    for (const { change, hunks } of applied.files) {
      if (change.kind === 'renamed' && change.before !== undefined && change.after !== undefined)
        this.renamed.set(change.after, change.before);
      for (const line of hunks.flatMap((hunk) => hunk.lines)) {
        const entry: Line = { place: { patch, line: line.line }, sign: line.kind, text: line.text };
        this.add('before', change.before, line.before, entry);
        this.add('after', change.after, line.after, entry);
      }
    }
  }

  /** The line of the patch that shows a line of a file. */
  at(side: Side, { file, line }: Pick<Location, 'file' | 'line'>): PatchPlace | undefined {
    return this.shown[side].get(file)?.get(line)?.place;
  }

  /** The same, only where the patch changes that line. */
  changedAt(side: Side, { file, line }: Pick<Location, 'file' | 'line'>): Cause | undefined {
    const found = this.shown[side].get(file)?.get(line);
    if (!found || found.sign === ' ') return undefined;
    return { ...found.place, sign: found.sign, text: found.text.trim(), file };
  }

  /** Changed lines of a file among these lines, both ends included. */
  changedWithin(side: Side, file: string, first: number, last: number): readonly Cause[] {
    const causes: Cause[] = [];
    for (const line of this.shown[side].get(file)?.keys() ?? []) {
      const cause = line >= first && line <= last ? this.changedAt(side, { file, line }) : undefined;
      if (cause) causes.push(cause);
    }
    return causes;
  }

  /** The first line of the patch inside these lines of a file, a changed one if there is any. */
  within(side: Side, { file, line, endLine }: Pick<Location, 'file' | 'line' | 'endLine'>): PatchPlace | undefined {
    const changed = this.changedWithin(side, file, line, endLine)[0];
    if (changed) return { patch: changed.patch, line: changed.line };
    for (const [shown, { place }] of this.shown[side].get(file) ?? []) if (shown >= line && shown <= endLine) return place;
    return undefined;
  }

  /** Files that the patch touches, by their names on that side. */
  files(side: Side): Iterable<string> {
    return this.shown[side].keys();
  }

  /** Changed lines of a file, with their text. */
  *changedIn(side: Side, file: string): Iterable<readonly [line: number, text: string]> {
    for (const [line, { sign, text }] of this.shown[side].get(file) ?? []) if (sign !== ' ') yield [line, text];
  }

  /** Whether the patch touches a file, by its name on that side. */
  touches(side: Side, file: string): boolean {
    return this.shown[side].has(file);
  }

  /** What a file that the patch renames was called. */
  nameBefore(file: string): string {
    return this.renamed.get(file) ?? file;
  }

  private add(side: Side, file: string | undefined, line: number | undefined, entry: Line): void {
    if (file === undefined || line === undefined) return;
    let lines = this.shown[side].get(file);
    if (!lines) this.shown[side].set(file, (lines = new Map<number, Line>()));
    lines.set(line, entry);
  }
}
