import * as vscode from 'vscode';
import type { Sequence, SequencePlace, SequenceStep } from '../model/trace/sequence.ts';
import { renderMail } from '../model/trace/mail.ts';
import { renderSequence } from '../model/trace/mermaid.ts';
import { readFromPage, readView } from '../protocol/diagram-messages.ts';
import type { Column, DiagramView, FromPage, Selected, ToPage } from '../protocol/diagram.ts';
import { diagramPage } from './diagram-page.ts';
import { literal } from './literal.ts';
import { StepSource } from './step-source.ts';
import { modelUri } from './trace-document.ts';

const viewType = 'lockstep.diagram';
/** Milliseconds that a step has to be selected for before its line is shown: playing passes many. */
const revealPause = 30;

export interface DiagramActions {
  /** Something else is done instead of a step. */
  whatIf(column: Column, step: number, move: number): Promise<void>;
  compare(column: Column): Promise<void>;
  details(view: DiagramView, document: vscode.Uri | undefined): Promise<void>;
}

interface Options {
  /** Document of text about the same, if there is one. */
  readonly document?: vscode.Uri;
  readonly viewColumn?: vscode.ViewColumn;
}

/** Diagrams in tabs of their own, several at a time; they come back after the window is reloaded. */
export class Diagrams implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly source = new StepSource();
  private readonly panels = new Set<Panel>();
  private readonly registered: vscode.Disposable;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly actions: DiagramActions,
    private readonly failed: (error: unknown) => void,
  ) {
    this.registered = vscode.Disposable.from(
      this.source,
      vscode.window.registerWebviewPanelSerializer(viewType, this),
      vscode.window.onDidChangeTextEditorSelection((event) => this.selectFromEditor(event)),
    );
  }

  dispose(): void {
    this.registered.dispose();
  }

  /** Opens a diagram. `began`: when the person asked for it. */
  show(view: DiagramView, began: number, { document, viewColumn = vscode.ViewColumn.Active }: Options = {}): Panel {
    const panel = vscode.window.createWebviewPanel(viewType, titleOf(view), viewColumn, { enableFindWidget: true });
    return this.attach(panel, view, document, began);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const view = readView((state as { view?: unknown } | undefined)?.view);
    if (view) this.attach(panel, view, undefined, Date.now());
    else panel.dispose();
    return Promise.resolve();
  }

  private attach(panel: vscode.WebviewPanel, view: DiagramView, document: vscode.Uri | undefined, began: number): Panel {
    const dist = vscode.Uri.joinPath(this.context.extensionUri, 'dist');
    panel.iconPath = vscode.Uri.joinPath(this.context.extensionUri, 'media', 'icon.png');
    panel.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    const made = new Panel(
      panel,
      view,
      document,
      { ...this, source: this.source, log: this.log, actions: this.actions, failed: this.failed },
      began,
    );
    this.panels.add(made);
    panel.onDidDispose(() => {
      this.panels.delete(made);
      if (this.panels.size === 0) this.source.clear();
    });
    panel.webview.html = diagramPage(panel.webview, dist);
    return made;
  }

  /** A line that a step of a visible diagram stands for selects it. */
  private selectFromEditor({ textEditor, kind, selections }: vscode.TextEditorSelectionChangeEvent): void {
    if (kind !== vscode.TextEditorSelectionChangeKind.Mouse && kind !== vscode.TextEditorSelectionChangeKind.Keyboard) return;
    const line = (selections[0]?.active.line ?? 0) + 1;
    const uri = textEditor.document.uri.toString();
    for (const panel of this.panels) panel.selectLine(uri, line);
  }
}

interface Surroundings {
  readonly source: StepSource;
  readonly log: vscode.LogOutputChannel;
  readonly actions: DiagramActions;
  readonly failed: (error: unknown) => void;
}

/** One diagram. */
export class Panel {
  private selected: Selected | undefined;
  /** The page draws itself again from what it kept when it comes back from behind another tab. */
  private sent: DiagramView | undefined;
  private isDisposed = false;
  private reveal: NodeJS.Timeout | undefined;
  private revealing: Promise<void> = Promise.resolve();
  private revealed: Selected | undefined;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private view: DiagramView,
    private readonly document: vscode.Uri | undefined,
    private readonly around: Surroundings,
    private readonly began: number,
  ) {
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const read = readFromPage(message);
      if (read) this.answer(read).catch(around.failed);
      else around.log.warn('a diagram sent a message that means nothing');
    });
    panel.onDidDispose(() => {
      this.isDisposed = true;
      clearTimeout(this.reveal);
    });
  }

  /** What has become known since it was opened. */
  update(view: DiagramView): void {
    this.view = view;
    // Behind another tab there is no page to tell: it asks when it comes back.
    if (this.sent && !this.isDisposed && this.panel.visible) this.send();
  }

  private send(): void {
    this.sent = this.view;
    this.post({ type: 'show', view: this.view, ...(this.selected && { selected: this.selected }) });
  }

  /** Selects the next step at a line, if the diagram is visible and has one. */
  selectLine(uri: string, line: number): void {
    if (!this.panel.visible) return;
    const isThere = (place: SequencePlace | undefined): boolean =>
      place?.line === line && place.uri !== undefined && vscode.Uri.parse(place.uri).toString() === uri;
    const { column = 0, step: current = -1 } = this.selected ?? {};
    const steps = sequencesOf(this.view)[column]?.steps ?? [];
    const found = steps.flatMap(({ source, model }, step) => (isThere(source) || isThere(model) ? [step] : []));
    const step = found.find((each) => each > current) ?? found[0];
    if (step === undefined || step === current) return;
    this.selected = { column, step };
    this.post({ type: 'select', column, step });
  }

  private post(message: ToPage): void {
    if (!this.isDisposed) void this.panel.webview.postMessage(message);
  }

  private async answer(message: FromPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.around.log.debug(`the page of a diagram was ready ${Date.now() - this.began} ms after the command`);
        if (this.sent !== this.view) this.send();
        return;
      case 'painted': {
        const { steps, milliseconds } = message;
        const sinceCommand = Date.now() - this.began;
        return this.around.log.info(`drew ${steps} steps in ${Math.round(milliseconds)} ms, ${sinceCommand} ms after the command`);
      }
      case 'select':
        this.selected = { column: message.column, step: message.step };
        this.revealSoon();
        return;
      case 'open': {
        const found = this.step(message);
        const place = message.where === 'model' ? this.modelPlace(message) : (withUri(found?.source) ?? this.modelPlace(message));
        if (place) await this.around.source.open(place, this.panel.viewColumn);
        else this.post({ type: 'say', text: 'this step has no line of its own' });
        return;
      }
      case 'copy': {
        const sequence = sequencesOf(this.view)[message.column];
        if (!sequence) return;
        await vscode.env.clipboard.writeText(message.what === 'mermaid' ? renderSequence(sequence).text : renderMail(sequence));
        return this.post({ type: 'say', text: message.what === 'mermaid' ? 'Mermaid text copied' : 'text copied' });
      }
      case 'save':
        return this.save(message);
      case 'what-if': {
        const column = this.column(message.column);
        return column && this.around.actions.whatIf(column, message.step, message.move);
      }
      case 'compare': {
        const column = this.column(0);
        return column && this.around.actions.compare(column);
      }
      case 'details':
        return this.around.actions.details(this.view, this.document);
    }
  }

  /** One line at a time, and of those passed meanwhile only the last: the editor refuses to be hurried. */
  private revealSoon(): void {
    clearTimeout(this.reveal);
    this.reveal = setTimeout(() => {
      this.revealing = this.revealing.then(async () => {
        const { selected } = this;
        if (selected === this.revealed) return;
        this.revealed = selected;
        await this.revealSelected().catch(this.around.failed);
      });
    }, revealPause);
  }

  private async revealSelected(): Promise<void> {
    const { selected, panel } = this;
    const step = selected && this.step(selected);
    const place = step && selected && (withUri(step.source) ?? this.modelPlace(selected));
    if (!place || !panel.visible) return;
    const thread = sequencesOf(this.view)[selected.column]?.lanes[step.lane];
    const words = thread?.kind === 'thread' ? `${thread.name} ${step.text}` : step.text;
    await this.around.source.reveal(place, `${selected.step + 1}: ${words}`, panel.viewColumn);
  }

  private async save(message: Extract<FromPage, { type: 'save' }>): Promise<void> {
    const name = `${titleOf(this.view)
      .replace(/[^\p{L}\p{N}_.-]+/gu, '-')
      .slice(0, 80)}.${message.format}`;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const uri = await vscode.window.showSaveDialog({
      ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
      filters: { [message.format.toUpperCase()]: [message.format] },
    });
    if (!uri) return;
    await vscode.workspace.fs.writeFile(uri, message.format === 'svg' ? Buffer.from(message.text) : Buffer.from(message.base64, 'base64'));
    this.post({ type: 'say', text: `saved ${vscode.workspace.asRelativePath(uri)}` });
  }

  private step({ column, step }: Selected): SequenceStep | undefined {
    return sequencesOf(this.view)[column]?.steps[step];
  }

  /** Where the step stands in its model: shipped ones have a document of their own. */
  private modelPlace(selected: Selected): (SequencePlace & { uri: string }) | undefined {
    const model = this.step(selected)?.model;
    const params = this.column(selected.column)?.rerun?.params;
    const uri = model?.uri ?? (params && modelUri(params.model));
    return model && uri !== undefined ? { ...model, uri } : undefined;
  }

  private column(column: number): Column | undefined {
    if (this.view.kind === 'trace') return this.view.column;
    return this.view.kind === 'comparison' ? this.view.columns[column] : undefined;
  }
}

function withUri(place: SequencePlace | undefined): (SequencePlace & { uri: string }) | undefined {
  return place?.uri === undefined ? undefined : { ...place, uri: place.uri };
}

function sequencesOf(view: DiagramView): readonly Sequence[] {
  if (view.kind === 'path') return view.paths;
  return view.kind === 'trace' ? [view.column.sequence] : view.columns.map(({ sequence }) => sequence);
}

/** Tabs are narrow, and names come from models. */
function titleOf({ title }: DiagramView): string {
  return literal(title.length > 60 ? `${title.slice(0, 59)}…` : title);
}
