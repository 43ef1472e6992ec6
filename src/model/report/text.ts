import type { Finding, Hop, Severity, Witness } from '../checks/finding.ts';
import type { CheckResult, CheckStats } from '../reviewer-api.ts';
import type { Problem } from '../source/location.ts';
import { lessSureLines, type LeftOut } from './left-out.ts';
import { count, hopText, plain } from './plain.ts';

/** One block a finding, then the problems, then one line that says how much was read. */
export function renderText(result: CheckResult, leftOut: LeftOut = {}): string {
  const lines = [
    ...result.findings.flatMap((finding) => findingLines(finding)),
    ...result.problems.map(problemLine),
    summaryLine(result, leftOut),
  ];
  return lines.map((line) => `${plain(line)}\n`).join('');
}

/** `change`: what a patch did to it, told before its message. */
export function findingLines(finding: Finding, change?: string): string[] {
  const { at, order } = finding;
  const told = change === undefined ? finding.message : `${change}: ${finding.message}`;
  return [
    `${at.file}:${at.line}:${at.column}: ${finding.severity}: ${told} [${finding.check}]`,
    ...finding.witnesses.flatMap((witness, index) => chainLines(witness, index, finding.witnesses.length)),
    ...(order ? ['  documented order:', `    ${order.file}:${order.line}: ${order.text}`] : []),
    ...(finding.config?.length ? [`  configuration: ${finding.config.join(', ')}`] : []),
    `  confidence: ${finding.confidence}`,
    ...finding.reasons.map((reason) => `    ${reason}`),
  ];
}

export function chainLines(witness: Witness, index: number, total: number): string[] {
  return [total === 1 ? '  chain:' : `  chain ${index + 1} of ${total}:`, ...witness.map(hopLine)];
}

function hopLine(hop: Hop): string {
  return `    ${hop.at.file}:${hop.at.line}: ${hop.function}: ${hopText(hop)}`;
}

export function problemLine(problem: Problem): string {
  return `${problem.file}${problem.line > 0 ? `:${problem.line}` : ''}: problem: ${problem.message}`;
}

function summaryLine(result: CheckResult, leftOut: LeftOut): string {
  const { inBaseline } = leftOut;
  const parts = [
    findingCount(result.findings),
    ...(result.suppressed.length > 0 ? [`${result.suppressed.length} suppressed`] : []),
    ...(inBaseline ? [`${inBaseline} more in the baseline`] : []),
    ...lessSureLines(leftOut, 'option'),
    ...(result.problems.length ? [count(result.problems.length, 'problem')] : []),
  ];
  return `${parts.join(', ')}; ${statsText(result.stats)}`;
}

function findingCount(findings: readonly Finding[]): string {
  const severities: readonly [Severity, string, string][] = [
    ['error', 'error', 'errors'],
    ['warning', 'warning', 'warnings'],
    ['information', 'information', 'information'],
  ];
  const counts = severities.flatMap(([severity, one, many]) => {
    const n = findings.filter((finding) => finding.severity === severity).length;
    return n ? [count(n, one, many)] : [];
  });
  if (counts.length === 0) return 'no findings';
  return `${count(findings.length, 'finding')} (${counts.join(', ')})`;
}

function statsText(stats: CheckStats): string {
  return [
    `read ${count(stats.files, 'file')} and ${count(stats.headers, 'header')}`,
    count(stats.functions, 'function') + but(stats.functionsWithProblems, 'with syntax problems'),
    count(stats.lockOperations, 'lock operation') + but(stats.unresolvedLockOperations, 'unresolved'),
    count(stats.calls, 'call') + but(stats.callsNotFollowed, 'not followed'),
    count(stats.rules, 'documented order'),
    ...(stats.architectures.length ? [`for ${stats.architectures.join(' ')}`] : []),
    ...(stats.parts === undefined ? [] : [`in ${stats.parts} parts, each by itself`]),
  ].join(', ');
}

function but(n: number, what: string): string {
  return n ? ` (${n} ${what})` : '';
}
