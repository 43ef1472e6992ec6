import { oldValue, type Expression, type ModelProgram } from '../ir/execution.ts';
import type { Step } from '../ir/program.ts';
import { Machine, type Stack, type Stop } from './machine.ts';
import { type Locals, Memory } from './memory.ts';
import { located, Patience, RunError, type RunPlace } from './run-error.ts';

/** A condition that must hold once nothing goes on. */
export interface Final {
  readonly condition: Expression;
  readonly locals: Locals;
  readonly property: string;
  readonly text: string;
  readonly place: RunPlace;
}

export interface ThreadStart {
  /** Unique: `vCPU 1` where a scenario starts several of one name. */
  readonly name: string;
  readonly stack: Stack;
  /** What it was given first, if that is an object: what `unfinished` asks for. */
  readonly subject: number;
}

/** A scenario set up: instances, what they hold at first, and the threads. */
export interface Setup {
  readonly memory: Memory;
  readonly machine: Machine;
  readonly initial: readonly number[];
  readonly threads: readonly ThreadStart[];
  readonly finals: readonly Final[];
}

/** Steps that setting up a scenario may take, seen or not. */
const stepLimit = 1_000_000;
/** Sets of threads are 32-bit masks. */
const threadLimit = 30;

/**
 * Runs the body of a scenario by itself, before any thread: what it writes is there at first, what it starts are the threads.
 * Throws `RunError` where it does what only threads can.
 */
export function setUp(program: ModelProgram, scenario: string, settings: ReadonlyMap<string, number>): Setup {
  const memory = new Memory(program, settings);
  const machine = new Machine(program, memory);
  const values = memory.variables.map(() => 0);
  const threads: ThreadStart[] = [];
  const finals: Final[] = [];
  const patience = new Patience(stepLimit, `setting up ${scenario} does not end`);
  for (let stack: Stack | undefined = machine.start(`scenario ${scenario}`, []); stack;) {
    const from: Stack = stack;
    const [stop, ...others] = machine.advance(from, patience);
    if (!stop || others.length > 0) throw new RunError('a scenario makes no choices: its threads do').within(machine.placeOf(from));
    try {
      stack = setUpStep(stop);
    } catch (error) {
      throw located(error, () => machine.placeOf(stop.stack));
    }
  }
  if (threads.length === 0) throw new RunError(`${scenario} starts no thread`);
  return { memory, machine, initial: values, threads: numbered(threads), finals };

  /** Undefined at the end. */
  function setUpStep({ stack, step, broken }: Stop): Stack | undefined {
    if (!step) return undefined;
    if (broken) throw new RunError(`${broken.text}: does not hold when ${scenario} is set up`);
    const locals = machine.localsOf(stack);
    if (step.kind === 'spawn') {
      const given = step.arguments.map((argument) => memory.evaluate(argument, locals));
      const ir = program.functions.find((f) => f.name === step.function);
      const isObject = ir?.pointers.some(({ variable }) => variable === ir.parameters[0]) === true;
      threads.push({ name: step.name, stack: machine.start(step.function, given), subject: isObject ? given[0]! : 0 });
      if (threads.length > threadLimit) throw new RunError(`${scenario} starts more than ${threadLimit} threads`);
      return machine.after(stack, '', 0);
    }
    if (step.kind !== 'finally') return perform(step, stack, { memory, machine, values });
    const { condition, property, text } = step;
    finals.push({ condition, locals, property, text, place: machine.placeOf(stack) });
    return machine.after(stack, '', 0);
  }
}

function perform(step: Step, stack: Stack, { memory, machine, values }: { memory: Memory; machine: Machine; values: number[] }): Stack {
  const locals = machine.localsOf(stack);
  const variable = (place: Expression): number => {
    const cell = memory.cell(place, locals);
    if (cell.kind !== 'variable') throw new RunError('this is no variable');
    return cell.index;
  };
  switch (step.kind) {
    case 'read':
      return machine.after(stack, step.into, values[variable(step.place)]!);
    case 'write':
      values[variable(step.place)] = memory.evaluate(step.value, locals);
      return machine.after(stack, '', 0);
    case 'modify': {
      const at = variable(step.place);
      const old = values[at]!;
      values[at] = memory.evaluate(step.value, new Map(locals).set(oldValue, old));
      return machine.after(stack, step.into, old);
    }
    default:
      throw new RunError('a scenario takes no locks and does not wait: its threads do');
  }
}

function numbered(threads: readonly ThreadStart[]): readonly ThreadStart[] {
  const count = new Map<string, number>();
  return threads.map((thread) => {
    const n = count.get(thread.name) ?? 0;
    count.set(thread.name, n + 1);
    const several = threads.filter((other) => other.name === thread.name).length > 1;
    return several ? { ...thread, name: `${thread.name} ${n}` } : thread;
  });
}
