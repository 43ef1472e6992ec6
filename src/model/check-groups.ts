import type { Analysis } from './analyze.ts';
import type { CheckInput, Draft } from './checks/check.ts';
import { checkDocumentedOrder } from './checks/documented-order.ts';
import type { CheckId, Finding, SuppressedFinding } from './checks/finding.ts';
import { checkHandlerInterrupts } from './checks/handler-interrupts.ts';
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
import { distinct, numbered } from './findings.ts';
import type { CheckRequest, CheckResult, RequestOptions } from './reviewer-api.ts';
import type { Group } from './scope.ts';
import { statsOf, tallyOf, type Tally } from './tally.ts';
import { stepOf, type TreeAnalyzer } from './tree-analyzer.ts';

const checks: readonly ((input: CheckInput) => readonly Draft[])[] = [
  checkDocumentedOrder,
  checkLockOrderCycle,
  checkSyncDeadlock,
  checkWaitDeadlock,
  checkDoubleAcquire,
  checkMissingRelease,
  checkReleaseUnheld,
  checkMismatchedRelease,
  checkHandlerInterrupts,
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
  readonly tally: Tally;
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
  { scope, enabled = [], cancelled }: Partial<Pick<CheckRequest, 'scope' | 'enabled'>> & Pick<RequestOptions, 'cancelled'>,
): Checked {
  const notRun = [...optional.keys()].filter((id) => !enabled.includes(id));
  const running = [...checks, ...[...optional].flatMap(([id, run]) => (enabled.includes(id) ? [run] : []))];
  const stop = stepOf({ cancelled });
  const draftsOf = (run: (typeof checks)[number], analysis: Analysis): readonly Draft[] => {
    stop();
    return run({ ...analysis, isAskedFor });
  };
  const drafts = analyses.flatMap((analysis) => running.flatMap((run) => draftsOf(run, analysis)));
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
  const tally = tallyOf(analyses, isAskedFor, trees.hasArchitectures);
  const problems = [...documents.problems, ...trees.problems(analyses, isAskedFor)];
  return {
    analyses,
    documented: documents.rules,
    findings,
    suppressed,
    problems: distinct(problems),
    stats: statsOf(tally),
    tally,
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
  const checked = checkAnalyses(trees, analyses, documents, () => true, { cancelled: options.cancelled });
  if (first) lastChecked.set(first, { documents, checked });
  return checked;
}
