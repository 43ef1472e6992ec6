import type { Analysis } from './analyze.ts';
import type { CheckInput, Draft } from './checks/check.ts';
import { checkDocumentedOrder } from './checks/documented-order.ts';
import type { CheckId, Finding, SuppressedFinding } from './checks/finding.ts';
import { checkIrqInversion } from './checks/irq-inversion.ts';
import { checkLockContract } from './checks/lock-contract.ts';
import { checkLockOrderCycle } from './checks/lock-order-cycle.ts';
import { checkDoubleAcquire } from './checks/double-acquire.ts';
import { checkMismatchedRelease } from './checks/mismatched-release.ts';
import { checkMissingRelease } from './checks/missing-release.ts';
import { checkReleaseUnheld } from './checks/release-unheld.ts';
import { checkSleepInAtomic } from './checks/sleep-in-atomic.ts';
import { checkSuppressions } from './checks/suppressions.ts';
import { checkSyncDeadlock } from './checks/sync-deadlock.ts';
import { checkUnprotectedAccess } from './checks/unprotected-access.ts';
import { checkWaitDeadlock } from './checks/wait-deadlock.ts';
import type { Documented } from './documented.ts';
import type { Rule } from './orders/rule.ts';
import type { CheckRequest, CheckResult, CheckStats, RequestOptions } from './reviewer-api.ts';
import type { Group } from './scope.ts';
import { compareLocations, type Problem } from './source/location.ts';
import type { TreeAnalyzer } from './tree-analyzer.ts';

const checks: readonly ((input: CheckInput) => readonly Draft[])[] = [
  checkDocumentedOrder,
  checkLockOrderCycle,
  checkSyncDeadlock,
  checkWaitDeadlock,
  checkDoubleAcquire,
  checkMissingRelease,
  checkReleaseUnheld,
  checkMismatchedRelease,
  checkSleepInAtomic,
  checkIrqInversion,
  checkLockContract,
];

/** Checks that run only where they are asked for. */
const optional: ReadonlyMap<CheckId, (typeof checks)[number]> = new Map([['unprotected-access', checkUnprotectedAccess]]);

/** What was found in some groups, with what it was found from. */
export interface Checked extends CheckResult {
  readonly analyses: readonly Analysis[];
  /** Orders of documents; those of comments are the analyses' own. */
  readonly documented: readonly Rule[];
}

/** Runs every check; findings are reported for the files asked for. Without a scope nobody knows whether callers were looked for. */
export function checkGroups(
  trees: TreeAnalyzer,
  groups: readonly Group[],
  isAskedFor: (file: string) => boolean,
  options: RequestOptions & Partial<Pick<CheckRequest, 'orders' | 'scope' | 'enabled'>>,
): Checked {
  const documents = trees.read(options.orders ?? []);
  const analyses = groups.map((group) => trees.analyze(group, documents.rules, options));
  return checkAnalyses(trees, analyses, documents, isAskedFor, options);
}

function checkAnalyses(
  trees: TreeAnalyzer,
  analyses: readonly Analysis[],
  documents: Documented,
  isAskedFor: (file: string) => boolean,
  { scope, enabled = [] }: Partial<Pick<CheckRequest, 'scope' | 'enabled'>> = {},
): Checked {
  const notRun = [...optional.keys()].filter((id) => !enabled.includes(id));
  const running = [...checks, ...[...optional].flatMap(([id, run]) => (enabled.includes(id) ? [run] : []))];
  const drafts = analyses.flatMap((analysis) => running.flatMap((run) => run({ ...analysis, isAskedFor })));
  const files = analyses.flatMap(({ unit }) => [...unit.files.values()].filter((file) => isAskedFor(file.path)));
  const suppressions = checkSuppressions({ files, analyses, drafts, isWithCallers: scope === 'module', notRun });
  const findings: Finding[] = [];
  const suppressed: SuppressedFinding[] = [];
  // Numbered before they are parted, so that a comment leaves the ids of others alone.
  for (const finding of numbered([...drafts, ...suppressions.drafts])) {
    const reason = suppressions.reasonFor(finding);
    if (reason === undefined) findings.push(finding);
    else suppressed.push({ finding, reason });
  }
  const problems = [...documents.problems, ...trees.problems(analyses, isAskedFor)];
  return {
    analyses,
    documented: documents.rules,
    findings,
    suppressed,
    problems: distinct(problems),
    stats: statsOf(analyses, isAskedFor, trees.hasArchitectures),
  };
}

/** What was found last in all files of some analyses, by the first of them. */
const lastChecked = new WeakMap<Analysis, { readonly documents: Documented; readonly checked: Checked }>();

/** The same for all files of the groups. What was found in the same analyses is found again. */
export function checkWhole(
  trees: TreeAnalyzer,
  groups: readonly Group[],
  options: RequestOptions & Partial<Pick<CheckRequest, 'orders'>>,
): Checked {
  const documents = trees.read(options.orders ?? []);
  const analyses = groups.map((group) => trees.analyze(group, documents.rules, options));
  const first = analyses[0];
  const last = first && lastChecked.get(first);
  const { length } = analyses;
  if (last && last.documents === documents && last.checked.analyses.length === length)
    if (last.checked.analyses.every((analysis, i) => analysis === analyses[i])) return last.checked;
  const checked = checkAnalyses(trees, analyses, documents, () => true);
  if (first) lastChecked.set(first, { documents, checked });
  return checked;
}

/** Sorted by place, one for each place and what is said of it, each with an id that edits elsewhere leave alone. */
function numbered(drafts: readonly Draft[]): readonly Finding[] {
  const ranks = ['high', 'medium', 'low'];
  const sorted = [...drafts].sort(
    (a, b) =>
      compareLocations(a.at, b.at) ||
      compareTexts(a.check, b.check) ||
      ranks.indexOf(a.confidence) - ranks.indexOf(b.confidence) ||
      compareTexts(a.message, b.message),
  );
  const places = new Set<string>();
  const ids = new Map<string, number>();
  const findings: Finding[] = [];
  for (const draft of sorted) {
    const name = `${draft.check}:${draft.at.file}:${draft.function}:${draft.about.join('->')}`;
    // Generic code is checked with each architecture; the surest of what is said of a place is enough.
    const place = `${name}:${draft.at.line}:${draft.at.column}`;
    if (places.has(place)) continue;
    places.add(place);
    const count = (ids.get(name) ?? 0) + 1;
    ids.set(name, count);
    findings.push({ id: count === 1 ? name : `${name}#${count}`, ...draft });
  }
  return findings;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function distinct(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map(problems.map((problem) => [`${problem.file}:${problem.line}:${problem.message}`, problem]));
  return [...seen.values()].sort((a, b) => compareLocations({ ...a, column: 0 }, { ...b, column: 0 }) || (a.message < b.message ? -1 : 1));
}

function statsOf(analyses: readonly Analysis[], isAskedFor: (file: string) => boolean, hasArchitectures: boolean): CheckStats {
  const functions = new Map<string, { isBad: boolean; locks: number; unresolved: number; calls: number; lost: number }>();
  const files = new Set<string>();
  const headers = new Set<string>();
  for (const { unit, program } of analyses) {
    const named = new Set(unit.sources);
    for (const path of unit.files.keys()) (named.has(path) ? files : headers).add(path);
    for (const fn of program.functions) {
      if (!isAskedFor(fn.ir.file)) continue;
      const locks = fn.ir.steps.filter((step) => 'lock' in step);
      const calls = fn.ir.steps.filter((step) => step.kind === 'call');
      functions.set(`${fn.ir.file}:${fn.locate(fn.ir.range).line}:${fn.ir.name}`, {
        isBad: fn.ir.syntaxErrors.length > 0,
        locks: locks.length,
        unresolved: locks.filter(({ lock }) => lock.lockClass === '' && lock.parameter < 0).length,
        calls: calls.length,
        lost: calls.filter((call) => program.targets(call, fn).length === 0).length,
      });
    }
  }
  const all = [...functions.values()];
  const sum = (of: (f: (typeof all)[number]) => number): number => all.reduce((total, f) => total + of(f), 0);
  return {
    files: files.size,
    headers: headers.size,
    functions: all.length,
    functionsWithProblems: sum((f) => (f.isBad ? 1 : 0)),
    lockOperations: sum((f) => f.locks),
    unresolvedLockOperations: sum((f) => f.unresolved),
    calls: sum((f) => f.calls),
    callsNotFollowed: sum((f) => f.lost),
    rules: analyses.reduce((most, { rules }) => Math.max(most, rules.length), 0),
    architectures: hasArchitectures ? [...new Set(analyses.map(({ unit }) => unit.architecture ?? ''))].sort() : [],
  };
}
