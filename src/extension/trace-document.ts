import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { ModelReference } from '../protocol/simulation.ts';
import { request } from './client.ts';
import type { Page, PageTarget } from './page.ts';

const traceScheme = 'lockstep-trace';
export const modelScheme = 'lockstep-model';

/** Has editor settings of its own in package.json: traces are read, not edited. */
const traceLanguage = 'lockstep-trace';

/** A notification or a comparison may lead to one that was closed. */
const pageLimit = 100;

/** Documents that answers are shown in: read-only, the latest are kept, with links to what they speak of. */
export class TraceDocuments implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider {
  private readonly pages = new Map<string, Page>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registered: vscode.Disposable;
  private next = 1;
  readonly onDidChange = this.changed.event;

  constructor(client: LanguageClient) {
    this.registered = vscode.Disposable.from(
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(traceScheme, this),
      vscode.languages.registerDocumentLinkProvider({ scheme: traceScheme }, this),
      vscode.workspace.onDidOpenTextDocument((document) => {
        if (document.uri.scheme === traceScheme && document.languageId !== traceLanguage)
          void vscode.languages.setTextDocumentLanguage(document, traceLanguage);
      }),
      vscode.workspace.registerTextDocumentContentProvider(modelScheme, {
        provideTextDocumentContent: ({ path }) => request(client, 'lockstep/modelText', { name: path.replace(/^\/|\.model\.ts$/g, '') }),
      }),
    );
  }

  dispose(): void {
    this.registered.dispose();
  }

  /** A place for a document that is not open yet. */
  add(title: string, page: Page): vscode.Uri {
    const name = title.replace(/[^\p{L}\p{N} .,:·()-]+/gu, ' ').trim();
    const uri = vscode.Uri.from({ scheme: traceScheme, path: `/${this.next++}/${name.slice(0, 100) || 'trace'}` });
    this.pages.set(uri.toString(), page);
    const [oldest] = this.pages.keys();
    if (this.pages.size > pageLimit && oldest !== undefined) this.pages.delete(oldest);
    return uri;
  }

  update(uri: vscode.Uri, page: Page): void {
    if (!this.pages.has(uri.toString())) return;
    this.pages.set(uri.toString(), page);
    this.changed.fire(uri);
  }

  has(uri: vscode.Uri): boolean {
    return this.pages.has(uri.toString());
  }

  async show(uri: vscode.Uri): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: false });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.pages.get(uri.toString())?.text ?? 'This run is no longer known: simulate it again.\n';
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    const page = this.pages.get(document.uri.toString());
    // A page that was just brought up to date is not in the editor yet: links are asked for again when it is.
    if (page?.text !== document.getText()) return [];
    return page.links.map(({ line, start, end, target }) => {
      const link = new vscode.DocumentLink(new vscode.Range(line, start, line, end), toUri(target));
      link.tooltip = 'Show the source';
      return link;
    });
  }
}

/** Where a model is read: shipped ones have a document of their own. */
export function modelUri(model: ModelReference): string {
  return 'uri' in model ? model.uri : `${modelScheme}:/${model.name}.model.ts`;
}

function toUri({ uri, line }: PageTarget): vscode.Uri {
  const parsed = vscode.Uri.parse(uri);
  return line === undefined ? parsed : parsed.with({ fragment: `L${line}` });
}
