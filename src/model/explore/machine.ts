import type { ModelProgram } from '../ir/execution.ts';
import type { FunctionIr, Step } from '../ir/program.ts';
import { livenessOf, type Liveness } from './liveness.ts';
import type { Locals, Memory } from './memory.ts';
import { located, type Patience, RunError, type RunPlace } from './run-error.ts';

interface Prepared {
  readonly index: number;
  readonly ir: FunctionIr;
  readonly live: Liveness;
}

interface Frame {
  readonly fn: Prepared;
  readonly block: number;
  readonly step: number;
  readonly locals: Locals;
  /** Where the caller wants what is returned. */
  readonly result: string;
}

/** Where one thread is: its frames, outermost first. None: it has ended. */
export type Stack = readonly Frame[];

/** A claim that does not hold, met on the way. */
export interface BrokenClaim {
  readonly property: string;
  readonly text: string;
}

/** A place where a thread stops: before a step that others may notice, at its end, or at a claim that does not hold. */
export interface Stop {
  readonly stack: Stack;
  readonly step: Step | undefined;
  readonly broken?: BrokenClaim;
}

/** Runs what is private to a thread: computing, branching, calling, choosing. */
export class Machine {
  private readonly functions = new Map<string, Prepared>();

  constructor(
    program: ModelProgram,
    private readonly memory: Memory,
  ) {
    for (const ir of [...program.functions, ...program.scenarios.map((s) => ({ ...s.body, name: `scenario ${s.name}` }))])
      this.functions.set(ir.name, { index: this.functions.size, ir, live: livenessOf(ir) });
  }

  /** A thread about to call a function. */
  start(name: string, values: readonly number[]): Stack {
    const fn = this.functions.get(name);
    if (!fn) throw new RunError(`${name} is not a function of this model`);
    const locals = new Map(fn.ir.parameters.map((parameter, i) => [parameter, values[i] ?? 0]));
    return [{ fn, block: 0, step: 0, locals, result: '' }];
  }

  stepAt(stack: Stack): Step | undefined {
    const top = stack.at(-1);
    return top?.fn.ir.blocks[top.block]!.steps[top.step];
  }

  functionNames(stack: Stack): readonly string[] {
    return stack.map((frame) => frame.fn.ir.name);
  }

  localsOf(stack: Stack): Locals {
    return stack.at(-1)!.locals;
  }

  /** What tells one place of a thread from another: positions and the locals that still matter. */
  key(stack: Stack): string {
    let key = '';
    for (const frame of stack) {
      key += `${frame.fn.index}:${frame.block}:${frame.step}`;
      for (const name of liveIn(stack, frame)) {
        const value = frame.locals.get(name) ?? 0;
        if (value !== 0) key += `,${name}=${value}`;
      }
      key += ';';
    }
    return key;
  }

  /** Whether the locals that matter at a stack have the same values at another, of this or of a machine for more of the same model. */
  agrees(stack: Stack, other: Stack): boolean {
    return stack.every((frame, i) => {
      const locals = other[i]?.locals;
      return locals !== undefined && [...liveIn(stack, frame)].every((name) => (frame.locals.get(name) ?? 0) === (locals.get(name) ?? 0));
    });
  }

  /** The stack after its step has been done, with what it gave. */
  after(stack: Stack, into: string, value: number): Stack {
    const top = stack.at(-1)!;
    const locals = into === '' ? top.locals : new Map(top.locals).set(into, value);
    return [...stack.slice(0, -1), { ...top, step: top.step + 1, locals }];
  }

  /** Where a stack is in the model: at its step, or at the last one before a branch. */
  placeOf(stack: Stack): RunPlace {
    const top = stack.at(-1);
    if (!top) return {};
    const { ir } = top.fn;
    const { steps, returns } = ir.blocks[top.block]!;
    return { function: ir.name, at: (steps[top.step] ?? returns ?? steps.at(-1))?.at ?? ir.range };
  }

  /** Every place where the thread may stop next. */
  advance(from: Stack, patience: Patience): readonly Stop[] {
    const stops: Stop[] = [];
    const open: Stack[] = [from];
    for (let stack = open.pop(); stack; stack = open.pop()) {
      try {
        patience.step();
        const step = this.stepAt(stack);
        if (stack.length === 0) stops.push({ stack, step });
        else if (!step) open.push(this.leaveBlock(stack));
        else this.silent(stack, step, open, stops);
      } catch (error) {
        const at = stack;
        throw located(error, () => this.placeOf(at));
      }
    }
    return stops;
  }

  private silent(stack: Stack, step: Step, open: Stack[], stops: Stop[]): void {
    const { locals } = stack.at(-1)!;
    switch (step.kind) {
      case 'compute':
        open.push(this.after(stack, step.into, this.memory.evaluate(step.value, locals)));
        return;
      case 'claim':
        if (this.memory.evaluate(step.condition, locals) !== 0) open.push(this.after(stack, '', 0));
        else stops.push({ stack, step, broken: { property: step.property, text: step.text } });
        return;
      case 'choose': {
        const values =
          'kind' in step.from
            ? this.memory.elementsOf(this.memory.evaluate(step.from, locals))
            : step.from.map((each) => this.memory.evaluate(each, locals));
        const except = step.except ? this.memory.evaluate(step.except, locals) : undefined;
        const options = values.filter((value) => value !== except);
        if (options.length === 0) throw new RunError('there is nothing to choose from');
        for (const value of options.toReversed()) open.push(this.after(stack, step.into, value));
        return;
      }
      case 'call': {
        const values = step.arguments.map((argument) => (argument.value ? this.memory.evaluate(argument.value, locals) : 0));
        open.push([...stack, { ...this.start(step.name ?? '', values)[0]!, result: step.result }]);
        return;
      }
      default:
        stops.push({ stack, step });
    }
  }

  private leaveBlock(stack: Stack): Stack {
    const top = stack.at(-1)!;
    const { next, returns } = top.fn.ir.blocks[top.block]!;
    if (returns) {
      const value = returns.value ? this.memory.evaluate(returns.value, top.locals) : 0;
      const below = stack.slice(0, -1);
      return below.length === 0 ? [] : this.after(below, top.result, value);
    }
    const edge = next.find(({ when }) => !when || this.memory.evaluate(when, top.locals) !== 0);
    if (!edge) throw new RunError(`${top.fn.ir.name} goes nowhere`);
    return [...stack.slice(0, -1), { ...top, block: edge.to, step: 0 }];
  }
}

/** Locals of a frame whose values still matter: below the top the call's own result is not there yet, and what it was given is used up. */
function liveIn(stack: Stack, frame: Frame): ReadonlySet<string> {
  return frame.fn.live[frame.block]![frame === stack.at(-1) ? frame.step : frame.step + 1]!;
}
