import { ts } from 'ts-morph';
import type { ModelProblem } from './problems.ts';

/** Syntax nested deeper than this is no model: what reads it goes down by recursion. */
const depthLimit = 200;

/** What is nested too deeply; what is inside of it is not looked at. */
export function nestingProblems(source: ts.SourceFile): readonly ModelProblem[] {
  const problems: ModelProblem[] = [];
  const open: { readonly node: ts.Node; readonly depth: number }[] = [{ node: source, depth: 0 }];
  for (let top = open.pop(); top; top = open.pop()) {
    const { node, depth } = top;
    if (depth > depthLimit && !ts.isToken(node))
      problems.push({ at: { start: node.getStart(source), end: node.end }, message: `nested more than ${depthLimit} levels deep` });
    else ts.forEachChild(node, (child) => void open.push({ node: child, depth: isElseIf(child) ? depth : depth + 1 }));
    if (problems.length >= 20) break;
  }
  return problems.toSorted((a, b) => a.at.start - b.at.start);
}

/** A chain of `else if` is read one after the other. */
function isElseIf(node: ts.Node): boolean {
  return ts.isIfStatement(node) && ts.isIfStatement(node.parent) && node.parent.elseStatement === node;
}
