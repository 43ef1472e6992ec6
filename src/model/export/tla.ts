import type { System } from '../explore/system.ts';
import { comment } from './names.ts';
import {
  outline,
  type Condition,
  type Effect,
  type ExportOptions,
  type Outline,
  type Step,
  type Thread,
  type Variable,
} from './outline.ts';

/** Names that a module cannot have: those that it extends, and words of the language that look like names. */
const taken = new Set('Integers Naturals Reals Sequences FiniteSets Bags TLC RealTime MODULE EXTENDS INSTANCE'.split(' '));

/** A name for a module, and for its file, from any text. */
export function moduleName(text: string): string {
  const words = text
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .slice(0, 60);
  return /^[A-Za-z]/.test(words) && !taken.has(words) ? words : `Model_${words}`;
}

/**
 * A scenario in TLA+, and what TLC is to check of it. `name` should be one that `moduleName` gives. TLC finds as many distinct
 * states as the search without reduction, where nothing is wrong.
 *
 * A thread that has ended, or is idle, allows a step that changes nothing: an end is no deadlock.
 */
export function toTla(system: System, name: string, options: ExportOptions = {}): { readonly module: string; readonly config: string } {
  const scenario = outline(system, options);
  const printer = new Printer(scenario);
  const module = moduleName(name);
  const lines = [
    `---- MODULE ${module} ----`,
    `\\* java -cp tla2tools.jar tlc2.TLC ${module}`,
    '\\*',
    '\\* A lock is 0 while it is free. Of a rwlock or rwsem, 1 stands for each reader, 64 for each writer that waits, 4096 for the writer.',
    '',
    'EXTENDS Integers',
    '',
    'VARIABLES',
    '  pc, \\* where each thread is',
    '  mem \\* what they share',
    '',
    'vars == <<pc, mem>>',
    '',
    `Threads == 1..${scenario.threads.length}`,
    ...scenario.threads.map(({ text }, t) => `\\* ${t + 1}: ${comment(text)}`),
    '',
    ...printer.memory(),
    ...printer.initially(),
    ...scenario.threads.flatMap((thread, t) => printer.thread(thread, t)),
    ...printer.next(),
    ...printer.invariants(),
    '====',
    '',
  ];
  const invariants = ['TypeOK', 'NothingWrong', ...(scenario.finals.length > 0 ? ['RightAtEnd'] : [])];
  const config = [
    'SPECIFICATION Spec',
    ...invariants.map((invariant) => `INVARIANT ${invariant}`),
    `CHECK_DEADLOCK ${options.deadlocks === false ? 'FALSE' : 'TRUE'}`,
    '',
  ];
  return { module: lines.join('\n'), config: config.join('\n') };
}

class Printer {
  constructor(private readonly scenario: Outline) {}

  private variable(number: number): Variable {
    return this.scenario.variables[number]!;
  }

  memory(): readonly string[] {
    const { variables } = this.scenario;
    // A record has a field.
    if (variables.length === 0) return ['TypeOK == mem = [nothing |-> 0]', ''];
    return [
      'TypeOK ==',
      '  mem \\in [',
      ...variables.map(({ name, text, values }, i) => {
        const type = values ? setOf(values.map(number)) : 'SUBSET Threads';
        return `    ${name} : ${type}${i + 1 < variables.length ? ',' : ''} \\* ${comment(text)}`;
      }),
      '  ]',
      '',
    ];
  }

  initially(): readonly string[] {
    const { variables, threads } = this.scenario;
    const places = threads.map((thread, t) => `p${t + 1} \\in ${this.places(thread, thread.starts)}`);
    const initial = variables.map(({ name, initial: value, values }) => `${name} |-> ${values ? number(value) : '{}'}`);
    return [
      'Init ==',
      `  /\\ \\E ${places.join(',\n       ')} :`,
      `       pc = <<${threads.map((_, t) => `p${t + 1}`).join(', ')}>>`,
      `  /\\ mem = [${initial.length === 0 ? 'nothing |-> 0' : initial.join(',\n            ')}]`,
      '',
    ];
  }

  /** A place by its number and function, as a string. */
  private at({ places }: Thread, place: number): string {
    const name = places[place]!.function.replace(/\W/g, '_').slice(0, 60);
    return `"${place}${name === '' ? '' : ` ${name}`}"`;
  }

  private places(thread: Thread, places: readonly number[]): string {
    return setOf(places.map((place) => this.at(thread, place)));
  }

  thread(thread: Thread, t: number): readonly string[] {
    const { name, text, places } = thread;
    const acting = [...places.keys()].filter((place) => places[place]!.steps.length > 0);
    const atRest = [...places.keys()].filter((place) => places[place]!.isAtRest);
    const ended = [...places.keys()].filter((place) => places[place]!.hasEnded);
    return [
      `\\* ${comment(text)}`,
      '',
      ...acting.flatMap((place) => [
        `\\* ${places[place]!.text}`,
        `step_${place}_${name} ==`,
        `  /\\ pc[${t + 1}] = ${this.at(thread, place)}`,
        ...this.steps(thread, t, places[place]!.steps),
        '',
      ]),
      `${name} ==`,
      ...(acting.length === 0 ? ['  FALSE'] : acting.map((place) => `  \\/ step_${place}_${name}`)),
      '',
      `rests_${name} == pc[${t + 1}] \\in ${this.places(thread, atRest)}`,
      `ended_${name} == pc[${t + 1}] \\in ${this.places(thread, ended)}`,
      '',
    ];
  }

  private steps(thread: Thread, t: number, steps: readonly Step[]): readonly string[] {
    const parts = steps.map((step) => [
      ...(this.isAlways(step.condition) ? [] : [this.condition(step.condition)]),
      step.effects.length === 0 ? "mem' = mem" : `mem' = [mem EXCEPT ${step.effects.map((effect) => this.effect(effect)).join(', ')}]`,
      `pc' = [pc EXCEPT ![${t + 1}] = ${this.at(thread, step.next)}]`,
    ]);
    if (parts.length === 1) return parts[0]!.map((part) => `  /\\ ${part}`);
    return parts.flatMap((part, i) =>
      part.map((line, j) => `  ${i === 0 && j === 0 ? '/\\' : '  '} ${j === 0 ? '\\/' : '  '} /\\ ${line}`),
    );
  }

  private isAlways(condition: Condition): boolean {
    if (typeof condition === 'boolean' || condition.kind !== 'among') return condition === true;
    return condition.values.length === this.variable(condition.variable).values?.length;
  }

  private effect(effect: Effect): string {
    const { name } = this.variable(effect.variable);
    switch (effect.kind) {
      case 'set':
        return `!.${name} = ${number(effect.value)}`;
      case 'add':
        return `!.${name} = @ ${effect.value < 0 ? '-' : '+'} ${Math.abs(effect.value)}`;
      case 'join':
        return `!.${name} = @ \\union {${effect.thread + 1}}`;
      case 'leave':
        return `!.${name} = @ \\ {${effect.thread + 1}}`;
      case 'copy':
        return `!.${name} = mem.${this.variable(effect.from).name}`;
    }
  }

  private condition(condition: Condition): string {
    if (typeof condition === 'boolean') return condition ? 'TRUE' : 'FALSE';
    switch (condition.kind) {
      case 'among': {
        const { name, values = [] } = this.variable(condition.variable);
        const others = values.filter((value) => !condition.values.includes(value));
        if (condition.values.length === 1) return `mem.${name} = ${number(condition.values[0]!)}`;
        return others.length === 1 ? `mem.${name} # ${number(others[0]!)}` : `mem.${name} \\in ${setOf(condition.values.map(number))}`;
      }
      case 'empty':
        return `mem.${this.variable(condition.variable).name} = {}`;
      case 'ended':
      case 'at-rest':
        return `${condition.is ? '' : '~'}${condition.kind === 'ended' ? 'ended' : 'rests'}_${this.scenario.threads[condition.thread]!.name}`;
      default:
        return `(${condition.of.map((each) => this.condition(each)).join(condition.kind === 'and' ? ' /\\ ' : ' \\/ ')})`;
    }
  }

  next(): readonly string[] {
    const { threads } = this.scenario;
    return [
      'Step ==',
      ...threads.map(({ name }) => `  \\/ ${name}`),
      '',
      '\\* Every thread has ended or is idle.',
      'AtRest ==',
      ...threads.map(({ name }) => `  /\\ rests_${name}`),
      '',
      'Next == Step \\/ (AtRest /\\ UNCHANGED vars)',
      '',
      'Spec == Init /\\ [][Next]_vars',
      '',
    ];
  }

  invariants(): readonly string[] {
    const { threads, finals } = this.scenario;
    const wrong = threads.flatMap((thread, t) =>
      thread.places.flatMap(({ violation }, place) =>
        violation === undefined ? [] : [`  /\\ pc[${t + 1}] # ${this.at(thread, place)} \\* ${comment(violation)}`],
      ),
    );
    const right = finals.map(({ condition, text }) => `  /\\ (ENABLED Step \\/ ${this.condition(condition)}) \\* ${comment(text)}`);
    return [
      'NothingWrong ==',
      ...(wrong.length === 0 ? ['  TRUE'] : wrong),
      '',
      ...(right.length === 0 ? [] : ['RightAtEnd ==', ...right, '']),
    ];
  }
}

function setOf(elements: readonly string[]): string {
  return `{${elements.join(', ')}}`;
}

/** A 32-bit number, as TLC reads it. */
function number(value: number): string {
  return value === -(2 ** 31) ? '(-2147483647 - 1)' : String(value | 0);
}
