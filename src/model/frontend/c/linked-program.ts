import { contextOf, hasMode, runsWithoutLine, type RunsIn } from '../../ir/interrupt-api.ts';
import type { Call, CallTarget, EnteredBy, FunctionIr, FunctionValue, InitialLock, LinkedFunction, Program } from '../../ir/program.ts';
import { compareLocations, type Location, type Range } from '../../source/location.ts';
import { append } from '../../source/multimap.ts';
import type { Constants } from './constants.ts';
import type { SourceFile } from './file-cache.ts';
import { GivenConstants } from './given-constants.ts';
import { globalTakers } from './kernel-names.ts';
import { mayBeCalledElsewhere, mayBeFollowedElsewhere, mayBeTakenElsewhere } from './other-callers.ts';
import { Namesakes } from './namesakes.ts';
import { Runners } from './runners.ts';
import { type Global, TableFlow } from './table-flow.ts';
import type { Definition, Unit } from './unit.ts';

export class Linked implements LinkedFunction {
  constructor(
    readonly id: number,
    readonly ir: FunctionIr,
    readonly definition: Definition,
  ) {}

  locate(range: Range): Location {
    const { file, item } = this.definition;
    return file.lines.location(file.path, { start: range.start + item.start, end: range.end + item.start });
  }
}

/** What a field was given, and why a call by it may not find that. */
interface Kept {
  readonly entry: Entry;
  readonly doubt?: string;
}

/** A function that a pointer may mean. */
interface Meant {
  readonly fn: Linked;
  readonly via: string;
  readonly doubt?: string;
}

type Entered = NonNullable<Parameters<Program['targets']>[2]>;

/** A function kept in a field, or in a variable itself. */
export interface Entry {
  readonly field: string;
  readonly function: string;
  readonly runsIn: RunsIn | undefined;
  /** Variable that holds it, and how it is reached from there: `kvm_vcpu_fops.unlocked_ioctl`. */
  readonly holder: string;
  /** That variable, where it is a global that is initialized so. */
  readonly global?: string;
  readonly file: SourceFile;
  /** Offsets in the file. */
  readonly at: Range;
}

/** Functions with what they call, also through pointers that are kept in fields, variables and arguments. */
export class LinkedProgram implements Program {
  readonly functions: Linked[] = [];
  private readonly byDefinition = new Map<Definition['item'], Linked>();
  private readonly byField = new Map<string, Entry[]>();
  private readonly entriesOf = new Map<string, Entry[]>();
  readonly tables: TableFlow;
  readonly runners = new Runners();
  readonly takers = globalTakers;
  readonly initial: InitialLock[] = [];
  /** What functions are given that have them called later. */
  private readonly givenOn = new Map<LinkedFunction, EnteredBy[]>();
  private readonly passed = new Map<string, Set<Linked>>();
  private readonly resolved = new Map<Call, readonly CallTarget[]>();
  private readonly open: boolean[] = [];
  /** By the path of a source. */
  private readonly builtIn = new Map<string, boolean>();
  private readonly enteredElsewhere: boolean[] = [];

  private readonly reached = new Map<string, readonly Kept[]>();
  private readonly namesakes: Namesakes;
  private readonly given: GivenConstants;

  constructor(
    private readonly unit: Unit,
    constants: Constants,
  ) {
    this.given = new GivenConstants(unit, constants);
    this.namesakes = new Namesakes(unit);
    this.tables = new TableFlow(unit);
  }

  has(definition: Definition): boolean {
    return this.byDefinition.has(definition.item);
  }

  add(ir: FunctionIr, definition: Definition): void {
    const { file, item } = definition;
    const linked = new Linked(this.functions.length, ir, definition);
    this.functions.push(linked);
    this.byDefinition.set(item, linked);
    this.runners.add(ir, file);
    if (ir.tables) this.tables.add(ir.tables, file.path);
    for (const s of ir.stored)
      this.store({
        field: s.field,
        function: s.function,
        runsIn: s.runsIn ?? contextOf(s.field),
        holder: s.field,
        file,
        at: { start: s.at.start + item.start, end: s.at.end + item.start },
      });
  }

  store(entry: Entry): void {
    const stored = this.byField.get(entry.field);
    if (stored) stored.push(entry);
    else this.byField.set(entry.field, [entry]);
    const entries = this.entriesOf.get(entry.function);
    if (entries) entries.push(entry);
    else this.entriesOf.set(entry.function, [entry]);
  }

  /** Lets functions passed as arguments reach the parameters that are called. */
  finish(): void {
    this.runners.finish((name, from) => this.named(name, from));
    let passing = this.functions.flatMap((fn) => callsThatPass(fn.ir).map((call) => ({ call, fn })));
    const all = passing;
    // Ends, since the sets only grow.
    for (let round = 0, changed = true; changed; round++) {
      changed = false;
      // Only what hands a parameter on, or calls through one, can have more to pass than the first time.
      if (round === 1) passing = passing.filter(({ call }) => dependsOnParameter(call));
      for (const { call, fn } of passing) {
        for (const target of call.name === undefined ? this.resolve(call, fn) : this.targets(call, fn)) {
          for (const [index, argument] of call.arguments.entries()) {
            if (argument.functions && this.pass(target.function, index, argument.functions, fn)) changed = true;
          }
        }
      }
    }
    for (const { call, fn } of all)
      if (this.targets(call, fn).length === 0) for (const given of this.passedIn(call, fn)) this.open[given.id] = true;
    for (const fn of this.functions)
      for (const { parameter, field: name, at, runsIn: usual } of fn.ir.passedOn ?? [])
        for (const given of this.passed.get(`${fn.id}.${parameter}`) ?? [])
          append(this.givenOn, given, {
            ...{ name, at: fn.locate(at) },
            ...{ runsIn: this.placeOf(given, name, usual), isWithoutLine: runsWithoutLine(name) },
          });
  }

  private pass(to: LinkedFunction, index: number, functions: readonly FunctionValue[], from: LinkedFunction): boolean {
    const key = `${to.id}.${index}`;
    let set = this.passed.get(key);
    if (!set) this.passed.set(key, (set = new Set()));
    const before = set.size;
    for (const { fn } of this.values(functions, from)) set.add(fn);
    return set.size > before;
  }

  targets(call: Call, caller: LinkedFunction, entered?: Entered): readonly CallTarget[] {
    if (entered && call.pointer?.some((value) => value.kind === 'parameter')) return this.resolve(call, caller, entered);
    let known = this.resolved.get(call);
    if (!known) this.resolved.set(call, (known = this.resolve(call, caller)));
    return known;
  }

  private resolve(call: Call, caller: LinkedFunction, entered?: Entered): readonly CallTarget[] {
    if (call.name !== undefined) return this.named(call.name, caller.ir.file).map((fn) => ({ function: fn, via: '', candidates: 1 }));
    const values = this.values(call.pointer ?? [], caller, entered);
    return values.map(({ fn, via, doubt }) => ({ function: fn, via, candidates: values.length, ...(doubt !== undefined && { doubt }) }));
  }

  passedIn(call: Call, caller: LinkedFunction): readonly LinkedFunction[] {
    return this.values(
      call.arguments.flatMap(({ functions }) => functions ?? []),
      caller,
    ).map(({ fn }) => fn);
  }

  enteredBy(fn: LinkedFunction): readonly EnteredBy[] {
    const kept = (this.entriesOf.get(fn.ir.name) ?? [])
      .filter((entry) => this.named(entry.function, entry.file.path).some((named) => named === fn))
      .map(({ field, holder: name, file, at, runsIn: usual }): EnteredBy => {
        const runsIn = usual && this.placeOf(fn, field, usual);
        return { name, at: file.lines.location(file.path, at), ...(runsIn && { runsIn, isWithoutLine: runsWithoutLine(field) }) };
      });
    return [...kept, ...(this.givenOn.get(fn) ?? [])].sort((a, b) => compareLocations(a.at, b.at));
  }

  /** Where a function runs by way of a field: of a high-resolution timer its mode tells. */
  private placeOf(fn: LinkedFunction, field: string, usual: RunsIn): RunsIn {
    return hasMode(field) && this.runners.isSoft(fn) ? 'softirq' : usual;
  }

  mayBeCalledElsewhere({ id, ir }: LinkedFunction): boolean {
    return (this.open[id] ??= mayBeCalledElsewhere(ir, this.unit, this.builtIn));
  }

  mayBeEnteredElsewhere(fn: LinkedFunction): boolean {
    const isOpen = ({ function: name, field, file }: Entry): boolean =>
      mayBeFollowedElsewhere(field, this.unit) && this.named(name, file.path).some((named) => named === fn);
    return (this.enteredElsewhere[fn.id] ??= this.mayBeCalledElsewhere(fn) || (this.entriesOf.get(fn.ir.name) ?? []).some(isOpen));
  }

  mayBeTakenElsewhere(lockClass: string): boolean {
    return mayBeTakenElsewhere(lockClass, this.unit);
  }

  isNeverGiven(constant: string, field: string): boolean {
    return this.given.isNeverGiven(constant, field);
  }

  private values(values: readonly FunctionValue[], caller: LinkedFunction, entered?: Entered): readonly Meant[] {
    const found = new Map<Linked, Meant>();
    const add = (meant: Meant): void => {
      const known = found.get(meant.fn);
      // Of two ways to be meant the surer one counts.
      if (!known || known.doubt !== undefined) found.set(meant.fn, meant);
    };
    const isSame = ({ entry: { field, file } }: Kept): boolean => !this.namesakes.areTwo(field, caller.ir.file, file.path);
    for (const value of values) {
      if (value.kind === 'function') for (const fn of this.named(value.name, caller.ir.file)) add({ fn, via: fn.ir.name });
      else if (value.kind === 'field') {
        for (const { entry, doubt } of this.entriesBehind(value).filter(isSame))
          for (const fn of this.named(entry.function, entry.file.path))
            add({ fn, via: value.field, ...(doubt !== undefined && { doubt }) });
      } else if (entered?.call.arguments[value.index]?.functions) {
        for (const meant of this.values(entered.call.arguments[value.index]!.functions!, entered.by)) add(meant);
      } else
        for (const fn of this.passed.get(`${caller.id}.${value.index}`) ?? [])
          add({ fn, via: `parameter ${caller.ir.parameters[value.index] ?? value.index} of ${caller.ir.name}` });
    }
    return [...found.values()].sort((a, b) => a.fn.id - b.fn.id);
  }

  /** What is kept in a field, as far as the struct may be one that was come to by its holder. */
  private entriesBehind({ field, holder }: FunctionValue & { kind: 'field' }): readonly Kept[] {
    const key = holder === undefined ? field : `${field}\0${holder}`;
    let kept = this.reached.get(key);
    if (!kept) {
      const all = (this.byField.get(field) ?? []).map((entry) => ({ entry }));
      this.reached.set(key, (kept = holder === undefined ? all : this.heldIn(holder, all)));
    }
    return kept;
  }

  private heldIn(holder: string, all: readonly Kept[]): readonly Kept[] {
    const globalOf = ({ entry: { global: name, file } }: Kept): Global | undefined =>
      name === undefined ? undefined : { name, file: file.path };
    const kept = all.filter((each) => {
      const global = globalOf(each);
      return !global || !this.tables.excludes(holder, global);
    });
    // If it is none of them, something was not read.
    if (kept.length === 0) return all;
    const isOf = ({ entry: { file, global } }: Kept): boolean => this.tables.isOf(holder, file.path, global);
    const isImplemented = kept.some(isOf);
    return kept.map((each) => {
      const global = globalOf(each);
      if (global && this.tables.isStoredElsewhere(holder, global)) return { ...each, doubt: `what is stored in ${holder} was not read` };
      if (isImplemented && !isOf(each)) return { ...each, doubt: `${each.entry.file.path} knows nothing of ${holder}` };
      return each;
    });
  }

  private named(name: string, from: string): readonly Linked[] {
    const found: Linked[] = [];
    for (const definition of this.unit.functions(name, from)) {
      const linked = this.byDefinition.get(definition.item);
      if (linked) found.push(linked);
    }
    return found;
  }
}

const passingCalls = new WeakMap<FunctionIr, readonly Call[]>();

/** Calls that pass functions on. */
function callsThatPass(ir: FunctionIr): readonly Call[] {
  let calls = passingCalls.get(ir);
  if (!calls)
    passingCalls.set(
      ir,
      (calls = ir.steps.flatMap((step) => (step.kind === 'call' && step.arguments.some((a) => a.functions) ? [step] : []))),
    );
  return calls;
}

function dependsOnParameter(call: Call): boolean {
  const isParameter = (value: FunctionValue): boolean => value.kind === 'parameter';
  return call.pointer?.some(isParameter) === true || call.arguments.some((argument) => argument.functions?.some(isParameter));
}
