import type { Expression, ModelProgram } from '../ir/execution.ts';
import type { Edge, FunctionIr, Step } from '../ir/program.ts';
import type { Alphabet } from './alphabet.ts';
import { anyConfiguration, callEvent, Draft, lockEvent, type Automaton, type Event } from './automaton.ts';
import { walk, type Point, type Reading } from './walk.ts';

/** What is known of locals, and of conditions over them: by name or by text, whether it is nonzero. */
type Truths = ReadonlyMap<string, boolean>;

const nothing: Truths = new Map();
const factLimit = 256;
const doesNothing: Automaton = {
  next: [[]],
  exits: [[{ values: 0, configuration: anyConfiguration, place: { at: { start: 0, end: 0 } } }]],
};

/**
 * Ways through the functions of a model. Calls of functions that C does not have are followed; a way that needs a local to
 * be both zero and nonzero is none.
 */
export class ModelPaths {
  private readonly automata = new Map<string, Automaton>();
  private readonly functions: ReadonlyMap<string, FunctionIr>;

  constructor(
    model: ModelProgram,
    private readonly alphabet: Alphabet,
  ) {
    this.functions = new Map(model.functions.map((fn) => [fn.name, fn]));
  }

  of(name: string): Automaton {
    const known = this.automata.get(name);
    if (known) return known;
    const ir = this.functions.get(name);
    // A model with problems may call what could not be read, or lead back to itself.
    this.automata.set(name, doesNothing);
    const automaton = ir ? this.read(ir) : doesNothing;
    this.automata.set(name, automaton);
    return automaton;
  }

  private read(ir: FunctionIr): Automaton {
    const draft = new Draft();
    const tracked = trackedKeys(ir);
    const reading: Reading<Truths> = {
      key: factsKey,
      step: (step, from) => this.step(step, from, draft, tracked),
      follow: (edge, facts) => follow(edge, facts, tracked),
      coarser: () => nothing,
      none: nothing,
      factLimit,
    };
    for (const { block, point } of walk(ir.blocks, draft, { node: 0, facts: nothing }, reading))
      draft.exit(point.node, { values: 0, configuration: anyConfiguration, place: { at: block.returns!.at } });
    return draft.finish();
  }

  private step(step: Step, { node, facts }: Point<Truths>, draft: Draft, tracked: ReadonlySet<string>): readonly Point<Truths>[] {
    const done = (event: Event): number =>
      draft.event(node, { event, place: { at: step.at }, isOwn: true, configuration: anyConfiguration });
    switch (step.kind) {
      case 'acquire': {
        const after = done(lockEvent('acquire', step.lock, step.lock.lockClass, step.mode, step.isTry));
        if (step.success === 'always') return [{ node: after, facts }];
        const onSuccess = step.success === 'nonzero';
        return [
          { node: after, facts: learn(facts, step.result, onSuccess, tracked) },
          { node, facts: learn(facts, step.result, !onSuccess, tracked) },
        ];
      }
      case 'release':
        return [{ node: done(lockEvent('release', step.lock, step.lock.lockClass, step.mode, false)), facts }];
      case 'sync':
        return [{ node: done(lockEvent('sync', step.lock, step.lock.lockClass, 'exclusive', false)), facts }];
      case 'call': {
        const after = forget(facts, step.result);
        if (this.alphabet.counterparts.has(step.name!)) return [{ node: done(callEvent(step.name!)), facts: after }];
        return draft.embed(node, this.of(step.name!), (made) => made).map((end) => ({ node: end.node, facts: after }));
      }
      case 'compute': {
        const value = truth(step.value, facts);
        const after = forget(facts, step.into);
        return [{ node, facts: value === undefined ? after : learn(after, step.into, value, tracked) }];
      }
      case 'read':
      case 'modify':
      case 'choose':
        return [{ node, facts: forget(facts, step.into) }];
      case 'wait':
        return [{ node, facts: forget(facts, step.signal) }];
      default:
        return [{ node, facts }];
    }
  }
}

/** What is worth knowing: locals that decide something, results of locks, and conditions that are asked twice. */
function trackedKeys(ir: FunctionIr): ReadonlySet<string> {
  const times = new Map<string, number>();
  const tracked = new Set<string>();
  for (const block of ir.blocks) {
    const keys = new Set(block.next.flatMap((edge) => (edge.when ? [keyOf(positive(edge.when))] : [])));
    for (const key of keys) times.set(key, (times.get(key) ?? 0) + 1);
    for (const step of block.steps) if (step.kind === 'acquire' && step.success !== 'always') tracked.add(step.result);
  }
  for (const [key, count] of times) if (count > 1 || /^\w/.test(key)) tracked.add(key);
  return tracked;
}

function follow(edge: Edge, facts: Truths, tracked: ReadonlySet<string>): Truths | undefined {
  if (!edge.when) return facts;
  const known = truth(edge.when, facts);
  if (known === false) return undefined;
  const inner = positive(edge.when);
  return known ? facts : learn(facts, keyOf(inner), isEven(edge.when), tracked);
}

/** The condition without `!` in front. */
function positive(condition: Expression): Expression {
  return condition.kind === 'operation' && condition.operator === '!' ? positive(condition.operands[0]!) : condition;
}

/** Whether the number of `!` in front is even. */
function isEven(condition: Expression): boolean {
  return condition.kind !== 'operation' || condition.operator !== '!' || !isEven(condition.operands[0]!);
}

function keyOf(expression: Expression): string {
  return expression.kind === 'local' ? expression.name : JSON.stringify(expression);
}

function truth(expression: Expression, facts: Truths): boolean | undefined {
  if (expression.kind === 'constant') return expression.value !== 0;
  if (expression.kind === 'operation' && expression.operator === '!') {
    const inner = truth(expression.operands[0]!, facts);
    return inner === undefined ? undefined : !inner;
  }
  return facts.get(keyOf(expression));
}

function learn(facts: Truths, key: string, value: boolean, tracked: ReadonlySet<string>): Truths {
  return tracked.has(key) ? new Map(facts).set(key, value) : facts;
}

function forget(facts: Truths, local: string): Truths {
  if (local === '') return facts;
  const quoted = JSON.stringify(local);
  return new Map([...facts].filter(([key]) => key !== local && !key.includes(quoted)));
}

function factsKey(facts: Truths): string {
  return [...facts]
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join();
}
