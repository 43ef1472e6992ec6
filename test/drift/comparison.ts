import assert from 'node:assert/strict';
import { compareWithC, type Drift } from '../../src/model/drift/compare.ts';
import { FileCache } from '../../src/model/frontend/c/file-cache.ts';
import { Linker } from '../../src/model/frontend/c/link.ts';
import type { LinkedProgram } from '../../src/model/frontend/c/linked-program.ts';
import { SyntaxParser } from '../../src/model/frontend/c/syntax.ts';
import { Unit } from '../../src/model/frontend/c/unit.ts';
import { compileModel } from '../../src/model/frontend/ts/compile.ts';
import type { ModelProgram } from '../../src/model/ir/execution.ts';
import { groupByArchitecture, sourcesBelow } from '../../src/model/scope.ts';
import { LineIndex } from '../../src/model/source/text.ts';
import type { Tree } from '../../src/model/source/tree.ts';
import { grammar } from '../checks/fixture.ts';

const parser = await SyntaxParser.load(grammar.runtimeWasm, grammar.grammarWasm);

/** The C below some paths of a tree, linked. */
export function linkC(tree: Tree, paths: readonly string[]): LinkedProgram {
  const cache = new FileCache(tree);
  const groups = groupByArchitecture(sourcesBelow(paths, tree, cache));
  assert.equal(groups.length, 1);
  const unit = new Unit(groups[0]!.architecture, groups[0]!.sources, cache, () => {});
  return new Linker(unit, parser).link(() => {});
}

export function modelOf(text: string): ModelProgram {
  const { program, problems } = compileModel(text, 'fixture.model.ts');
  assert.deepEqual(problems, []);
  return program;
}

export interface Comparison extends Drift {
  /** Lines of the findings in the model and in C, sorted. */
  readonly modelLines: readonly number[];
  readonly cLines: readonly number[];
}

export function compare(text: string, c: LinkedProgram): Comparison {
  const model = modelOf(text);
  const drift = compareWithC(model, c);
  const lines = new LineIndex(text);
  return {
    ...drift,
    modelLines: drift.findings.map(({ model: { at } }) => lines.line(at.start)).sort((a, b) => a - b),
    cLines: drift.findings.flatMap(({ c: at }) => (at ? [at.line] : [])).sort((a, b) => a - b),
  };
}

/** Lines that end in `// DRIFT`. */
export function markedLines(text: string): readonly number[] {
  return text.split('\n').flatMap((line, i) => (line.includes('// DRIFT') ? [i + 1] : []));
}
