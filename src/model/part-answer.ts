import type { Finding, SuppressedFinding } from './checks/finding.ts';
import { distinct, together } from './findings.ts';
import type { CheckResult } from './reviewer-api.ts';
import type { Problem } from './source/location.ts';
import { statsOf, togetherOf, type Tally } from './tally.ts';

/** What was found in one part of a request. Plain data: it is kept, and sent from thread to thread. */
export interface PartAnswer {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly SuppressedFinding[];
  readonly problems: readonly Problem[];
  readonly tally: Tally;
}

/** The answer to a request from those of all its parts, in the order that they were split in. */
export function resultOf(parts: readonly PartAnswer[]): CheckResult {
  const [first] = parts;
  if (first && parts.length === 1)
    return { findings: first.findings, suppressed: first.suppressed, problems: first.problems, stats: statsOf(first.tally) };
  return {
    ...together(parts),
    problems: distinct(parts.flatMap(({ problems }) => problems)),
    stats: { ...statsOf(togetherOf(parts.map(({ tally }) => tally))), parts: parts.length },
  };
}

/** What is known of a part that could not be checked. */
export function uncheckedPart(problem: Problem): PartAnswer {
  return { findings: [], suppressed: [], problems: [problem], tally: { files: [], headers: [], counts: {}, rules: [], architectures: [] } };
}
