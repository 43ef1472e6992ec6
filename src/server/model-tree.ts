import path from 'node:path';
import { createDiskTree } from '../host/disk-tree.ts';
import { loadGrammar } from '../host/grammar.ts';
import { documentsBelow, readDocuments } from '../model/documented.ts';
import { findCLines, readDrift, type CLines } from '../model/model-source.ts';
import type { ModelProgram, SimulationRequest } from '../model/simulate.ts';
import { LineIndex } from '../model/source/text.ts';
import type { Tree } from '../model/source/tree.ts';
import type { ModelDrift, TreeFolder } from './simulator-messages.ts';

/** The tree that a model speaks of. */
export interface ModelTree {
  /** Absolute path. */
  readonly root: string;
  readonly tree: Tree;
  readonly lines: CLines;
}

/** The first tree that has a function of the model. */
export function findModelTree(program: ModelProgram, trees: readonly TreeFolder[]): ModelTree | undefined {
  for (const { root } of trees) {
    const tree = createDiskTree(root);
    const lines = findCLines(program, tree);
    if (lines) return { root, tree, lines };
  }
  return undefined;
}

/** Orders that the tree documents, and those of the settings; without a tree, those that the settings of the first folder name. */
export function documentedOrders(found: ModelTree | undefined, trees: readonly TreeFolder[]): SimulationRequest['rules'] {
  const folder = trees.find(({ root }) => root === found?.root) ?? trees[0];
  const own = found ? readDocuments(documentsBelow('Documentation', found.tree), found.tree).rules : [];
  const named = (folder?.orders ?? []).flatMap((file) => {
    const absolute = path.resolve(folder!.root, file);
    return readDocuments([path.basename(absolute)], createDiskTree(path.dirname(absolute))).rules;
  });
  return [...own, ...named];
}

/** Undefined if no tree has C of the model. */
export async function driftOf(program: ModelProgram, trees: readonly TreeFolder[]): Promise<ModelDrift | undefined> {
  const found = findModelTree(program, trees);
  const drift = found && (await readDrift(program, { tree: found.tree, ...loadGrammar() }));
  if (!drift) return undefined;
  const lines = new LineIndex(program.text);
  const { compared, withoutCounterpart, limits } = drift;
  return {
    ...{ tree: found.root, compared: compared.length, withoutCounterpart, limits },
    findings: drift.findings.map(({ message, model, c }) => {
      const { line, column, endLine, endColumn } = lines.location(program.file, model.at);
      return { message, at: { line, column, endLine, endColumn }, ...(c && { c: { file: c.file, line: c.line } }) };
    }),
  };
}
