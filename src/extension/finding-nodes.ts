import type * as vscode from 'vscode';
import type { ShownFinding } from './shown-findings.ts';

/** A row of the view of findings. */
export type FindingNode =
  | {
      readonly kind: 'check';
      readonly id: string;
      readonly check: string;
      readonly children: readonly FindingNode[];
      readonly count: number;
    }
  | { readonly kind: 'file'; readonly id: string; readonly uri: vscode.Uri; readonly children: readonly FindingNode[] }
  | { readonly kind: 'finding'; readonly id: string; readonly finding: ShownFinding; readonly children: readonly FindingNode[] }
  | {
      readonly kind: 'place';
      readonly id: string;
      readonly place: vscode.DiagnosticRelatedInformation;
      readonly children: readonly FindingNode[];
    };

/** Findings by check, and those of a check by file; the checks with the most serious ones first. */
export function findingNodes(findings: readonly ShownFinding[]): readonly FindingNode[] {
  const worst = (list: readonly ShownFinding[]): number => Math.min(...list.map(({ severity }) => severity));
  const checks = [...groupBy(findings, ({ check }) => check)].sort(([a, x], [b, y]) => worst(x) - worst(y) || (a < b ? -1 : 1));
  return checks.map(([check, list]): FindingNode => {
    const files = [...groupBy(list, ({ uri }) => uri.toString())];
    const children = files.map(([name, own]): FindingNode => {
      const id = `${check}\0${name}`;
      return { kind: 'file', id, uri: own[0]!.uri, children: own.map((finding) => findingNode(id, finding)) };
    });
    return { kind: 'check', id: check, check, children, count: list.length };
  });
}

function findingNode(above: string, finding: ShownFinding): FindingNode {
  const id = `${above}\0${finding.id}`;
  const children = finding.related.map((place, at): FindingNode => ({ kind: 'place', id: `${id}\0${at}`, place, children: [] }));
  return { kind: 'finding', id, finding, children };
}

function groupBy<T>(list: readonly T[], keyOf: (each: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of list) {
    const group = groups.get(keyOf(each));
    if (group) group.push(each);
    else groups.set(keyOf(each), [each]);
  }
  return groups;
}
