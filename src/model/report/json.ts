import type { Finding, Witness } from '../checks/finding.ts';
import type { CheckResult } from '../reviewer-api.ts';
import type { Location } from '../source/location.ts';
import type { LeftOut } from './left-out.ts';
import { jsonText } from './plain.ts';

/** The contract's number: raised when a field changes its meaning or goes away, not when one is added. */
const version = 1;

/** Keys are listed here one by one: what the model adds to its types reaches scripts only on purpose. */
export function renderJson(result: CheckResult, leftOut: LeftOut = {}): string {
  const report = {
    version,
    findings: result.findings.map(findingJson),
    problems: result.problems.map(({ file, line, message }) => ({ file, line, message })),
    stats: { ...result.stats, ...leftOut, suppressed: result.suppressed.length },
  };
  return jsonText(report);
}

export function findingJson(finding: Finding): object {
  const { order, config } = finding;
  return {
    id: finding.id,
    check: finding.check,
    severity: finding.severity,
    confidence: finding.confidence,
    message: finding.message,
    at: locationJson(finding.at),
    function: finding.function,
    acquires: finding.acquires,
    held: finding.held,
    witnesses: finding.witnesses.map(witnessJson),
    ...(order ? { order: { file: order.file, line: order.line, text: order.text } } : {}),
    ...(config?.length ? { config } : {}),
    reasons: finding.reasons,
  };
}

export function witnessJson(witness: Witness): object[] {
  return witness.map((hop) => ({
    file: hop.at.file,
    line: hop.at.line,
    function: hop.function,
    text: hop.text,
    ...(hop.via === undefined ? {} : { via: hop.via }),
  }));
}

export function locationJson({ file, line, column, endLine, endColumn }: Location): Location {
  return { file, line, column, endLine, endColumn };
}
