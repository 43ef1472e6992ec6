import fc from 'fast-check';

/**
 * Small models at random: a few threads over two mutexes, a spinlock, a rwsem, an SRCU domain, a completion and two variables. What sleeps does so
 * for good, or until a signal comes.
 */
export interface RandomModel {
  readonly threads: readonly (readonly Statement[])[];
  /** What must hold at the end, of the two variables. */
  readonly atEnd: Test | undefined;
}

export type Lock = 'm0' | 'm1' | 'sp' | 'rd' | 'wr';
/** How a lock is taken, where it may not be had: by a trylock, or because a signal came. */
export type Attempt = 'try' | 'interruptible' | 'killable';
type Signal = '' | '_interruptible' | '_killable';
type Variable = 'x' | 'y';
type Local = 'a' | 'b';

interface Test {
  readonly of: Variable;
  readonly is: boolean;
  readonly value: number;
  /** A second variable that must also, or may instead, be nonzero. */
  readonly and?: { readonly of: Variable; readonly joined: '&&' | '||' };
}

export type Statement =
  /** A critical section; taking and releasing alone, so that sections cross and locks are kept. */
  | { readonly kind: 'section'; readonly lock: Lock; readonly body: readonly Statement[] }
  | { readonly kind: 'attempt'; readonly by: Attempt; readonly lock: Lock; readonly body: readonly Statement[] }
  | { readonly kind: 'take' | 'drop'; readonly lock: Lock }
  | { readonly kind: 'reader'; readonly body: readonly Statement[] }
  | { readonly kind: 'sync' | 'complete' }
  /** Whether a signal came is kept in a. */
  | { readonly kind: 'await'; readonly form: Exclude<Signal, '_killable'> }
  | { readonly kind: 'read'; readonly into: Local; readonly of: Variable; readonly marked: boolean }
  | { readonly kind: 'write'; readonly to: Variable; readonly value: number | Local; readonly marked: boolean }
  | {
      readonly kind: 'modify';
      readonly does: 'xchg' | 'or' | 'cmpxchg' | 'test_and_set' | 'inc';
      readonly to: Variable;
      readonly into: Local;
    }
  | { readonly kind: 'wait'; readonly form: Signal | '_idle'; readonly test: Test; readonly against?: Local }
  | { readonly kind: 'choose'; readonly into: Local }
  | { readonly kind: 'claim'; readonly of: Local; readonly value: number }
  | {
      readonly kind: 'if';
      readonly of: Local;
      readonly value: number;
      readonly yes: readonly Statement[];
      readonly no: readonly Statement[];
    }
  | { readonly kind: 'repeat'; readonly body: readonly Statement[] }
  /** A loop that may go on for ever. */
  | { readonly kind: 'spin'; readonly of: Variable; readonly value: number; readonly body: readonly Statement[] };

export interface RandomParts {
  /** Loops that others have to end. */
  readonly endless: boolean;
}

export function randomModel({ endless }: RandomParts): fc.Arbitrary<RandomModel> {
  const value = fc.nat(2);
  const lock = fc.constantFrom<Lock>('m0', 'm1', 'sp', 'rd', 'wr');
  const attempt = fc.oneof(
    fc.record({ by: fc.constant('try'), lock }),
    fc.record({ by: fc.constant('interruptible'), lock: fc.constantFrom<Lock>('m0', 'm1', 'rd') }),
    fc.record({ by: fc.constant('killable'), lock: fc.constantFrom<Lock>('m0', 'm1', 'rd', 'wr') }),
  );
  const variable = fc.constantFrom<Variable>('x', 'y');
  const local = fc.constantFrom<Local>('a', 'b');
  const marked = fc.boolean();
  const second = fc.record({ of: variable, joined: fc.constantFrom('&&' as const, '||' as const) });
  const test: fc.Arbitrary<Test> = fc
    .tuple(variable, fc.boolean(), value, fc.option(second, { nil: undefined, freq: 3 }))
    .map(([of, is, value, and]) => ({ of, is, value, ...(and && { and }) }));
  const { body } = fc.letrec<{ statement: Statement; body: readonly Statement[]; inner: readonly Statement[] }>((tie) => ({
    body: fc.array(tie('statement'), { minLength: 1, maxLength: 5 }),
    inner: fc.array(tie('statement'), { maxLength: 3, depthIdentifier: 'inner' }),
    statement: fc.oneof(
      { depthSize: 'small', withCrossShrink: true, depthIdentifier: 'inner', maxDepth: 3 },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('read'), into: local, of: variable, marked }) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('write'), to: variable, value: fc.oneof(value, local), marked }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('modify'),
          does: fc.constantFrom('xchg', 'or', 'cmpxchg', 'test_and_set', 'inc'),
          to: variable,
          into: local,
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('claim'), of: local, value }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('choose'), into: local }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('sync', 'complete') }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('await'), form: fc.constantFrom('', '_interruptible') }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('wait'),
          form: fc.constantFrom('', '_idle', '_interruptible', '_killable'),
          test,
          against: fc.option(local, { nil: undefined, freq: 2 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('take', 'drop'), lock }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('section'), lock, body: tie('inner') }) },
      { weight: 3, arbitrary: fc.tuple(attempt, tie('inner')).map(([how, body]) => ({ kind: 'attempt' as const, ...how, body })) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('reader'), body: tie('inner') }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('if'), of: local, value, yes: tie('inner'), no: tie('inner') }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat'), body: tie('inner') }) },
      ...(endless ? [{ weight: 2, arbitrary: fc.record({ kind: fc.constant('spin'), of: variable, value, body: tie('inner') }) }] : []),
    ),
  }));
  return fc.record({
    threads: fc.array(body, { minLength: 2, maxLength: 3 }),
    atEnd: fc.option(test, { nil: undefined, freq: 2 }),
  });
}

/** Takes each lock (a signal may be waited for besides), tries to take it, and releases it. */
const lockCalls: Readonly<Record<Lock, readonly [take: string, attempt: string, release: string, argument: string]>> = {
  m0: ['mutex_lock', 'mutex_trylock', 'mutex_unlock', 'q.m0'],
  m1: ['mutex_lock', 'mutex_trylock', 'mutex_unlock', 'q.m1'],
  sp: ['spin_lock', 'spin_trylock', 'spin_unlock', 'q.sp'],
  rd: ['down_read', 'down_read_trylock', 'up_read', 'q.rw'],
  wr: ['down_write', 'down_write_trylock', 'up_write', 'q.rw'],
};

/** The model in the model language. */
export function modelText({ threads, atEnd }: RandomModel): string {
  return [
    'interface state { m0: mutex; m1: mutex; sp: spinlock_t; rw: rw_semaphore; srcu: srcu_struct; done: completion; x: int; y: int }',
    'const q = object<state>();',
    'const w = object<wait_queue_head_t>();',
    ...threads.map((body, t) => `function run${t}(): void {\n  let a = 0;\n  let b = 0;\n${bodyText(body, '  ')}}`),
    "scenario('s', 'S', () => {",
    ...threads.map((_, t) => `  thread('t${t}', run${t});`),
    ...(atEnd ? [`  at_end(() => ${testText(atEnd)}, 'end');`] : []),
    '});',
    '',
  ].join('\n');
}

function testText({ of, is, value, and }: Test, against: number | Local = value): string {
  return `q.${of} ${is ? '==' : '!='} ${against}${and ? ` ${and.joined} q.${and.of} != 0` : ''}`;
}

function bodyText(body: readonly Statement[], indent: string): string {
  return body.map((statement) => `${indent}${statementText(statement, indent)}\n`).join('');
}

function statementText(statement: Statement, indent: string): string {
  const block = (body: readonly Statement[]): string => `{\n${bodyText(body, `${indent}  `)}${indent}}`;
  switch (statement.kind) {
    case 'section': {
      const [take, , release, lock] = lockCalls[statement.lock];
      return `${take}(${lock});\n${bodyText(statement.body, `${indent}  `)}${indent}${release}(${lock});`;
    }
    case 'attempt': {
      const [take, attempt, release, lock] = lockCalls[statement.lock];
      const test = statement.by === 'try' ? `${attempt}(${lock})` : `${take}_${statement.by}(${lock}) == 0`;
      return `if (${test}) {\n${bodyText(statement.body, `${indent}  `)}${indent}  ${release}(${lock});\n${indent}}`;
    }
    case 'take': {
      const [take, , , lock] = lockCalls[statement.lock];
      return `${take}(${lock});`;
    }
    case 'drop': {
      const [, , release, lock] = lockCalls[statement.lock];
      return `${release}(${lock});`;
    }
    case 'reader':
      return `srcu_read_lock(q.srcu);\n${bodyText(statement.body, `${indent}  `)}${indent}srcu_read_unlock(q.srcu);`;
    case 'sync':
      return 'synchronize_srcu(q.srcu);';
    case 'complete':
      return 'complete(q.done);';
    case 'await':
      return statement.form === '' ? 'wait_for_completion(q.done);' : `a = wait_for_completion${statement.form}(q.done);`;
    case 'read':
      return `${statement.into} = ${statement.marked ? `READ_ONCE(q.${statement.of})` : `q.${statement.of}`};`;
    case 'write':
      return statement.marked ? `WRITE_ONCE(q.${statement.to}, ${statement.value});` : `q.${statement.to} = ${statement.value};`;
    case 'modify':
      return modifyText(statement.does, `q.${statement.to}`, statement.into);
    case 'wait': {
      const call = `wait_event${statement.form}(w, () => ${testText(statement.test, statement.against)})`;
      return isSignalled(statement.form) ? `a = ${call};` : `${call};`;
    }
    case 'choose':
      return `${statement.into} = choose(0, 1);`;
    case 'claim':
      return `assert(${statement.of} != ${statement.value + 1}, 'claim');`;
    case 'if':
      return `if (${statement.of} == ${statement.value}) ${block(statement.yes)} else ${block(statement.no)}`;
    case 'repeat':
      return `for (let i = 0; i < 2; i++) ${block(statement.body)}`;
    case 'spin':
      return `while (READ_ONCE(q.${statement.of}) != ${statement.value}) ${block(statement.body)}`;
  }
}

/** Whether a wait may end by a signal. */
export function isSignalled(form: Signal | '_idle'): boolean {
  return form === '_interruptible' || form === '_killable';
}

function modifyText(does: Extract<Statement, { kind: 'modify' }>['does'], place: string, into: Local): string {
  switch (does) {
    case 'xchg':
      return `${into} = xchg(${place}, ${into});`;
    case 'or':
      return `atomic_or(2, ${place});`;
    case 'cmpxchg':
      return `${into} = cmpxchg(${place}, ${into}, 2);`;
    case 'test_and_set':
      return `${into} = test_and_set_bit(0, ${place});`;
    case 'inc':
      return `atomic_inc(${place});`;
  }
}
