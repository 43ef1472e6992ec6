import type { ModelProgram } from '../ir/execution.ts';
import type { FunctionIr, LinkedFunction, Program } from '../ir/program.ts';
import { alphabetOf, type Alphabet } from './alphabet.ts';
import type { Automaton } from './automaton.ts';
import { CPaths } from './c-paths.ts';
import { missingFinding, partingFinding, placeInC, type DriftFinding, type PlaceInC } from './finding.ts';
import { partings } from './inclusion.ts';
import { missingIn } from './missing.ts';
import { ModelPaths } from './model-paths.ts';

/** How a model and the C it stands for differ in their locking. Functions are in the order of the model. */
export interface Drift {
  readonly findings: readonly DriftFinding[];
  /** Functions of the model that were compared with C. */
  readonly compared: readonly string[];
  /** Functions of the model that lock, or call one that does, and that the C has not. */
  readonly withoutCounterpart: readonly string[];
  /** What happens to locks of the model in functions that C calls, or in some configurations only, and the model leaves out. */
  readonly leftOut: readonly { readonly function: string; readonly text: string; readonly c: PlaceInC }[];
  /** What was not compared to the end, and why. */
  readonly limits: readonly string[];
}

/** Findings of one function: further ones are likely to come of the first. */
const findingLimit = 4;

/**
 * Compares each function of a model with the C function of the same name. Compared are acquisitions and releases of the lock
 * classes that the model has, waits for readers of its (S)RCU domains, and calls of functions that both have. Calls of functions
 * that only one side has are followed. Without findings:
 *
 * 1. Every way through the model's function is, in this order, a way through the C function, on which nothing it does itself needs
 *    the opposite configuration of the rest. What C does more on that way is only to call functions in which the model does
 *    nothing to a lock.
 * 2. Every lock operation that the C function does itself, or by a callee that leaves it with other locks, and every call it makes
 *    of a function of the model, is in the model's function too, with at least the locks held that the C function holds there;
 *    but for what only some configurations have.
 * 3. Both hold also for lock classes that the model does not have, where a C function takes one itself and, with it held, writes
 *    a field that the model's function writes, or calls a function of the model.
 *
 * The model need not have all ways of C: it may leave out early exits, and what callees take and give back (`leftOut`). Compared
 * are lock classes, not instances, and no values: which vCPU's lock it is, and on what condition, is not seen. Nor is where
 * memory is accessed between the events. A way that C's values exclude counts as a way of C.
 */
export function compareWithC(model: ModelProgram, c: Program): Drift {
  const alphabet = alphabetOf(model, c);
  const modelPaths = new ModelPaths(model, alphabet);
  const cPaths = new CPaths(c, alphabet);
  const compared = model.functions.flatMap((fn) => {
    const definitions = alphabet.counterparts.get(fn.name);
    if (!definitions) return [];
    const own = modelPaths.of(fn.name);
    const answers = alternatives(definitions).map((group) => compareFunction({ fn, model, alphabet, own, theirs: cPaths.of(group) }));
    return [answers.reduce((least, answer) => (answer.findings.length < least.findings.length ? answer : least))];
  });
  return {
    findings: compared.flatMap((each) => each.findings),
    compared: model.functions.flatMap(({ name }) => (alphabet.counterparts.has(name) ? [name] : [])),
    withoutCounterpart: model.functions.flatMap(({ name }) =>
      alphabet.locking.has(name) && !alphabet.counterparts.has(name) ? [name] : [],
    ),
    leftOut: compared.flatMap((each) => each.leftOut),
    limits: compared.flatMap((each) => each.limits),
  };
}

/** Definitions of one name that may be meant together: stubs and what they stand in for, but not static functions of several files. */
function alternatives(definitions: readonly LinkedFunction[]): readonly (readonly LinkedFunction[])[] {
  const isAlternative = ({ ir }: LinkedFunction): boolean => ir.conditions.length > 0 || ir.file.endsWith('.h');
  const shared = definitions.filter(isAlternative);
  const alone = definitions.filter((fn) => !isAlternative(fn));
  return alone.length === 0 ? [shared] : alone.map((fn) => [fn, ...shared]);
}

interface Compared {
  readonly fn: FunctionIr;
  readonly model: ModelProgram;
  readonly alphabet: Alphabet;
  readonly own: Automaton;
  readonly theirs: Automaton;
}

function compareFunction({ fn, model, alphabet, own, theirs }: Compared): Pick<Drift, 'findings' | 'leftOut' | 'limits'> {
  const { found, isCut } = partings(own, theirs);
  const { missing, leftOut } = missingIn(own, theirs, alphabet);
  const findings = found.map((parting) => partingFinding(fn, parting));
  for (const each of missing) {
    // Where the two part, what is held from there on says nothing new.
    if (found.length > 0 && each.without) continue;
    const finding = missingFinding(fn, model.text, each);
    // What C does where the two part is in that finding.
    if (!findings.some(({ c }) => c?.file === finding.c?.file && c?.line === finding.c?.line)) findings.push(finding);
  }
  return {
    findings: findings.slice(0, findingLimit).sort((a, b) => a.model.at.start - b.model.at.start),
    leftOut: leftOut.map(({ place, text }) => ({ function: fn.name, text, c: placeInC(place) })),
    limits: isCut ? [`${fn.name} has more ways through it than were compared`] : [],
  };
}
