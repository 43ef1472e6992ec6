import * as vscode from 'vscode';
import { visible } from './page.ts';
import { readName, textUri } from './review-documents.ts';
import { heldText } from './review-nodes.ts';
import { rangeOf } from './review-walk.ts';
import type { OpenReview, Reviews } from './reviews.ts';
import type { RemarkView, ReviewView } from '../protocol/review.ts';

/** Problems of one place: what is open in editors and no more, so that a remark is not listed three times for nothing. */
export class ReviewDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('lockstep-review');
  /** Files of patches that were edited since: lines are no longer where they were. */
  private readonly edited = new Set<string>();
  private readonly registered: vscode.Disposable;
  private shown: number | undefined;

  constructor(private readonly reviews: Reviews) {
    this.registered = vscode.Disposable.from(
      this.collection,
      reviews.onDidChange(() => this.update()),
      vscode.workspace.onDidOpenTextDocument((document) => this.show(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.collection.delete(uri)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length === 0 || document.uri.scheme !== 'file') return;
        this.edited.add(document.uri.toString());
        this.collection.delete(document.uri);
      }),
    );
  }

  dispose(): void {
    this.registered.dispose();
  }

  private update(): void {
    const { current } = this.reviews;
    if (current?.view.id === this.shown) return;
    this.shown = current?.view.id;
    this.edited.clear();
    this.collection.clear();
    for (const document of vscode.workspace.textDocuments) this.show(document);
  }

  private show(document: vscode.TextDocument): void {
    const { current } = this.reviews;
    if (!current) return;
    const { uri } = document;
    const name = readName(uri);
    const found =
      name?.review === current.view.id
        ? ofText(current, name.patch, name.side, uri.path.slice(1))
        : this.edited.has(uri.toString())
          ? []
          : ofPatchFile(current, document);
    if (found.length > 0) this.collection.set(uri, found);
  }
}

/** Remarks at lines of a text. */
function ofText({ view }: OpenReview, patch: number, side: 'before' | 'after', file: string): vscode.Diagnostic[] {
  const remarks = view.patches[patch]?.remarks ?? [];
  return remarks.flatMap((remark) => {
    const { shown } = remark;
    if (shown?.side !== side || shown.file !== file || shown.patch !== patch) return [];
    return [diagnosticOf(view, remark, rangeOf(shown))];
  });
}

/** Remarks at the `+` and `-` lines of the file that has the patches. */
function ofPatchFile({ view }: OpenReview, document: vscode.TextDocument): vscode.Diagnostic[] {
  const uri = document.uri.toString();
  return view.patches.flatMap(({ source, remarks }) => {
    if (!source || vscode.Uri.parse(source.uri).toString() !== uri) return [];
    return remarks.flatMap((remark) => {
      const line = remark.place && source.firstLine + remark.place.line - 2;
      if (line === undefined || line >= document.lineCount) return [];
      const { text, range } = document.lineAt(line);
      const start = 1 + text.slice(1).search(/\S|$/);
      return [diagnosticOf(view, remark, new vscode.Range(line, start, line, range.end.character))];
    });
  });
}

function diagnosticOf(view: ReviewView, remark: RemarkView, range: vscode.Range): vscode.Diagnostic {
  const cause = remark.cause === undefined ? '' : ` (${remark.cause})`;
  const diagnostic = new vscode.Diagnostic(range, visible(`${remark.title}${cause}`), severityOf(remark));
  diagnostic.source = 'lockstep';
  diagnostic.code = remark.finding?.check ?? remark.kind;
  diagnostic.relatedInformation = relatedOf(view, remark);
  return diagnostic;
}

function severityOf({ kind, finding, isSaid }: RemarkView): vscode.DiagnosticSeverity {
  if (kind === 'contract' || (kind === 'type' && isSaid)) return vscode.DiagnosticSeverity.Warning;
  if (kind !== 'new') return vscode.DiagnosticSeverity.Information;
  if (finding?.severity === 'error') return vscode.DiagnosticSeverity.Error;
  return finding?.severity === 'warning' ? vscode.DiagnosticSeverity.Warning : vscode.DiagnosticSeverity.Information;
}

/** The chains, and the accesses, at their places in the texts of the same side. */
function relatedOf(view: ReviewView, { finding, order: turned, access, shown }: RemarkView): vscode.DiagnosticRelatedInformation[] {
  if (!shown) return [];
  const { patch, side } = shown;
  const at = (file: string, line: number, column: number, message: string): vscode.DiagnosticRelatedInformation => {
    const place = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
    return new vscode.DiagnosticRelatedInformation(new vscode.Location(textUri(view.id, { patch, side, file }), place), visible(message));
  };
  const hops = (finding?.witnesses ?? (turned ? [turned.witness] : [])).flatMap((witness, i, all) => {
    const chain = all.length > 1 ? `chain ${i + 1} of ${all.length}: ` : '';
    return witness.map((hop) => at(hop.at.file, hop.at.line, hop.at.column, `${chain}${hop.function}: ${hop.text}`));
  });
  const order = finding?.order ? [at(finding.order.file, finding.order.line, 1, `documented: "${finding.order.text}"`)] : [];
  const sites = ((side === 'before' ? access?.before : access?.after)?.sites ?? []).map((site) => {
    return at(
      site.at.file,
      site.at.line,
      site.at.column,
      `${site.function}: ${site.isMarked ? 'marked ' : ''}${site.kind} of ${site.text}, ${heldText(site)}`,
    );
  });
  return [...hops, ...order, ...sites];
}
