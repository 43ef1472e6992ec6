import path from 'node:path';
import { isConfident } from '../model/report/confidence.ts';
import { count, plain } from '../model/report/plain.ts';
import type { CheckResult } from '../model/reviewer-api.ts';
import type { CheckSummary, Settings } from '../protocol/requests.ts';
import type { AnalysisThread, AskOptions } from './analysis-thread.ts';
import { toDiagnostic } from './diagnostic.ts';
import { uriOf, type Place } from './places.ts';
import type { ShownFinding } from './published.ts';
import type { Session } from './session.ts';

interface Reviewed {
  /** By absolute path; files without a finding are not in it. */
  readonly byFile: ReadonlyMap<string, readonly ShownFinding[]>;
  readonly summary: CheckSummary;
  readonly milliseconds: number;
}

/** Problems logged for one check; a folder of a kernel may have thousands. */
const loggedProblems = 50;

/** Checks one place of a tree. Undefined when it was cancelled. */
export async function review(session: Session, thread: AnalysisThread, place: Place, options: AskOptions): Promise<Reviewed | undefined> {
  const started = performance.now();
  const settings = await settingsOf(session, place);
  const { orders, enableChecks } = settings;
  const result = await thread.ask({ kind: 'check', root: place.root, paths: [place.path], orders, enabled: enableChecks }, options);
  if (!result) return undefined;

  const milliseconds = Math.round(performance.now() - started);
  const reviewed = { ...toReviewed(session, place.root, result, settings), milliseconds };
  session.connection.console.info(logLine(place, result, reviewed));
  logProblems(session, result, settings);
  return reviewed;
}

export function settingsOf(session: Session, place: Place): Promise<Settings> {
  return session.settings.of(place.root, uriOf(place.root, place.path));
}

function toReviewed(session: Session, root: string, result: CheckResult, settings: Settings): Omit<Reviewed, 'milliseconds'> {
  const shown = result.findings.filter((finding) => isConfident(finding, settings.minimumConfidence));
  const byFile = new Map<string, ShownFinding[]>();
  for (const finding of shown) {
    const file = path.join(root, finding.at.file);
    const findings = byFile.get(file) ?? [];
    findings.push({ root, finding, diagnostic: toDiagnostic(root, finding, session) });
    byFile.set(file, findings);
  }
  return {
    byFile,
    summary: {
      findings: shown.length,
      hidden: result.findings.length - shown.length,
      filesWithFindings: byFile.size,
      files: result.stats.files,
      lockOperations: result.stats.lockOperations,
    },
  };
}

function logLine({ root, path }: Place, { suppressed, problems, stats }: CheckResult, { summary, milliseconds }: Reviewed): string {
  const parts = [
    count(summary.findings, 'finding'),
    ...(suppressed.length > 0 ? [`${suppressed.length} suppressed`] : []),
    ...(summary.hidden > 0 ? [`${summary.hidden} of less confidence`] : []),
    ...(problems.length > 0 ? [count(problems.length, 'problem')] : []),
    `${count(stats.files, 'file')} and ${count(stats.headers, 'header')} read`,
  ];
  return plain(`checked ${path || root} in ${milliseconds} ms: ${parts.join(', ')}`);
}

function logProblems(session: Session, { problems }: CheckResult, settings: Settings): void {
  for (const { file, message } of problems.filter(({ file }) => settings.orders.includes(file))) {
    session.connection.console.warn(`lockstep.orders: ${file}: ${message}`);
  }
  for (const { file, line, message } of problems.slice(0, loggedProblems)) {
    session.connection.console.debug(`${file}:${line}: ${message}`);
  }
  if (problems.length > loggedProblems) session.connection.console.debug(`and ${problems.length - loggedProblems} more problems`);
}
