import { foldedPrefix, foldedTogether } from '../src/model/trace/fold.ts';
import { describe } from '../src/model/trace/mail.ts';
import type { Alternative } from '../src/model/trace/sequence.ts';
import type { DiagramView, Selected } from '../src/protocol/diagram.ts';
import { Diagram } from './diagram.ts';
import { element } from './dom.ts';
import { setTheme } from './drawing.ts';
import { columnHead, header, ownLocks } from './header.ts';
import { keep, post, type Kept } from './host.ts';
import { pngBase64, svgText } from './picture.ts';
import { Player } from './player.ts';
import { alignedRows, type Row } from './rows.ts';
import { stateOf } from './state.ts';
import { rowOf, StepList } from './steps.ts';
import { readTheme } from './theme.ts';
import { zoomStep } from './viewport.ts';
import { shownOf, telling, threadOf, type Shown } from './words.ts';

/** A view and everything that shows it. One selection moves the list, the pictures, the state and the replay. */
export class Page {
  private readonly columns: readonly Shown[];
  private readonly isComparison: boolean;
  private readonly player: Player;
  private readonly steps = element('div', { class: 'pane steps-pane' });
  private readonly pictures = element('div', { class: 'pane pictures-pane' });
  private readonly state = element('div', { class: 'state', tabindex: '0', role: 'region', 'aria-label': 'State' });
  private rows: readonly Row[] = [];
  private list: StepList | undefined;
  private diagrams = new Map<number, Diagram>();
  private selected: Selected;
  private keeping: number | undefined;

  constructor(
    private readonly view: DiagramView,
    private readonly asked: Selected | undefined,
    private zoom = 0,
    // The state of a path is little more than its list says; the picture needs the room.
    isStateHidden = view.kind === 'path',
  ) {
    this.state.classList.toggle('is-hidden', isStateHidden);
    this.columns = shownOf(view);
    this.isComparison = view.kind === 'comparison';
    this.player = new Player(
      (row) => this.selectRow(row),
      (alternative) => this.instead(alternative),
    );
    const violated = Math.max(
      0,
      this.columns.findIndex(({ sequence }) => sequence.steps.some(({ mark }) => mark !== undefined)),
    );
    const column = asked && asked.column < this.columns.length ? asked.column : this.isComparison ? violated : 0;
    const steps = this.columns[column]!.sequence.steps.length;
    this.selected = { column, step: asked && asked.step < steps ? asked.step : telling(this.columns[column]!.sequence) };
  }

  /** Puts the page together; done when the first pictures are on the screen. */
  async show(): Promise<void> {
    setTheme(readTheme());
    const start = performance.now();
    this.build();
    await this.update();
    if (!this.asked) await this.startInSight((begin) => this.select(begin));
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    const steps = Math.max(...this.columns.map(({ sequence }) => sequence.steps.length));
    post({ type: 'painted', steps, milliseconds: performance.now() - start });
  }

  /** Nothing goes on when another view takes its place. */
  close(): void {
    this.player.pause();
    clearTimeout(this.keeping);
  }

  now(): Kept {
    return { view: this.view, selected: this.selected, zoom: this.zoom, isStateHidden: this.state.classList.contains('is-hidden') };
  }

  /** A step as the extension names it. */
  async select(selected: Selected): Promise<void> {
    const steps = this.columns[selected.column]?.sequence.steps.length ?? 0;
    if (selected.step >= steps) return;
    const isOther = selected.column !== this.selected.column;
    this.selected = selected;
    if (isOther && !this.isComparison) this.build();
    await this.update();
  }

  say(text: string): void {
    this.player.say(text);
  }

  async recolour(): Promise<void> {
    setTheme(readTheme());
    for (const diagram of this.diagrams.values()) await diagram.redraw();
  }

  key(event: KeyboardEvent): void {
    const actions: Record<string, () => void> = {
      ArrowDown: () => this.player.step(1),
      ArrowRight: () => this.player.step(1),
      ArrowUp: () => this.player.step(-1),
      ArrowLeft: () => this.player.step(-1),
      Home: () => this.selectRow(0),
      End: () => this.selectRow(this.rows.length - 1),
      Enter: () => this.open('source'),
      m: () => this.open('model'),
      ' ': () => this.player.toggle(),
      '+': () => this.eachZoom(zoomStep),
      '=': () => this.eachZoom(zoomStep),
      '-': () => this.eachZoom(1 / zoomStep),
      '0': () => this.eachZoom(0),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  private build(): void {
    const { column } = this.selected;
    const shown = this.isComparison ? this.columns : [this.columns[column]!];
    this.rows = alignedRows(shown);
    const sequences = shown.map(({ sequence }) => sequence);
    const prefix = this.isComparison ? foldedTogether(sequences, this.rows) : foldedPrefix(sequences[0]!);
    const folded = this.selected.step < prefix ? 0 : prefix;
    this.list = new StepList(shown, this.rows, folded, {
      select: (row, at) => this.selectRow(row, at),
      fold: (isFolded) => {
        for (const diagram of this.diagrams.values()) diagram.setFolded(isFolded ? folded : 0);
      },
    });
    this.steps.replaceChildren(this.list.element);
    const actions = {
      zoomed: (zoom: number) => this.setZoom(zoom),
      together: () => Math.min(...[...this.diagrams.values()].map(({ viewport }) => viewport.fit)),
      breadth: () => Math.min(...[...this.diagrams.values()].map(({ viewport }) => viewport.breadth)),
      drawn: () => this.zoomAll(),
    };
    this.diagrams = new Map(
      shown.map((each, at) => {
        const number = this.isComparison ? at : column;
        const go = (step: number): void => void this.choose({ column: number, step });
        const own = this.isComparison ? ownLocks(each, this.columns) : new Set<string>();
        return [number, new Diagram(each.sequence, { own, folded, sideBySide: sequences }, { ...actions, select: go })];
      }),
    );
    this.pictures.replaceChildren(
      ...[...this.diagrams].map(([number, { viewport }]) => {
        viewport.setZoom(this.zoom, false);
        const head = this.isComparison ? columnHead(this.columns[number]!, this.columns) : undefined;
        const told = element('div', { class: 'hidden-text', id: `told-${number}` });
        requestIdleCallback(() => told.append(...describe(this.columns[number]!.sequence).map((line) => element('p', {}, line))));
        viewport.element.setAttribute('aria-describedby', told.id);
        return element('div', { class: 'picture' }, head, viewport.element, told);
      }),
    );
    const head = header(this.view, this.columns, column, {
      compare: () => post({ type: 'compare' }),
      details: () => post({ type: 'details' }),
      copy: (what) => post({ type: 'copy', what, column: this.selected.column }),
      save: (format) => void this.save(format),
      zoom: (factor) => this.eachZoom(factor),
      isStateHidden: this.state.classList.contains('is-hidden'),
      toggleState: () => {
        this.keepSoon();
        return this.state.classList.toggle('is-hidden');
      },
      choose: (way) => void this.chooseWay(way),
    });
    document.body.className = document.body.className.replace(/\bview-\S+/g, '').trim();
    document.body.classList.add(`view-${this.view.kind}`);
    const main = element('main', {}, this.steps, this.pictures, this.state);
    document.querySelector('#page')!.replaceChildren(head, main, this.player.element);
  }

  private async update(): Promise<void> {
    const { column, step } = this.selected;
    const at = this.isComparison ? column : 0;
    const row = rowOf(this.rows, { column: at, step });
    this.list?.show(row);
    const shown = this.columns[column]!;
    const now = shown.sequence.steps[step];
    const status = now ? `step ${row + 1} of ${this.rows.length}: ${threadOf(shown.sequence, now)} ${now.text}` : 'no steps';
    this.player.show(row, this.rows.length, status, now?.instead ?? []);
    this.showState(row);
    this.keepSoon();
    await Promise.all([...this.diagrams].map(([number, diagram]) => diagram.show(this.stepOf(row, number) ?? 0)));
  }

  private showState(row: number): void {
    this.state.replaceChildren(
      ...[...this.diagrams.keys()].flatMap((number) => {
        const step = this.stepOf(row, number);
        const open = (where: 'source' | 'model'): void => post({ type: 'open', column: number, step: step ?? 0, where });
        const state = stateOf(this.columns[number]!, step ?? 0, open);
        if (!this.isComparison) return state;
        return [element('div', { class: 'of-column' }, element('h2', { class: 'column' }, this.columns[number]!.name), ...state)];
      }),
    );
  }

  /** The step of a column in a row; where it has none there, the last before. */
  private stepOf(row: number, column: number): number | undefined {
    const at = this.isComparison ? column : 0;
    return this.rows.findLast((cells, index) => index <= row && cells[at] !== undefined)?.[at];
  }

  private selectRow(row: number, column?: number): void {
    const cells = this.rows[row];
    if (!cells) return;
    if (!this.isComparison) return void this.choose({ column: this.selected.column, step: cells[0]! });
    const at = [column, this.selected.column].find((each) => each !== undefined && cells[each] !== undefined);
    const found = at ?? cells.findIndex((step) => step !== undefined);
    void this.choose({ column: found, step: cells[found]! });
  }

  private choose(selected: Selected): Promise<void> {
    post({ type: 'select', ...selected });
    return this.select(selected);
  }

  private async chooseWay(column: number): Promise<void> {
    await this.choose({ column, step: telling(this.columns[column]!.sequence) });
    await this.startInSight((begin) => this.choose(begin));
  }

  /** A way too wide to be seen with both its ends opens where it begins. */
  private async startInSight(go: (begin: Selected) => Promise<void>): Promise<void> {
    const { column } = this.selected;
    if (this.view.kind === 'path' && this.diagrams.get(column)?.viewport.isWhole === false) await go({ column, step: 0 });
  }

  private open(where: 'source' | 'model'): void {
    post({ type: 'open', ...this.selected, where });
  }

  private instead({ move }: Alternative): void {
    post({ type: 'what-if', ...this.selected, move });
  }

  /** What is kept is the whole view: not written anew for each step of a replay. */
  private keepSoon(): void {
    clearTimeout(this.keeping);
    this.keeping = window.setTimeout(() => keep(this.now()), 300);
  }

  private setZoom(zoom: number): void {
    this.zoom = zoom;
    this.zoomAll();
    this.keepSoon();
  }

  private zoomAll(): void {
    for (const { viewport } of this.diagrams.values()) viewport.setZoom(this.zoom, false);
  }

  private eachZoom(factor: number): void {
    const [first] = this.diagrams.values();
    if (factor === 0) first?.viewport.setZoom(0);
    else first?.viewport.zoomBy(factor);
  }

  private async save(format: 'svg' | 'png'): Promise<void> {
    const { column } = this.selected;
    const picture = this.diagrams.get(column)?.viewport.element.querySelector('svg');
    if (!picture) return;
    if (format === 'svg') post({ type: 'save', format, column, text: svgText(picture) });
    else post({ type: 'save', format, column, base64: await pngBase64(picture) });
  }
}
