import { isSoftMode, registrationApi } from '../../ir/interrupt-api.ts';
import { lockApi } from '../../ir/lock-api.ts';
import { ANY, isConstantName, POSITIVE, ZERO, type PassedOn, type Stored } from '../../ir/program.ts';
import { isSleepingRoot, onlyNotesFlags, sleepApi } from '../../ir/sleep-api.ts';
import { flagsOf, writesFlags } from './allocation-flags.ts';
import type { Expressions } from './expressions.ts';
import { type Frame, text } from './frame.ts';
import { GraphBuilder } from './graph.ts';
import { neverReturning, neverReturningHosted } from './kernel-names.ts';
import type { Node } from './syntax.ts';

/** What calling a name can come to: `effect` is to sleep, or to turn interrupts off or on, and no lock. */
export type Reach = 'nothing' | 'effect' | 'lock';

/** Where it is known whether page faults are off. */
const faultsOff = 'pagefault_disabled()';

/** What a call does besides what its callee does to locks: it may sleep, and has functions called later. */
export abstract class SideEffects extends GraphBuilder {
  readonly stored: Stored[] = [];
  readonly passedOn: PassedOn[] = [];

  constructor(
    frame: Frame,
    x: Expressions,
    /** What a name, if it is a macro or an inline of a header, can reach. */
    protected readonly reach: (name: string) => Reach,
  ) {
    super(frame, x);
  }

  /** It is of a program for user space. */
  protected get isHosted(): boolean {
    return this.x.unit.isHosted(this.frame.file);
  }

  protected neverReturns(name: string): boolean {
    if (this.x.unit.isNoreturn(name)) return true;
    if (!this.isHosted) return neverReturning.has(name);
    return neverReturningHosted.has(name) && this.x.unit.lookup('function', name).length === 0;
  }

  /** What was asked or written so far, and is not of this function alone, may be something else now. */
  protected forgetShared(node: Node): void {
    const known = this.blocks.flatMap(({ steps, next }) => [
      ...next.flatMap(({ conditions }) => conditions.map(({ key }) => key)),
      ...steps.flatMap((step) => (step.kind === 'assign' ? [step.target] : [])),
    ]);
    const places = new Set(known.map((key) => key.replace(/^!+/, '')));
    for (const target of places) {
      if (this.isShared(target)) this.emit({ kind: 'assign', at: this.at(node), target, values: ANY, same: '' });
    }
  }

  /** Whether others may write to a place. */
  protected isShared(place: string): boolean {
    const root = /^\w+/.exec(place)?.[0];
    return root !== undefined && !isConstantName(root) && (/->|\.|\[/.test(place) || !this.region.scope.find(root));
  }

  /** A file's own macro stands before a header's function. */
  protected isMacro(name: string): boolean {
    const { file: own } = this.frame;
    const macros = this.x.unit.macros(name, own).filter((d) => d.item.parameters);
    if (macros.length === 0) return false;
    const functions = this.x.unit.functions(name, own);
    return functions.length === 0 || (macros.some(({ file }) => file.path === own) && !functions.some(({ file }) => file.path === own));
  }

  protected matters(name: string): boolean {
    return this.reach(name) === 'lock';
  }

  /** Functions that it is given to call later. */
  protected registers(name: string, args: readonly Node[]): void {
    for (const { argument, runsIn: usual, mode } of registrationApi.get(name) ?? []) {
      if (this.isHosted && usual !== 'task') continue;
      const given = args[argument];
      const written = mode === undefined ? undefined : args[mode];
      const runsIn = written && isSoftMode(text(written, this.frame)) ? 'softirq' : usual;
      for (const f of given ? this.x.functionsAt(given, this.frame, this.region.scope) : [])
        if (f.kind === 'function') this.stored.push({ field: name, function: f.name, at: this.at(given!), runsIn });
        else if (f.kind === 'parameter') this.passedOn.push({ field: name, parameter: f.index, at: this.at(given!), runsIn });
    }
  }

  /** A macro or inline that has to be looked into for no more than that. */
  protected hasEffect(name: string): boolean {
    return !isSleepingRoot(name) && this.reach(name) === 'effect';
  }

  /** What may sleep by itself; a function that is not read, if it is given flags that say so. */
  protected sleeps(name: string, args: readonly Node[], node: Node): void {
    if (this.isHosted) return;
    const listed = sleepApi.get(name);
    const known = listed?.isByBody && this.isReadSource(name) ? undefined : listed;
    if (/^pagefault_(en|dis)able$/.test(name))
      this.emit({ kind: 'assign', at: this.at(node), target: faultsOff, values: name === 'pagefault_enable' ? ZERO : POSITIVE, same: '' });
    const time = known && args[known.time];
    if (time && this.exact(time) === 0) return;
    const written = known ? args[known.flags] : this.writtenFlags(name, args);
    if (!known && !written) return;
    const flags = written && flagsOf(written, this.frame, this.x);
    if (flags?.values === ZERO || (known && known.flags >= 0 && !flags)) return;
    this.emit({
      kind: 'sleep',
      at: this.at(node),
      name,
      text: `${name}(${written ? `${args.length > 1 ? '…, ' : ''}${text(written, this.frame).replace(/\s+/g, ' ')}` : ''})`,
      ...(flags && { flags }),
      isFault: known?.isFault === true,
    });
  }

  /** Whether a function is in a source that is read: a header may only have what stands for it in some configurations. */
  private isReadSource(name: string): boolean {
    return this.x.unit.lookup('function', name).some(({ file }) => file.path.endsWith('.c'));
  }

  private writtenFlags(name: string, args: readonly Node[]): Node | undefined {
    const written = args.find((argument) => argument.type !== 'call_expression' && writesFlags(text(argument, this.frame)));
    const isRead =
      written && (lockApi.has(name) || this.x.unit.lookup('function', name).length > 0 || this.x.unit.lookup('macro', name).length > 0);
    return isRead || onlyNotesFlags(name) ? undefined : written;
  }
}
