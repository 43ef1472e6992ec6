import { isSignalled, type Attempt, type Lock, type RandomModel, type Statement } from './random-model.ts';

/** What a statement comes down to: one step that others see, or a jump. */
type Instruction =
  | Exclude<Statement, { kind: 'section' | 'attempt' | 'reader' | 'if' | 'repeat' | 'spin' }>
  | { readonly kind: 'attempt'; readonly by: Attempt; readonly lock: Lock; readonly otherwise: number }
  | { readonly kind: 'enter' | 'leave' }
  | { readonly kind: 'unless'; readonly of: 'a' | 'b'; readonly value: number; readonly to: number }
  | { readonly kind: 'jump'; readonly to: number };

interface ThreadState {
  pc: number;
  /** In the second half of a step. */
  waits: '' | 'to write' | 'for readers';
  a: number;
  b: number;
  readonly held: string[];
  awaited: number[];
}

interface State {
  x: number;
  y: number;
  done: number;
  readonly threads: ThreadState[];
}

/**
 * Whether a model goes wrong, by its statements alone and in the simplest way: no automata, no reductions, every interleaving.
 * Undefined where there are too many states.
 */
export function goesWrong({ threads, atEnd }: RandomModel, property: 'deadlock' | 'assert', limit: number): boolean | undefined {
  const code = threads.map((body) => flatten(body));
  const start = (): ThreadState => ({ pc: 0, waits: '', a: 0, b: 0, held: [], awaited: [] });
  const seen = new Set<string>([JSON.stringify({ x: 0, y: 0, done: 0, threads: threads.map(start) } satisfies State)]);
  for (const text of seen) {
    if (seen.size > limit) return undefined;
    const state = JSON.parse(text) as State;
    let isAtRest = true;
    let isDeadlock = false;
    for (const [t, list] of code.entries()) {
      const thread = state.threads[t]!;
      const instruction = list[thread.pc];
      if (!instruction) continue;
      if (property === 'assert' && instruction.kind === 'claim' && thread[instruction.of] === instruction.value + 1) return true;
      if (property === 'deadlock' && takesItsOwn(thread, instruction)) return true;
      const next = step(state, t, instruction);
      if (next.length > 0) isAtRest = false;
      else if (instruction.kind !== 'wait' || instruction.form !== '_idle') isDeadlock = true;
      for (const each of next) seen.add(JSON.stringify(each));
    }
    if (!isAtRest) continue;
    if (property === 'deadlock' ? isDeadlock : !isDeadlock && atEnd && !holds(atEnd, state)) return true;
  }
  return false;
}

function flatten(body: readonly Statement[], at = 0): readonly Instruction[] {
  const list: Instruction[] = [];
  const here = (): number => at + list.length;
  const inner = (statements: readonly Statement[], offset = 0): readonly Instruction[] => flatten(statements, here() + offset);
  for (const statement of body) {
    switch (statement.kind) {
      case 'section':
        list.push({ kind: 'take', lock: statement.lock });
        list.push(...inner(statement.body));
        list.push({ kind: 'drop', lock: statement.lock });
        break;
      case 'attempt': {
        const inside = inner(statement.body, 1);
        const { by, lock } = statement;
        list.push({ kind: 'attempt', by, lock, otherwise: here() + inside.length + 2 }, ...inside);
        list.push({ kind: 'drop', lock: statement.lock });
        break;
      }
      case 'reader':
        list.push({ kind: 'enter' });
        list.push(...inner(statement.body));
        list.push({ kind: 'leave' });
        break;
      case 'if': {
        const yes = inner(statement.yes, 1);
        list.push({ kind: 'unless', of: statement.of, value: statement.value, to: here() + yes.length + 2 }, ...yes);
        const no = inner(statement.no, 1);
        list.push({ kind: 'jump', to: here() + no.length + 1 }, ...no);
        break;
      }
      case 'repeat':
        list.push(...inner(statement.body));
        list.push(...inner(statement.body));
        break;
      case 'spin':
        throw new Error('a loop without end');
      default:
        list.push(statement);
    }
  }
  return list;
}

function takesItsOwn({ held, waits }: ThreadState, instruction: Instruction): boolean {
  if (waits !== '') return false;
  if (instruction.kind === 'sync') return held.includes('srcu');
  if (instruction.kind !== 'take') return false;
  const { lock } = instruction;
  return held.includes(lock === 'rd' ? 'wr' : lock) || (lock === 'wr' && held.includes('rd'));
}

/** Every state that a step of a thread may lead to; none if it has to wait. */
function step(before: State, t: number, instruction: Instruction): readonly State[] {
  const states: State[] = [];
  const own = before.threads[t]!;
  const go = (change: (thread: ThreadState, state: State) => void = () => {}, next = own.pc + 1): void => {
    const state = structuredClone(before);
    const thread = state.threads[t]!;
    thread.pc = next;
    thread.waits = '';
    change(thread, state);
    states.push(state);
  };
  const holders = (lock: string): number => before.threads.filter(({ held }) => held.includes(lock)).length;
  const writers = before.threads.filter((thread) => thread !== own && thread.waits === 'to write').length;
  const isFree = (lock: string): boolean => {
    // Readers queue behind a writer that waits; a writer that waits already does not.
    if (lock === 'rd') return holders('wr') + writers === 0;
    if (lock === 'wr') return holders('rd') + holders('wr') + (own.waits === '' ? writers : 0) === 0;
    return holders(lock) === 0;
  };
  switch (instruction.kind) {
    case 'take':
      if (isFree(instruction.lock)) go((thread) => thread.held.push(instruction.lock));
      else if (instruction.lock === 'wr' && own.waits === '') go((thread) => (thread.waits = 'to write'), own.pc);
      break;
    case 'attempt': {
      const isHad = isFree(instruction.lock);
      const queues = instruction.by !== 'try' && instruction.lock === 'wr' && !isHad && own.waits === '';
      if (isHad) go((thread) => thread.held.push(instruction.lock));
      // A signal may come at any time, but not between arriving and queueing.
      if (queues) go((thread) => (thread.waits = 'to write'), own.pc);
      else if (!isHad || instruction.by !== 'try') go(undefined, instruction.otherwise);
      break;
    }
    case 'drop':
      go((thread) => {
        const at = thread.held.lastIndexOf(instruction.lock);
        if (at >= 0) thread.held.splice(at, 1);
      });
      break;
    case 'enter':
      go((thread) => thread.held.push('srcu'));
      break;
    case 'leave':
      go((thread, state) => {
        thread.held.splice(thread.held.lastIndexOf('srcu'), 1);
        if (!thread.held.includes('srcu')) for (const other of state.threads) other.awaited = other.awaited.filter((u) => u !== t);
      });
      break;
    case 'sync':
      if (own.waits === '')
        go((thread, { threads }) => {
          thread.waits = 'for readers';
          thread.awaited = [...threads.keys()].filter((u) => threads[u]!.held.includes('srcu'));
        }, own.pc);
      else if (own.awaited.length === 0) go();
      break;
    case 'complete':
      go((_thread, state) => state.done++);
      break;
    case 'await':
      if (before.done > 0) {
        go((thread, state) => {
          state.done--;
          if (isSignalled(instruction.form)) thread.a = 0;
        });
      }
      if (isSignalled(instruction.form)) go((thread) => (thread.a = 1));
      break;
    case 'read':
      go((thread, state) => (thread[instruction.into] = state[instruction.of]));
      break;
    case 'write': {
      const { value } = instruction;
      go((thread, state) => (state[instruction.to] = typeof value === 'number' ? value : thread[value]));
      break;
    }
    case 'modify':
      go((thread, state) => modify(instruction, thread, state));
      break;
    case 'wait':
      if (holds(instruction.test, before, instruction.against && own[instruction.against]))
        go((thread) => isSignalled(instruction.form) && (thread.a = 0));
      if (isSignalled(instruction.form)) go((thread) => (thread.a = 1));
      break;
    case 'choose':
      for (const value of [0, 1]) go((thread) => (thread[instruction.into] = value));
      break;
    case 'claim':
      go();
      break;
    case 'unless':
      go(undefined, own[instruction.of] === instruction.value ? own.pc + 1 : instruction.to);
      break;
    case 'jump':
      go(undefined, instruction.to);
      break;
  }
  return states;
}

function modify({ does, to, into }: Extract<Instruction, { kind: 'modify' }>, thread: ThreadState, state: State): void {
  const old = state[to];
  switch (does) {
    case 'xchg':
      state[to] = thread[into];
      thread[into] = old;
      break;
    case 'or':
      state[to] = old | 2;
      break;
    case 'cmpxchg':
      if (old === thread[into]) state[to] = 2;
      thread[into] = old;
      break;
    case 'test_and_set':
      state[to] = old | 1;
      thread[into] = old & 1;
      break;
    case 'inc':
      state[to] = old + 1;
      break;
  }
}

function holds({ of, is, value, and }: NonNullable<RandomModel['atEnd']>, state: State, against = value): boolean {
  const first = (state[of] === against) === is;
  if (!and) return first;
  return and.joined === '&&' ? first && state[and.of] !== 0 : first || state[and.of] !== 0;
}
