import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import { DiagnosticSeverity, type Diagnostic, type PublishDiagnosticsParams } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ModelOutline, ModelProblem } from '../protocol/simulation.ts';
import { uriOf } from './places.ts';
import { nameOf } from './simulation.ts';
import type { Simulators } from './simulation-process.ts';
import type { ModelDrift } from './simulator-messages.ts';

/** Milliseconds without a further edit before a model is compiled. */
const editPause = 200;
/** Milliseconds without a further edit before a model is compared with C: it takes a second of a processor. */
const driftPause = 1000;
/** Milliseconds after which a compiler that has not answered is ended. */
const compilePatience = 20_000;

export interface ModelDiagnosticsOptions {
  readonly simulators: Pick<Simulators, 'run'>;
  readonly publish: (params: PublishDiagnosticsParams) => void;
  readonly log: (message: string) => void;
  /** How a model differs from the C of its tree, if there is any. */
  readonly drift: (uri: string, signal: AbortSignal) => Promise<ModelDrift | undefined>;
}

interface OpenModel {
  document: TextDocument;
  timer?: NodeJS.Timeout;
  abort?: AbortController;
  driftAbort?: AbortController;
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
    model.driftAbort?.abort();
    model.timer = setTimeout(() => void this.show(model), isNew ? 0 : editPause);
  }

  closed({ uri }: TextDocument): void {
    const model = this.open.get(uri);
    this.open.delete(uri);
    clearTimeout(model?.timer);
    model?.abort?.abort();
    model?.driftAbort?.abort();
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
    const outline = this.last.then(() => this.ask(document.uri, text, abort));
    // One at a time: a compiler takes memory.
    this.last = outline.catch(() => undefined);
    return (model.outline = outline);
  }

  private async ask(uri: string, text: string, abort: AbortController): Promise<ModelOutline | undefined> {
    const late = setTimeout(() => {
      this.options.log(`${nameOf({ uri })} was not compiled in ${compilePatience / 1000} s`);
      abort.abort();
    }, compilePatience);
    try {
      const job = { kind: 'outline', model: { file: nameOf({ uri }), uri, text } } as const;
      return await this.options.simulators.run(job, { signal: abort.signal });
    } finally {
      clearTimeout(late);
    }
  }

  private async show(model: OpenModel): Promise<void> {
    const { document } = model;
    // The document is one object that edits change.
    const { version } = document;
    const isCurrent = (): boolean => this.open.get(document.uri) === model && model.document.version === version;
    try {
      const outline = await this.compile(model);
      if (!outline || !isCurrent()) return this.publish(model, version, []);
      this.publish(model, version, outline.problems.map(toDiagnostic));
      if (outline.problems.length > 0) return;
      await setTimeoutPromise(driftPause);
      if (!isCurrent()) return;
      const abort = (model.driftAbort = new AbortController());
      const drift = await this.options.drift(document.uri, abort.signal);
      if (drift && isCurrent()) this.publish(model, version, driftDiagnostics(drift));
    } catch (error) {
      // Nobody asked for this.
      this.options.log(`cannot compile ${nameOf({ uri: document.uri })}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private publish(model: OpenModel, version: number, diagnostics: Diagnostic[]): void {
    const { uri, version: current } = model.document;
    if (this.open.get(uri) !== model || current !== version || (!model.hasPublished && diagnostics.length === 0)) return;
    model.hasPublished = diagnostics.length > 0;
    this.options.publish({ uri, version, diagnostics });
  }
}

/** Files called *.model.ts are common; one without a scenario is not in our language. */
function isModelText(text: string): boolean {
  return /\bscenario\s*\(/.test(text);
}

function toDiagnostic({ message, ...at }: ModelProblem): Diagnostic {
  return { range: toRange(at), message, severity: DiagnosticSeverity.Error, source: 'lockstep', code: 'model' };
}

function driftDiagnostics({ tree, findings }: ModelDrift): Diagnostic[] {
  return findings.map(({ message, at, c }): Diagnostic => {
    const position = { line: (c?.line ?? 1) - 1, character: 0 };
    const location = c && { uri: uriOf(tree, c.file), range: { start: position, end: position } };
    return {
      ...{ range: toRange(at), message, severity: DiagnosticSeverity.Warning, source: 'lockstep', code: 'model-drift' },
      ...(location && { relatedInformation: [{ location, message: 'what C does instead' }] }),
    };
  });
}

function toRange({ line, column, endLine, endColumn }: Omit<ModelProblem, 'message'>): Diagnostic['range'] {
  return { start: { line: line - 1, character: column - 1 }, end: { line: endLine - 1, character: endColumn - 1 } };
}
