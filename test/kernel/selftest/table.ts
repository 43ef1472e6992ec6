import type { SelftestCase } from './cases.ts';
import { families, leftOut, type Family } from './families.ts';

/** What a case came to. */
export interface Answer {
  readonly of: SelftestCase;
  /** Checks with a finding that is more than information. */
  readonly checks: readonly string[];
}

/** Lockstep complains where lockdep must, and for that reason; or is silent where lockdep must be. */
export function agrees({ of, checks }: Answer, { checks: right }: Family): boolean {
  return of.mustComplain ? checks.some((check) => right.includes(check)) : checks.length === 0;
}

/** Both tables of docs/accuracy.md: families with the cases that agree, and what is left out. */
export function renderTables(answers: readonly Answer[]): string {
  const rows = families.map((family) => {
    const cases = answers.filter(({ of }) => family.names.test(of.name));
    const agreeing = cases.filter((answer) => agrees(answer, family)).length;
    const must = cases.filter(({ of }) => of.mustComplain).length;
    const why = agreeing < cases.length ? (family.whyNot ?? '') : '';
    return `| ${[family.about, cases.length, must, agreeing, why].join(' | ')} |`;
  });
  const others = leftOut.map(
    ({ names, about, why }) => `| ${[about, answers.filter(({ of }) => names.test(of.name)).length, why].join(' | ')} |`,
  );
  return [
    '| cases | all | lockdep complains | agree | why the others do not |',
    '|---|--:|--:|--:|---|',
    ...rows,
    '',
    '| left out | cases | why |',
    '|---|--:|---|',
    ...others,
  ].join('\n');
}
