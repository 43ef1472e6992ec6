import { CLines } from './c-lines/c-lines.ts';
import { compareWithC, type Drift } from './drift/compare.ts';
import { FileCache } from './frontend/c/file-cache.ts';
import { Linker } from './frontend/c/link.ts';
import { SyntaxParser } from './frontend/c/syntax.ts';
import { Unit } from './frontend/c/unit.ts';
import type { ModelProgram } from './ir/execution.ts';
import type { ReviewerHost } from './reviewer.ts';
import { groupByArchitecture, sourcesBelow } from './scope.ts';
import type { Tree } from './source/tree.ts';

/** How a model differs from the C below `program.sources`; undefined if the tree has none of it, or the model names no sources. */
export async function readDrift(program: ModelProgram, { tree, runtimeWasm, grammarWasm }: ReviewerHost): Promise<Drift | undefined> {
  const cache = new FileCache(tree);
  const group = groupByArchitecture(sourcesBelow(program.sources, tree, cache))[0];
  if (!group) return undefined;
  const parser = await SyntaxParser.load(runtimeWasm, grammarWasm);
  const unit = new Unit(group.architecture, group.sources, cache, () => undefined);
  return compareWithC(
    program,
    new Linker(unit, parser).link(() => undefined),
  );
}

/** Where C does what the steps of a model do; undefined if the tree has no function of the model. */
export function findCLines(program: ModelProgram, tree: Tree): CLines | undefined {
  const lines = new CLines(program, tree);
  return lines.isEmpty ? undefined : lines;
}

export type { CLine, CLines } from './c-lines/c-lines.ts';
export type { Drift } from './drift/compare.ts';
