import { compareWithC, type Drift } from './drift/compare.ts';
import { FileCache } from './frontend/c/file-cache.ts';
import { Linker } from './frontend/c/link.ts';
import { SyntaxParser } from './frontend/c/syntax.ts';
import { Unit } from './frontend/c/unit.ts';
import type { ModelProgram } from './ir/execution.ts';
import type { LinkedFunction, Program, Step } from './ir/program.ts';
import type { ReviewerHost } from './reviewer.ts';
import { groupByArchitecture, sourcesBelow } from './scope.ts';
import type { Location, Range } from './source/location.ts';

/** The C that a model stands for, in one tree. */
export interface ModelSource {
  /** How the model differs from it. */
  readonly drift: Drift;
  /** Where the C does what a step of the model does; the head of its function if it cannot be told; undefined without such a function. */
  place(fn: string, at: Range | undefined): Location | undefined;
}

/** Reads the C below `program.sources`; undefined if the tree has none of it, or the model names no sources. */
export async function readModelSource(
  program: ModelProgram,
  { tree, runtimeWasm, grammarWasm }: ReviewerHost,
): Promise<ModelSource | undefined> {
  const cache = new FileCache(tree);
  const group = groupByArchitecture(sourcesBelow(program.sources, tree, cache))[0];
  if (!group) return undefined;
  const parser = await SyntaxParser.load(runtimeWasm, grammarWasm);
  const unit = new Unit(group.architecture, group.sources, cache, () => undefined);
  const c = new Linker(unit, parser).link(() => undefined);
  return { drift: compareWithC(program, c), place: (fn, at) => placeIn(c, program, fn, at) };
}

function placeIn(c: Program, program: ModelProgram, name: string, at: Range | undefined): Location | undefined {
  const fn = c.functions.find(({ ir }) => ir.name === name);
  if (!fn) return undefined;
  const wanted = at && stepAt(program, name, at);
  const step = wanted && counterpart(fn, wanted);
  const { start } = fn.ir.range;
  return fn.locate(step ? step.at : { start, end: start });
}

function stepAt(program: ModelProgram, name: string, at: Range): Step | undefined {
  const blocks = program.functions.find((fn) => fn.name === name)?.blocks ?? [];
  for (const { steps } of blocks) for (const step of steps) if (step.at.start === at.start && step.at.end === at.end) return step;
  return undefined;
}

/** The lock operation of the C function that is the model's: of the same kind, class and mode. */
function counterpart({ ir }: LinkedFunction, wanted: Step): Step | undefined {
  if (wanted.kind !== 'acquire' && wanted.kind !== 'release' && wanted.kind !== 'sync') return undefined;
  const mode = wanted.kind === 'sync' ? undefined : wanted.mode;
  return ir.steps.find(
    (step) => step.kind === wanted.kind && step.lock.lockClass === wanted.lock.lockClass && (step.kind === 'sync' || step.mode === mode),
  );
}

export type { Drift } from './drift/compare.ts';
