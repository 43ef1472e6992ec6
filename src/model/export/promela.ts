import type { System } from '../explore/system.ts';
import { comment } from './names.ts';
import {
  outline,
  type Condition,
  type Effect,
  type ExportOptions,
  type Outline,
  type OutlinePlace,
  type Step,
  type Thread,
  type Variable,
} from './outline.ts';

/**
 * A scenario in Promela, for SPIN. Built with -DNOREDUCE, pan has as many states as the search without reduction.
 *
 * A thread is a process whose control state is its place. SPIN has one initial state: where threads may start at several
 * places, they change between them while the state is an initial one. It also leaves variables out of the state that are
 * never read, and merges steps that touch no variable: every step touches one, and every variable is read.
 */
export function toPromela(system: System, title: string, options: ExportOptions = {}): string {
  const scenario = outline(system, options);
  const printer = new Printer(scenario);
  return [
    `/* ${comment(title)}`,
    ' *',
    ' * spin -a FILE && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000',
    ' *',
    ' * A lock is 0 while it is free. Of a rwlock or rwsem, 1 stands for each reader, 64 for each writer that waits, 4096 for',
    ' * the writer. A set of threads has a bit for each, 1 for the first. To be at a label that begins with end is no deadlock.',
    ' */',
    '',
    ...scenario.variables.map((variable) => printer.declaration(variable)),
    ...printer.marks(),
    ...scenario.threads.flatMap((thread, t) => ['', ...printer.process(thread, t)]),
    ...printer.atEnd(),
    '',
  ].join('\n');
}

/** A bit that says where a thread is. It follows from the place of the thread, and adds no states. */
interface Mark {
  readonly name: string;
  isAt(thread: Thread, place: number): boolean;
}

class Printer {
  /** Variables that some step or condition looks at. */
  private readonly read = new Set<number>();
  /** Marks by thread: those that a condition asks for, and whether nothing has happened yet. */
  private readonly marksOf: readonly Mark[][];
  /** Place that each process begins at. */
  private readonly begin: readonly number[];
  /** Whether processes change between the places they may start at. */
  private readonly changesStart: boolean;

  constructor(private readonly scenario: Outline) {
    const { threads, finals, stuckStart } = scenario;
    this.begin = stuckStart ?? threads.map(({ starts }) => starts[0] ?? 0);
    this.changesStart = !stuckStart && threads.some(({ starts }) => starts.length > 1);
    this.marksOf = threads.map(({ name }) =>
      this.changesStart ? [{ name: `starts_${name}`, isAt: ({ starts }, place) => starts.includes(place) }] : [],
    );
    for (const { condition, effects } of threads.flatMap(({ places }) => places.flatMap(({ steps }) => steps))) {
      if (!this.isAlways(condition)) this.note(condition);
      for (const effect of effects) {
        if (effect.kind === 'copy') this.read.add(effect.from);
        else if (effect.kind !== 'set') this.read.add(effect.variable);
      }
    }
    for (const { condition } of finals) this.note(condition);
  }

  private note(condition: Condition): void {
    if (typeof condition === 'boolean') return;
    switch (condition.kind) {
      case 'among':
      case 'empty':
        this.read.add(condition.variable);
        break;
      case 'ended':
      case 'at-rest': {
        const marks = this.marksOf[condition.thread]!;
        const name = this.markOf(condition);
        const isEnd = condition.kind === 'ended';
        const isAt: Mark['isAt'] = ({ places }, place) => (isEnd ? places[place]!.hasEnded : places[place]!.isAtRest);
        if (!marks.some((mark) => mark.name === name)) marks.push({ name, isAt });
        break;
      }
      default:
        condition.of.forEach((each) => this.note(each));
    }
  }

  private markOf({ thread, kind }: Extract<Condition, { kind: 'ended' | 'at-rest' }>): string {
    return `${kind === 'ended' ? 'ended' : 'rests'}_${this.scenario.threads[thread]!.name}`;
  }

  private variable(number: number): Variable {
    return this.scenario.variables[number]!;
  }

  private isAlways(condition: Condition): boolean {
    if (typeof condition === 'boolean' || condition.kind !== 'among') return condition === true;
    return condition.values.length === this.variable(condition.variable).values?.length;
  }

  declaration({ name, text, initial, values }: Variable): string {
    const type = typeFor(values ?? [0, 2 ** this.scenario.threads.length - 1]);
    return `${type} ${name}${initial === 0 ? '' : ` = ${number(initial)}`}; /* ${comment(text)} */`;
  }

  marks(): readonly string[] {
    const { threads, variables } = this.scenario;
    const marks = threads.flatMap((thread, t) =>
      this.marksOf[t]!.map(({ name, isAt }) => `bit ${name}${isAt(thread, this.begin[t]!) ? ' = 1' : ''};`),
    );
    if (!this.changesStart) return marks;
    const unchanged = variables.map(({ name, initial }) => `${name} == ${number(initial)}`);
    const atStart = threads.map(({ name }) => `starts_${name}`);
    return [
      ...marks,
      '',
      '/* Nothing has happened yet: each thread may still choose where to start. */',
      `#define NOTHING_YET (${[...unchanged, ...atStart].join(' && ')})`,
    ];
  }

  process(thread: Thread, t: number): readonly string[] {
    const head = [`/* ${comment(thread.text)} */`, `active proctype ${thread.name}() {`];
    if (thread.starts.length === 0) return [...head, '  /* It has nothing to choose from: there is no such run. */', 'end: false', '}'];
    const first = this.begin[t]!;
    const order = [first, ...thread.places.keys()].filter((place, i) => i === 0 || place !== first);
    return [...head, ...order.flatMap((place) => this.place(thread, t, place)), '}'];
  }

  private label(place: OutlinePlace, number: number): string {
    return place.isAtRest || !this.scenario.deadlocks ? `end_${number}` : `P${number}`;
  }

  private place(thread: Thread, t: number, number: number): readonly string[] {
    const place = thread.places[number]!;
    const go = (action: string, next: number): string => `${action}; goto ${this.label(thread.places[next]!, next)}`;
    const options = place.steps.map((step) => go(this.step(step, thread, t, number), step.next));
    if (place.violation !== undefined) options.push(`assert(false); false /* ${comment(place.violation)} */`);
    const others = this.changesStart && thread.starts.includes(number) ? thread.starts.filter((other) => other !== number) : [];
    for (const other of others) options.push(go(together('NOTHING_YET', this.marked(thread, t, number, other)), other));
    const label = `${this.label(place, number)}: /* ${place.text} */`;
    const only = options.length === 1 ? options[0]! : undefined;
    if (options.length === 0) return [label, '  false;'];
    // SPIN lets no `goto` lead to a `d_step` that stands alone.
    if (only !== undefined && !only.startsWith('d_step')) return [label, `  ${only};`];
    return [label, '  if', ...options.map((option) => `  :: ${option}`), '  fi;'];
  }

  private step({ condition, effects, next }: Step, thread: Thread, t: number, from: number): string {
    const statements = [...effects.map((effect) => this.effect(effect)), ...this.marked(thread, t, from, next)];
    if (!this.isAlways(condition)) return together(this.condition(condition), statements);
    const unread = effects.find(({ kind, variable }) => kind === 'set' && !this.read.has(variable));
    if (unread) return together(this.touch(unread.variable), statements);
    const about = typeof condition === 'object' && condition.kind === 'among' ? condition.variable : undefined;
    return together(statements.length === 0 ? this.touch(about) : '', statements);
  }

  /** What keeps the marks of a thread right. */
  private marked(thread: Thread, t: number, from: number, next: number): readonly string[] {
    const changed = this.marksOf[t]!.filter(({ isAt }) => isAt(thread, from) !== isAt(thread, next));
    return changed.map(({ name, isAt }) => `${name} = ${Number(isAt(thread, next))}`);
  }

  /** Looks at a variable, whatever its value. */
  private touch(variable: number | undefined): string {
    if (variable === undefined) return 'true';
    const { name, values } = this.variable(variable);
    return `${name} >= ${number(values?.[0] ?? 0)}`;
  }

  private effect(effect: Effect): string {
    const { name } = this.variable(effect.variable);
    switch (effect.kind) {
      case 'set':
        return `${name} = ${number(effect.value)}`;
      case 'add':
        return `${name} = ${name} ${effect.value < 0 ? '-' : '+'} ${Math.abs(effect.value)}`;
      case 'join':
        return `${name} = ${name} | ${2 ** effect.thread}`;
      case 'leave':
        return `${name} = ${name} & ~${2 ** effect.thread}`;
      case 'copy':
        return `${name} = ${this.variable(effect.from).name}`;
    }
  }

  private condition(condition: Condition): string {
    if (typeof condition === 'boolean') return String(condition);
    switch (condition.kind) {
      case 'among':
        return among(this.variable(condition.variable), condition.values);
      case 'empty':
        return `${this.variable(condition.variable).name} == 0`;
      case 'ended':
      case 'at-rest':
        return `${condition.is ? '' : '!'}${this.markOf(condition)}`;
      default:
        return `(${condition.of.map((each) => this.condition(each)).join(condition.kind === 'and' ? ' && ' : ' || ')})`;
    }
  }

  /** Looks at what must hold once nothing goes on. */
  atEnd(): readonly string[] {
    const { finals } = this.scenario;
    if (finals.length === 0) return [];
    return [
      '',
      '/* What must hold where nothing can happen. */',
      'active proctype at_end() {',
      'end:',
      '  do',
      ...finals.map(({ condition, text }) => `  :: timeout && !(${this.condition(condition)}) -> assert(false) /* ${comment(text)} */`),
      '  od',
      '}',
    ];
  }
}

/** One step. */
function together(guard: string, statements: readonly string[]): string {
  if (statements.length === 0) return guard;
  if (guard === '' && statements.length === 1) return statements[0]!;
  return `d_step { ${guard === '' ? '' : `${guard} -> `}${statements.join('; ')} }`;
}

function among({ name, values = [] }: Variable, some: readonly number[]): string {
  const others = values.filter((value) => !some.includes(value));
  const [least, most] = [some[0]!, some.at(-1)!];
  if (some.length === 1) return `${name} == ${number(least)}`;
  if (others.length === 1) return `${name} != ${number(others[0]!)}`;
  if (others.every((value) => value > most)) return `${name} <= ${number(most)}`;
  if (others.every((value) => value < least)) return `${name} >= ${number(least)}`;
  return `(${some.map((value) => `${name} == ${number(value)}`).join(' || ')})`;
}

function typeFor(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (least >= 0 && most <= 1) return 'bit';
  if (least >= 0 && most <= 255) return 'byte';
  return least >= -32768 && most <= 32767 ? 'short' : 'int';
}

/** A 32-bit number as C reads it. */
function number(value: number): string {
  return value === -(2 ** 31) ? '(-2147483647 - 1)' : String(value | 0);
}
