import * as vscode from 'vscode';

/** A finding among the problems that the editor shows. */
export interface ShownFinding {
  readonly uri: vscode.Uri;
  readonly id: string;
  readonly check: string;
  readonly range: vscode.Range;
  readonly severity: vscode.DiagnosticSeverity;
  readonly message: string;
  readonly related: readonly vscode.DiagnosticRelatedInformation[];
  /** There are places that lead to it. */
  readonly hasChain: boolean;
}

/** Findings of a file, by place. Those of a review are in texts of its own, and no part of them. */
export function findingsOf(uri: vscode.Uri): readonly ShownFinding[] {
  return vscode.languages
    .getDiagnostics(uri)
    .flatMap((diagnostic) => asFinding(uri, diagnostic) ?? [])
    .sort((a, b) => a.range.start.compareTo(b.range.start));
}

/** Findings of all files, by file and place. */
export function allFindings(): readonly ShownFinding[] {
  const files = vscode.languages.getDiagnostics().map(([uri]) => uri);
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)).flatMap(findingsOf);
}

function asFinding(uri: vscode.Uri, diagnostic: vscode.Diagnostic): ShownFinding | undefined {
  const { source, code, range, severity, message, relatedInformation: related = [] } = diagnostic;
  // The language client keeps what the server sent with it.
  const { id } = ((diagnostic as { data?: unknown }).data ?? {}) as { id?: unknown };
  if (source !== 'lockstep' || uri.scheme !== 'file' || typeof id !== 'string') return undefined;
  const check = typeof code === 'object' ? code.value : code;
  return { uri, id, check: String(check ?? ''), range, severity, message, related, hasChain: related.length > 0 };
}
