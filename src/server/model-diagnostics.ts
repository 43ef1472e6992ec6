import { DiagnosticSeverity, type Diagnostic, type PublishDiagnosticsParams } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ModelOutline, ModelProblem } from '../protocol/simulation.ts';
import { nameOf } from './simulation.ts';
import type { Simulators } from './simulation-process.ts';

/** Milliseconds without a further edit before a model is compiled. */
const editPause = 200;
/** Milliseconds after which a compiler that has not answered is ended. */
const compilePatience = 20_000;

export interface ModelDiagnosticsOptions {
  readonly simulators: Pick<Simulators, 'run'>;
  readonly publish: (params: PublishDiagnosticsParams) => void;
  readonly log: (message: string) => void;
}

interface OpenModel {
  document: TextDocument;
  timer?: NodeJS.Timeout;
  abort?: AbortController;
  /** Version whose outline is known, or being worked out. */
  version?: number;
  outline?: Promise<ModelOutline | undefined>;
  hasPublished: boolean;
}

/** The open models: what of them is outside the language is a diagnostic. Other TypeScript is left alone. */
export class ModelDiagnostics {
  private readonly open = new Map<string, OpenModel>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: ModelDiagnosticsOptions) {}

  changed(document: TextDocument): void {
    const model = this.open.get(document.uri) ?? { document, hasPublished: false };
    const isNew = !this.open.has(document.uri);
    model.document = document;
    this.open.set(document.uri, model);
    clearTimeout(model.timer);
    model.timer = setTimeout(() => void this.show(model), isNew ? 0 : editPause);
  }

  closed({ uri }: TextDocument): void {
    const model = this.open.get(uri);
    this.open.delete(uri);
    clearTimeout(model?.timer);
    model?.abort?.abort();
    if (model?.hasPublished) this.options.publish({ uri, diagnostics: [] });
  }

  text(uri: string): string | undefined {
    return this.open.get(uri)?.document.getText();
  }

  /** What an open model has, as it is now; undefined if it is not open, is no model, or has changed meanwhile. */
  outline(uri: string): Promise<ModelOutline | undefined> {
    const model = this.open.get(uri);
    return model ? this.compile(model) : Promise.resolve(undefined);
  }

  dispose(): void {
    for (const { document } of [...this.open.values()]) this.closed(document);
  }

  private compile(model: OpenModel): Promise<ModelOutline | undefined> {
    const { document } = model;
    if (model.outline && model.version === document.version) return model.outline;
    model.abort?.abort();
    const text = document.getText();
    model.version = document.version;
    if (!isModelText(text)) return (model.outline = Promise.resolve(undefined));
    const abort = new AbortController();
    model.abort = abort;
    const name = nameOf({ uri: document.uri });
    const outline = this.last.then(() => this.ask(name, text, abort));
    // One at a time: a compiler takes memory.
    this.last = outline.catch(() => undefined);
    return (model.outline = outline);
  }

  private async ask(name: string, text: string, abort: AbortController): Promise<ModelOutline | undefined> {
    const late = setTimeout(() => {
      this.options.log(`${name} was not compiled in ${compilePatience / 1000} s`);
      abort.abort();
    }, compilePatience);
    try {
      const job = { kind: 'outline', model: { file: name, text } } as const;
      return await this.options.simulators.run(job, { signal: abort.signal });
    } finally {
      clearTimeout(late);
    }
  }

  private async show(model: OpenModel): Promise<void> {
    const { document } = model;
    // The document is one object that edits change.
    const { version } = document;
    try {
      const outline = await this.compile(model);
      if (this.open.get(document.uri) !== model || model.document.version !== version) return;
      const diagnostics = (outline?.problems ?? []).map(toDiagnostic);
      if (!model.hasPublished && diagnostics.length === 0) return;
      model.hasPublished = diagnostics.length > 0;
      this.options.publish({ uri: document.uri, version, diagnostics });
    } catch (error) {
      // Nobody asked for this.
      this.options.log(`cannot compile ${nameOf({ uri: document.uri })}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Files called *.model.ts are common; one without a scenario is not in our language. */
function isModelText(text: string): boolean {
  return /\bscenario\s*\(/.test(text);
}

function toDiagnostic({ message, line, column, endLine, endColumn }: ModelProblem): Diagnostic {
  const start = { line: line - 1, character: column - 1 };
  const end = { line: endLine - 1, character: endColumn - 1 };
  return { range: { start, end }, message, severity: DiagnosticSeverity.Error, source: 'lockstep', code: 'model' };
}
