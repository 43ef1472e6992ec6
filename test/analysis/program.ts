import { readFileSync } from 'node:fs';
import { findAccesses, type Access, type Accesses, type Guard, type WantedAccesses } from '../../src/model/analysis/accesses.ts';
import { contractsOf, type Contract } from '../../src/model/analysis/contract.ts';
import type { Analysis } from '../../src/model/analyze.ts';
import { GroupAnalyzer } from '../../src/model/analyze.ts';
import { FileCache } from '../../src/model/frontend/c/file-cache.ts';
import { SyntaxParser } from '../../src/model/frontend/c/syntax.ts';
import type { LinkedFunction } from '../../src/model/ir/program.ts';
import { groupByArchitecture, sourcesBelow } from '../../src/model/scope.ts';
import type { Tree } from '../../src/model/source/tree.ts';
import { fixtureFolder, grammar, treeOf } from '../checks/fixture.ts';

const parser = await SyntaxParser.load(grammar.runtimeWasm, grammar.grammarWasm);
const kernel = readFileSync(`${fixtureFolder}/kernel.h`, 'utf8');

export interface Analyzed {
  readonly analysis: Analysis;
  accesses(wanted: WantedAccesses): Accesses;
  contracts(functions: readonly LinkedFunction[]): readonly Contract[];
  functions(...names: string[]): LinkedFunction[];
}

/** Analyzes the C files below some paths of a tree, all of one architecture. */
export function analyzeTree(tree: Tree, ...paths: string[]): Analyzed {
  const cache = new FileCache(tree);
  const groups = groupByArchitecture(sourcesBelow(paths, tree, cache));
  const analyzer = new GroupAnalyzer(groups[0]!, cache, parser);
  const analysis = analyzer.analyze([], () => undefined);
  const { program, summaries, source } = analysis;
  return {
    analysis,
    accesses: (wanted) => findAccesses(program, summaries, source, wanted),
    contracts: (functions) => contractsOf(program, summaries, source, functions),
    functions: (...names) => analysis.program.functions.filter(({ ir }) => names.includes(ir.name)),
  };
}

/** One C file, with the kernel's prototypes before it, and headers beside it. */
export function analyzeText(text: string, headers: Readonly<Record<string, string>> = {}): Analyzed {
  const files = { 'kernel.h': kernel, ...headers, 'a.c': `#include "kernel.h"\n${text}` };
  return analyzeTree(treeOf(new Map(Object.entries(files))), '');
}

/** `function: write text [guards] (other: locks) {read sides} private`, in the order given. */
export function lineOf({ function: name, kind, isMarked, text, guards, otherInstances, readSides, isPrivate }: Access): string {
  const held = guards.map(({ lockClass, mode }) => (mode === 'shared' ? `${lockClass} (shared)` : lockClass)).join(', ');
  const other = otherInstances.length > 0 ? ` other: ${otherInstances.join(', ')}` : '';
  const sides = readSides.length > 0 ? ` in: ${readSides.join(', ')}` : '';
  return `${name}: ${isMarked ? 'marked ' : ''}${kind} ${text} [${held}]${other}${sides}${isPrivate ? ' private' : ''}`;
}

export function guardOf(guards: readonly Guard[], place: string): Guard {
  const found = guards.find((guard) => guard.place === place);
  if (!found) throw new Error(`no accesses to ${place}`);
  return found;
}
