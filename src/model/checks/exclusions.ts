import type { Context, HeldLock } from '../analysis/contexts.ts';
import type { State } from '../analysis/state.ts';
import type { Summaries } from '../analysis/summaries.ts';
import { comparisonOf, keyText, type Comparison } from '../ir/comparisons.ts';
import { ZERO, type Assign, type FunctionIr, type LinkedFunction, type Program, type Step } from '../ir/program.ts';
import type { Doubts } from './confidence.ts';
import { areFoldersLinked } from './linked-files.ts';
import type { ChainEnd } from './witness.ts';

interface Input {
  readonly program: Program;
  readonly summaries: Summaries;
}

/** A function on a chain, from the one that holds the lock on, and what is known where it goes on. */
interface Frame {
  readonly fn: LinkedFunction;
  readonly step: Step;
  readonly states: readonly State[];
  readonly context: Context;
}

/** What is known on a chain of calls, and speaks against its being gone through. */
export function doubtConditions(arrival: ChainEnd, since: HeldLock, { program, summaries }: Input, doubts: Doubts): void {
  const frames = framesOf(arrival, since, summaries);
  for (const [i, frame] of frames.entries()) {
    const { name } = frame.fn.ir;
    for (const [key, values] of knownAt(frame)) {
      const constant = (values & ZERO) === 0 ? comparisonOf(key)?.equals?.name : undefined;
      const field = constant === undefined ? undefined : fieldOf(key, frame.fn.ir);
      if (field !== undefined && program.isNeverGiven(constant!, field))
        doubts.add(`${name} gets there only where ${keyText(key)}, and nothing that was read gives ${field} that value`);
      const bit = values === ZERO ? comparisonOf(key)?.mask?.name : undefined;
      const ender = bit === undefined ? undefined : frames.slice(i + 1).find((above) => endsBit(above, bit));
      if (ender) doubts.add(`${name} gets there only where ${bit!} is not set, which ${ender.fn.ir.name} clears itself further on`);
    }
    const skipped = skippedAt(frame, arrival);
    if (skipped !== undefined)
      doubts.add(`${name} takes ${arrival.lockClass} itself before if there is any ${skipped}: here there is none`);
    if (frame.context !== since.context) doubtPointer(frame, program, doubts);
  }
}

/** The functions of a chain, the last one first. */
export function framesOf(arrival: ChainEnd, since: HeldLock, summaries: Summaries): readonly Frame[] {
  const frames: Frame[] = [];
  let step: Step = arrival.step;
  for (let context: Context | undefined = arrival.context; context; context = context.caller?.context) {
    const { fn, caller } = context;
    frames.push({ fn, step, states: statesAt(fn, step, arrival, summaries), context });
    if (context === since.context || !caller) break;
    step = caller.call;
  }
  return frames;
}

/** States that hold nothing but what is held at the end of the chain, unless all of them do: it is given back on the way then. */
function statesAt(fn: LinkedFunction, step: Step, { held }: ChainEnd, summaries: Summaries): readonly State[] {
  const all = summaries.flow(fn).points.get(step) ?? [];
  const kept = all.filter((state) => state.held.every((own) => held.some((each) => each.held.step === own.step)));
  const most = Math.max(...kept.map((state) => state.held.length));
  return kept.length > 0 ? kept.filter((state) => state.held.length === most) : all;
}

/** What all states of a place know. */
export function knownAt({ states }: Pick<Frame, 'states'>): readonly (readonly [string, number])[] {
  const [first, ...more] = states;
  return [...(first?.facts ?? [])].filter(([key, values]) => more.every(({ facts }) => facts.get(key) === values));
}

/** The field that a fact of a pointer's object speaks of: `struct event.kind` of `event->kind==3`. */
function fieldOf(key: string, ir: FunctionIr): string | undefined {
  const [, root, field] = /^(\w+)->(\w+)$/.exec(comparisonOf(key)?.place ?? '') ?? [];
  const type = root === undefined ? undefined : typeOf(root, ir);
  return type && `${type}.${field!}`;
}

/** Whether a function clears a bit of which it knows nothing where it goes on: it was set until then. */
function endsBit({ fn, states }: Frame, bit: string): boolean {
  const isBit = (comparison: Comparison | undefined): boolean => comparison?.mask?.name === bit;
  if (states.some(({ facts }) => [...facts.keys()].some((key) => isBit(comparisonOf(key))))) return false;
  const asks = fn.ir.blocks.some(({ next }) => next.some(({ conditions }) => conditions.some(({ key }) => isBit(comparisonOf(key)))));
  const changes = assignsOf(fn.ir).filter(({ bits }) => bits?.mask.name === bit);
  return !asks && changes.length > 0 && changes.every(({ bits }) => bits!.values === ZERO);
}

/** Everything that a function gives another value. */
export function assignsOf({ blocks }: FunctionIr): readonly Assign[] {
  return blocks.flatMap(({ steps }) => steps.filter((step) => step.kind === 'assign'));
}

/** The pointer without which a function leaves a lock of the class alone that the chain ends at: `if (group) mutex_lock(&group->lock);`. */
function skippedAt({ fn, step, states }: Frame, { lockClass }: ChainEnd): string | undefined {
  if (lockClass === '' || states.length === 0) return undefined;
  for (const taken of fn.ir.steps) {
    if (taken.kind !== 'acquire' || taken.isTry || taken.lock.lockClass !== lockClass || taken.at.start >= step.at.start) continue;
    const { root } = taken.lock;
    if (root !== '' && states.every(({ facts }) => facts.get(root) === ZERO)) return root;
  }
  return undefined;
}

/** Where code asks elsewhere whether a pointer means the very function it is followed to, it may go another way there. */
function doubtPointer({ context: { fn, caller } }: Frame, program: Program, doubts: Doubts): void {
  if (!caller || caller.via === '' || caller.candidates < 2) return;
  const [, field] = /\.(\w+)$/.exec(caller.via) ?? [];
  const [here, there] = [caller.context.fn.ir.file, fn.ir.file];
  if (!areFoldersLinked(here, there, program))
    doubts.add(`the pointer ${caller.via} may not mean ${fn.ir.name}: ${here} and ${there} have nothing to do with each other`);
  if (field !== undefined && askedPointers(program).has(`${field}==${fn.ir.name}`))
    doubts.add(`code asks elsewhere whether ${caller.via} is ${fn.ir.name}, and may keep it from coming here`);
}

const asked = new WeakMap<Program, ReadonlySet<string>>();

/** Comparisons of fields with functions that were read: `read==read_slowly`. */
function askedPointers(program: Program): ReadonlySet<string> {
  let known = asked.get(program);
  if (known) return known;
  const names = new Set(program.functions.map(({ ir }) => ir.name));
  const found = new Set<string>();
  for (const { ir } of program.functions)
    for (const { next } of ir.blocks)
      for (const { conditions } of next)
        for (const { key } of conditions) {
          const [, field, name] = /(?:->|\.)(\w+)==&?(\w+)$/.exec(key) ?? [];
          if (name !== undefined && names.has(name)) found.add(`${field!}==${name}`);
        }
  asked.set(program, (known = found));
  return known;
}

/** The struct that a variable points to. */
export function typeOf(variable: string, { pointers }: FunctionIr): string | undefined {
  return pointers.find((each) => each.variable === variable)?.type;
}
