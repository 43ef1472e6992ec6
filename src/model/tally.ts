import type { Analysis } from './analyze.ts';
import type { BoundRule } from './checks/resolve-rules.ts';
import type { CheckStats } from './reviewer-api.ts';

/** What was read of one file: functions, those with syntax problems, lock operations, unresolved ones, calls, those not followed. */
type Counts = readonly number[];

/** What was read, told so that parts can be put together. */
export interface Tally {
  readonly files: readonly string[];
  readonly headers: readonly string[];
  /** Of the files asked for. */
  readonly counts: Readonly<Record<string, Counts>>;
  /** Documented orders, each by what tells it from others. */
  readonly rules: readonly string[];
  readonly architectures: readonly string[];
}

export function tallyOf(analyses: readonly Analysis[], isAskedFor: (file: string) => boolean, hasArchitectures: boolean): Tally {
  const functions = new Map<string, { readonly file: string; readonly counts: Counts }>();
  const files = new Set<string>();
  const headers = new Set<string>();
  for (const { unit, program } of analyses) {
    const named = new Set(unit.sources);
    for (const path of unit.files.keys()) (named.has(path) ? files : headers).add(path);
    for (const fn of program.functions) {
      const { file, name, syntaxErrors, steps } = fn.ir;
      if (!isAskedFor(file)) continue;
      const locks = steps.filter((step) => 'lock' in step);
      const calls = steps.filter((step) => step.kind === 'call');
      const unresolved = locks.filter(({ lock }) => lock.lockClass === '' && lock.parameter < 0).length;
      const lost = calls.filter((call) => program.targets(call, fn).length === 0).length;
      // Once for all architectures.
      functions.set(`${file}:${fn.locate(fn.ir.range).line}:${name}`, {
        file,
        counts: [1, syntaxErrors.length > 0 ? 1 : 0, locks.length, unresolved, calls.length, lost],
      });
    }
  }
  const counts = new Map<string, Counts>();
  for (const each of functions.values()) counts.set(each.file, sum(counts.get(each.file), each.counts));
  return {
    files: [...files],
    headers: [...headers],
    counts: Object.fromEntries(counts),
    rules: analyses.map(({ rules }) => rules.map(nameOf)).reduce((most, rules) => (rules.length > most.length ? rules : most), []),
    architectures: hasArchitectures ? [...new Set(analyses.map(({ unit }) => unit.architecture ?? ''))].sort() : [],
  };
}

/** What parts have read together. A file of several parts counts as the first of them has read it. */
export function togetherOf(tallies: readonly Tally[]): Tally {
  const counts: Record<string, Counts> = {};
  for (const tally of tallies) for (const [file, own] of Object.entries(tally.counts)) counts[file] ??= own;
  return {
    files: [...new Set(tallies.flatMap(({ files }) => files))],
    headers: [...new Set(tallies.flatMap(({ headers }) => headers))],
    counts,
    rules: [...new Set(tallies.flatMap(({ rules }) => rules))],
    architectures: [...new Set(tallies.flatMap(({ architectures }) => architectures))].sort(),
  };
}

export function statsOf({ files, headers, counts, rules, architectures }: Tally): CheckStats {
  const all = Object.values(counts).reduce<Counts>(sum, none);
  const [functions, functionsWithProblems, lockOperations, unresolvedLockOperations, calls, callsNotFollowed] = all as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const named = new Set(files);
  return {
    files: files.length,
    headers: headers.filter((path) => !named.has(path)).length,
    ...{ functions, functionsWithProblems, lockOperations, unresolvedLockOperations, calls, callsNotFollowed },
    rules: rules.length,
    architectures,
  };
}

function nameOf({ rule: { file, line, outer, inner } }: BoundRule): string {
  return `${file}:${line}:${outer}:${inner}`;
}

const none: Counts = [0, 0, 0, 0, 0, 0];

function sum(a: Counts = none, b: Counts): Counts {
  return b.map((count, i) => count + (a[i] ?? 0));
}
