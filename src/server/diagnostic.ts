import { DiagnosticSeverity, type Diagnostic, type DiagnosticRelatedInformation } from 'vscode-languageserver/node';
import type { Finding, Severity } from '../model/checks/finding.ts';
import { confidenceWord } from '../model/report/confidence.ts';
import { hopText, plainLine } from '../model/report/plain.ts';
import { toLineLocation, toLspLocation, toRange } from './places.ts';

interface DiagnosticOptions {
  /** Whether the client shows related places; if not, they go into the message. */
  readonly relatedInformation: boolean;
}

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

/** Finding → diagnostic, with the places that prove it in the order in which they happen, the broken rule last. */
export function toDiagnostic(root: string, finding: Finding, options: DiagnosticOptions): Diagnostic {
  const related = relatedPlaces(root, finding);
  const diagnostic: Diagnostic = {
    range: toRange(finding.at),
    severity: severities[finding.severity],
    code: finding.check,
    source: 'lockstep',
    message: messageOf(finding),
    data: { id: finding.id },
  };
  if (options.relatedInformation) return { ...diagnostic, relatedInformation: related.map(({ information }) => information) };
  return { ...diagnostic, message: [diagnostic.message, ...related.map(({ text }) => `  ${text}`)].join('\n') };
}

function messageOf(finding: Finding): string {
  const config = finding.config?.length ? `, with ${finding.config.join(' and ')}` : '';
  return `${plainLine(finding.message)}${config}${doubt(finding)}`;
}

function doubt(finding: Finding): string {
  if (finding.confidence === 'high') return '';
  const word = confidenceWord(finding.confidence);
  const reason = finding.reasons[0];
  return reason === undefined ? ` (${word})` : ` (${word}: ${plainLine(reason).replace(/\.$/, '')})`;
}

interface Related {
  readonly information: DiagnosticRelatedInformation;
  /** The same on one line of text. */
  readonly text: string;
}

function relatedPlaces(root: string, finding: Finding): Related[] {
  const { witnesses, order } = finding;
  const places = witnesses.flatMap((witness, index) => {
    // A cycle has one chain a direction: each line says which of them it belongs to.
    const chain = witnesses.length > 1 ? `chain ${index + 1} of ${witnesses.length}: ` : '';
    return witness.map((hop) => related(toLspLocation(root, hop.at), `${chain}${hop.function}: ${plainLine(hopText(hop))}`, hop.at));
  });
  if (order) places.push(related(toLineLocation(root, order.file, order.line), `documented: "${plainLine(order.text)}"`, order));
  return places;
}

function related(location: DiagnosticRelatedInformation['location'], message: string, at: { file: string; line: number }): Related {
  return { information: { location, message }, text: `${at.file}:${at.line}: ${message}` };
}
