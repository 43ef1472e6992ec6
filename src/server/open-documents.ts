import { TextDocuments, type Connection } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { OpenDocument } from './analysis-thread.ts';
import { fileOf, isModelUri } from './places.ts';

interface DocumentEvents {
  /** Models are apart: they need no file, and no C file is checked again for one. */
  readonly models: { changed(document: TextDocument): void; closed(document: TextDocument): void };
  opened(file: string): void;
  changed(file: string): void;
  saved(file: string): void;
  closed(file: string): void;
}

/** The documents the client has open, by absolute path; those without a file behind them are left out. */
export class OpenDocuments {
  private readonly byFile = new Map<string, TextDocument>();

  listen(connection: Connection, events: DocumentEvents): void {
    const documents = new TextDocuments(TextDocument);
    // Fired for an open too; the document is a new object then.
    documents.onDidChangeContent(({ document }) => {
      if (isModelUri(document.uri)) return events.models.changed(document);
      withFile(document, (file) => {
        const known = this.byFile.get(file) === document;
        this.byFile.set(file, document);
        if (known) events.changed(file);
        else events.opened(file);
      });
    });
    documents.onDidSave(({ document }) => {
      if (!isModelUri(document.uri)) withFile(document, (file) => events.saved(file));
    });
    documents.onDidClose(({ document }) => {
      if (isModelUri(document.uri)) return events.models.closed(document);
      withFile(document, (file) => {
        this.byFile.delete(file);
        events.closed(file);
      });
    });
    documents.listen(connection);
  }

  get(file: string): TextDocument | undefined {
    return this.byFile.get(file);
  }

  files(): string[] {
    return [...this.byFile.keys()];
  }

  *all(): Iterable<OpenDocument> {
    for (const [file, document] of this.byFile) yield { file, text: document.getText() };
  }
}

function withFile(document: TextDocument, run: (file: string) => void): void {
  const file = fileOf(document.uri);
  if (file !== undefined) run(file);
}
