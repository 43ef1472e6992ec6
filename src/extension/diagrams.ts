import * as vscode from 'vscode';
import type { Sequence, SequencePlace, SequenceStep } from '../model/trace/sequence.ts';
import { renderMail } from '../model/trace/mail.ts';
import { renderSequence } from '../model/trace/mermaid.ts';
import { readFromPage } from '../protocol/diagram-messages.ts';
import type { Column, DiagramView, FromPage, Selected, ToPage } from '../protocol/diagram.ts';
import { fillPanel } from './diagram-page.ts';
import { simulationLimits } from './limits.ts';
import { isWithin, restoreView, sequencesOf, type Allowed } from './kept-view.ts';
import { StepSource } from './step-source.ts';
import { tabTitle } from './tab-title.ts';
import { modelScheme, modelUri } from './trace-document.ts';
import { treeOf } from './trees.ts';

const viewType = 'lockstep.diagram';
/** Milliseconds that a step has to be selected for before its line is shown: playing passes many. */
const revealPause = 30;

export interface DiagramActions {
  /** Something else is done instead of a step. */
  whatIf(column: Column, step: number, move: number): Promise<void>;
  compare(column: Column): Promise<void>;
  details(document: vscode.Uri): Promise<void>;
  hasDetails(document: vscode.Uri): boolean;
}

/** What a diagram is opened with. */
interface Opened {
  /** What the tab says until there is a view. */
  readonly title: string;
  /** Said on the page until there is a view. */
  readonly waiting?: string;
  readonly view?: DiagramView;
  readonly selected?: Selected | undefined;
  /** Document of text about the same, if there is one. */
  readonly document?: vscode.Uri;
  /** When the person asked for it; absent after a reload of the window. */
  readonly began?: number;
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
  show(view: DiagramView, began: number, document?: vscode.Uri): Panel {
    return this.open({ title: view.title, view, began, ...(document && { document }) });
  }

  /**
   * Opens the tab while its view is still worked out, as a page takes longer to come than most answers. Without a view in the end it
   * is closed again.
   */
  async showSoon(title: string, waiting: string, began: number, work: Promise<DiagramView | undefined>): Promise<void> {
    const panel = this.open({ title, waiting, began });
    try {
      const view = await work;
      if (view) panel.update(view);
      else panel.close();
    } catch (error) {
      panel.close();
      throw error;
    }
  }

  /** Titles of the diagrams that are open. */
  titles(): readonly string[] {
    return [...this.panels].map(({ title }) => title);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = restoreView(state, await allowed(), simulationLimits());
    if (kept) this.attach(panel, { ...kept, title: kept.view.title });
    else panel.dispose();
  }

  private open(opened: Opened): Panel {
    const panel = vscode.window.createWebviewPanel(viewType, tabTitle(opened.title), vscode.ViewColumn.Active, { enableFindWidget: true });
    return this.attach(panel, opened);
  }

  private attach(panel: vscode.WebviewPanel, opened: Opened): Panel {
    const made = new Panel(panel, opened, { source: this.source, log: this.log, actions: this.actions, failed: this.failed });
    this.panels.add(made);
    panel.onDidDispose(() => {
      this.panels.delete(made);
      if (this.panels.size === 0) this.source.clear();
    });
    fillPanel(panel, this.context.extensionUri, opened.waiting);
    made.markSelected();
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
  private view: DiagramView | undefined;
  private selected: Selected | undefined;
  private began: number | undefined;
  /** The page is there; behind another tab there is none. */
  private isReady = false;
  private isDisposed = false;
  private reveal: NodeJS.Timeout | undefined;
  private revealing: Promise<void> = Promise.resolve();
  private revealed: Selected | undefined;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly opened: Opened,
    private readonly around: Surroundings,
  ) {
    ({ view: this.view, selected: this.selected, began: this.began } = opened);
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const read = readFromPage(message);
      if (read) this.answer(read).catch(around.failed);
      else around.log.warn('a diagram sent a message that means nothing');
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.isReady = false;
      if (panel.active) this.markSelected();
    });
    panel.onDidDispose(() => {
      this.isDisposed = true;
      clearTimeout(this.reveal);
    });
  }

  get title(): string {
    return this.view?.title ?? this.opened.title;
  }

  /** What has become known since it was opened. */
  update(view: DiagramView): void {
    if (this.isDisposed) return;
    this.view = view;
    if (this.panel.title !== tabTitle(view.title)) this.panel.title = tabTitle(view.title);
    // Behind another tab there is no page to tell: it asks when it comes back.
    if (this.isReady) this.send();
  }

  close(): void {
    if (!this.isDisposed) this.panel.dispose();
  }

  private send(): void {
    if (!this.view) return;
    const { document } = this.opened;
    const hasDetails = document !== undefined && this.around.actions.hasDetails(document);
    this.post({ type: 'show', view: this.view, hasDetails, ...(this.selected && { selected: this.selected }) });
  }

  /** Selects the next step at a line, if the diagram is visible and has one. */
  selectLine(uri: string, line: number): void {
    if (!this.panel.visible) return;
    const isThere = (place: SequencePlace | undefined): boolean =>
      place?.line === line && place.uri !== undefined && vscode.Uri.parse(place.uri).toString() === uri;
    const { column = 0, step: current = -1 } = this.selected ?? {};
    const steps = this.sequence(column)?.steps ?? [];
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
        this.isReady = true;
        this.around.log.debug(`the page of a diagram was ready${this.sinceCommand()}`);
        return this.send();
      case 'painted': {
        const { steps, milliseconds } = message;
        this.around.log.info(`drew ${steps} steps in ${Math.round(milliseconds)} ms${this.sinceCommand()}`);
        this.began = undefined;
        return;
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
        const sequence = this.sequence(message.column);
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
        return this.opened.document && this.around.actions.details(this.opened.document);
    }
  }

  /** Of the first picture: later ones were not waited for. */
  private sinceCommand(): string {
    return this.began === undefined ? '' : `, ${Date.now() - this.began} ms after the command`;
  }

  /** Marks the line of the selected step where it is shown, instead of another diagram's, and opens nothing. */
  markSelected(): void {
    if (!this.panel.visible) return;
    const found = this.selectedPlace();
    if (found) this.around.source.mark(found.place, found.words);
    else this.around.source.clear();
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
    const found = this.selectedPlace();
    if (found && this.panel.visible) await this.around.source.reveal(found.place, found.words, this.panel.viewColumn);
  }

  private selectedPlace(): { place: SequencePlace & { uri: string }; words: string } | undefined {
    const { selected } = this;
    const step = selected && this.step(selected);
    const place = step && (withUri(step.source) ?? this.modelPlace(selected));
    if (!place) return undefined;
    const lane = this.sequence(selected.column)?.lanes[step.lane];
    const words = lane?.kind === 'thread' ? `${lane.name} ${step.text}` : step.text;
    return { place, words: `${selected.step + 1}: ${words}` };
  }

  private async save(message: Extract<FromPage, { type: 'save' }>): Promise<void> {
    const name = `${this.title.replace(/[^\p{L}\p{N}_.-]+/gu, '-').slice(0, 80)}.${message.format}`;
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
    return this.sequence(column)?.steps[step];
  }

  /** Where the step stands in its model: shipped ones have a document of their own. */
  private modelPlace(selected: Selected): (SequencePlace & { uri: string }) | undefined {
    const model = this.step(selected)?.model;
    const params = this.column(selected.column)?.rerun?.params;
    const uri = model?.uri ?? (params && modelUri(params.model));
    return model && uri !== undefined ? { ...model, uri } : undefined;
  }

  private sequence(column: number): Sequence | undefined {
    return this.view && sequencesOf(this.view)[column];
  }

  private column(column: number): Column | undefined {
    if (this.view?.kind === 'trace') return this.view.column;
    return this.view?.kind === 'comparison' ? this.view.columns[column] : undefined;
  }
}

function withUri(place: SequencePlace | undefined): (SequencePlace & { uri: string }) | undefined {
  return place?.uri === undefined ? undefined : { ...place, uri: place.uri };
}

/** What a diagram of an earlier window may lead to: files of the workspace and of the trees there, what is open, and our own models. */
async function allowed(): Promise<Allowed> {
  const open = vscode.window.tabGroups.all.flatMap(({ tabs }) =>
    tabs.flatMap(({ input }) => (input instanceof vscode.TabInputText ? [input.uri] : [])),
  );
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  const beside = open.filter((uri) => !isWithin(uri, folders)).map((uri) => vscode.Uri.joinPath(uri, '..'));
  const trees = await Promise.all([...folders, ...beside].map(treeOf));
  const roots = [...folders, ...trees.filter((tree) => tree !== undefined)];
  const names = new Set(open.map((uri) => uri.toString()));
  return (uri) => {
    try {
      const parsed = vscode.Uri.parse(uri, true);
      return parsed.scheme === modelScheme || names.has(parsed.toString()) || isWithin(parsed, roots);
    } catch {
      // What is no URI leads nowhere.
      return false;
    }
  };
}
