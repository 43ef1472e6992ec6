import type { Sequence } from '../src/model/trace/sequence.ts';
import { visible } from '../src/model/trace/escape.ts';
import { windowAround } from '../src/model/trace/fold.ts';
import { headLines, renderSequence, type SequenceDiagram } from '../src/model/trace/mermaid.ts';
import { svgElement } from './dom.ts';
import { draw } from './drawing.ts';
import { readTheme } from './theme.ts';
import { Viewport, type Part } from './viewport.ts';
import { wantedLocks } from './words.ts';

/** Pixels for a lane with texts of usual width. */
const laneRoom = 110;

interface Looks {
  /** Locks that another version does not have: they stand out. */
  readonly own: ReadonlySet<string>;
  /** What is drawn side by side, with this one: all alike. */
  readonly sideBySide: readonly Sequence[];
  /** Steps at the start that are not drawn, until `setFolded`. */
  readonly folded: number;
}

interface Actions {
  readonly select: (step: number) => void;
  readonly zoomed: (zoom: number) => void;
  readonly together: () => number;
  /** Pixels that the narrowest of the pictures beside it has. */
  readonly breadth: () => number;
  /** It has another size now. */
  readonly drawn: () => void;
}

/** The picture of one sequence, or of the part of it around the selected step. */
export class Diagram {
  readonly viewport: Viewport;
  private selected = 0;
  private folded: number;
  private readonly wanted: ReadonlySet<string>;
  private isNarrow = false;
  private rows = new Map<number, Part>();
  private band: SVGRectElement | undefined;
  private waiting: number | undefined;
  private drawings = 0;

  constructor(
    private readonly sequence: Sequence,
    private readonly looks: Looks,
    private readonly actions: Actions,
  ) {
    this.folded = looks.folded;
    this.wanted = wantedLocks(sequence);
    this.viewport = new Viewport(actions.zoomed, actions.together, () => this.adapt());
    this.viewport.element.setAttribute('aria-label', `Diagram: ${sequence.title}`);
  }

  /** Marks a step; where it is not drawn, the part around it is, as soon as the keys rest. */
  async show(step: number): Promise<void> {
    this.selected = step;
    if (this.rows.has(step)) return this.mark();
    clearTimeout(this.waiting);
    if (this.rows.size === 0) return this.redraw();
    this.waiting = window.setTimeout(() => void this.redraw(), 120);
  }

  /** Draws the steps at the start too, or leaves them out again. */
  setFolded(folded: number): void {
    if (folded === this.folded) return;
    this.folded = folded;
    if (this.rows.size > 0) void this.redraw();
  }

  /** Draws anew where the room for it became much more or less. */
  private adapt(): void {
    if (this.rows.size === 0 || this.viewport.breadth === 0 || this.needsNarrow() === this.isNarrow) return;
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => void this.redraw(), 120);
  }

  private needsNarrow(): boolean {
    return this.actions.breadth() < laneRoom * Math.max(...this.looks.sideBySide.map(({ lanes }) => lanes.length));
  }

  async redraw(): Promise<void> {
    const drawing = ++this.drawings;
    const step = this.selected;
    const { from, to } = windowAround(this.sequence, step);
    const isNarrow = (this.isNarrow = this.needsNarrow());
    const diagram = renderSequence(this.sequence, { from: Math.max(from, this.folded), to, isNarrow });
    const lines = Math.max(...this.looks.sideBySide.map((each) => headLines(each, isNarrow)));
    const picture = await draw(diagram.text, { isNarrow, headLines: lines }).catch((error: unknown) => String(error));
    if (drawing !== this.drawings) return;
    if (typeof picture === 'string') return this.viewport.fail(`This part cannot be drawn; the steps tell the same. ${picture}`);
    lengthenLanes(picture);
    this.tint(picture);
    const head = headOf(picture);
    picture.append(head);
    this.viewport.show(picture, head);
    this.actions.drawn();
    this.rows = rowsOf(picture, diagram);
    this.addRows(picture);
    this.addFolds(picture, diagram);
    picture.append(head);
    this.mark();
    if (step !== this.selected) await this.show(this.selected);
  }

  /** Threads have the colours of the step list; locks that differ between versions or that somebody waits for in the end stand out. */
  private tint(picture: SVGSVGElement): void {
    const { threads, accent, error } = readTheme();
    const lanes = new Map(this.sequence.lanes.map((lane, index) => [joined(visible(lane.name)), { ...lane, index }]));
    for (const box of picture.querySelectorAll<SVGGElement>('[data-et=participant]')) {
      const lane = lanes.get(joined(box.textContent));
      const rect = box.querySelector<SVGRectElement>('rect.actor');
      if (!lane || !rect) continue;
      const told = this.wanted.has(lane.name) ? error : this.looks.own.has(lane.name) ? accent : undefined;
      const colour = lane.kind === 'thread' ? threads[lane.index % threads.length] : told;
      if (colour === undefined) continue;
      rect.style.stroke = colour;
      rect.style.strokeWidth = '2.5px';
      const line = picture.querySelector<SVGLineElement>(`[data-et=life-line][data-id=${box.dataset['id']}]`);
      if (!line || told === undefined) continue;
      line.style.stroke = told;
      line.style.strokeWidth = '2px';
    }
  }

  /** Invisible areas that take clicks, and the band that shows what is selected. */
  private addRows(picture: SVGSVGElement): void {
    const { x, width } = picture.viewBox.baseVal;
    const area = (row: Pick<Part, 'top' | 'bottom'>, name: string): SVGRectElement =>
      svgElement('rect', { x, width, y: row.top, height: row.bottom - row.top, class: name });
    this.band = area({ top: 0, bottom: 0 }, 'band');
    const grounds = picture.querySelectorAll('rect.rect');
    const ground = grounds.item(grounds.length - 1)?.parentElement;
    // Above the grounds of groups and marks, under everything that is read.
    (ground?.closest('svg > g') ?? picture.firstElementChild)?.after(this.band);
    for (const [step, row] of this.rows) {
      const hit = area(row, 'hit');
      hit.dataset['step'] = String(step);
      hit.addEventListener('click', () => this.actions.select(step));
      picture.append(hit);
    }
  }

  /** A note that stands for steps leads to the one of them that is nearest. */
  private addFolds(picture: SVGSVGElement, { folds }: SequenceDiagram): void {
    const notes = picture.querySelectorAll<SVGElement>('[data-et=note]');
    for (const { note, from, to } of folds) {
      notes[note]?.classList.add('fold-note');
      notes[note]?.addEventListener('click', () => this.actions.select(to <= this.selected ? to - 1 : from));
    }
  }

  private mark(): void {
    const row = this.rows.get(this.selected);
    if (!row || !this.band) return;
    this.band.setAttribute('y', String(row.top));
    this.band.setAttribute('height', String(row.bottom - row.top));
    this.viewport.reveal(row);
  }
}

/** Mermaid ends lanes at 2000 where they have no second row of names. */
function lengthenLanes(picture: SVGSVGElement): void {
  const { y, height } = picture.viewBox.baseVal;
  for (const line of picture.querySelectorAll('.actor-line')) line.setAttribute('y2', String(y + height));
}

/** The names of the lanes once more, on a ground of their own. */
function headOf(picture: SVGSVGElement): SVGGElement {
  const { x, y, width } = picture.viewBox.baseVal;
  const lanes = [...picture.querySelectorAll<SVGGElement>('[data-et=participant]')];
  const rects = lanes.flatMap((lane) => [...lane.querySelectorAll('rect.actor')]);
  const bottom = Math.max(0, ...rects.map((rect) => Number(rect.getAttribute('y')) + Number(rect.getAttribute('height'))));
  const head = svgElement('g', { class: 'head' });
  head.append(svgElement('rect', { x, y, width, height: bottom + 6 - y, class: 'head-ground' }));
  for (const lane of lanes) {
    const copy = lane.cloneNode(true) as SVGGElement;
    for (const part of [copy, ...copy.querySelectorAll('[id]')]) part.removeAttribute('id');
    delete copy.dataset['et'];
    head.append(copy);
  }
  return head;
}

/** A name however it was broken into lines. */
function joined(text: string | null): string {
  return (text ?? '').replace(/\s+/g, '');
}

/** Where each step stands in the picture: the heights of its messages and notes together. */
function rowsOf(picture: SVGSVGElement, { messages, notes }: SequenceDiagram): Map<number, Part> {
  const rows = new Map<number, Part>();
  const add = (step: number | undefined, part: SVGGraphicsElement): void => {
    if (step === undefined) return;
    const { x, y, width, height } = part.getBBox();
    const row = rows.get(step) ?? { top: Infinity, bottom: -Infinity, left: Infinity, right: -Infinity };
    rows.set(step, {
      top: Math.min(row.top, y - 4),
      bottom: Math.max(row.bottom, y + height + 4),
      left: Math.min(row.left, x - 4),
      right: Math.max(row.right, x + width + 4),
    });
  };
  let text = 0;
  let note = 0;
  for (const part of picture.querySelectorAll<SVGGraphicsElement>('.messageText, [data-et=message], [data-et=note]')) {
    // An arrow comes after the lines of its text.
    if (part.dataset['et'] === 'message') add(messages[text - 1], part);
    else if (part.dataset['et'] !== 'note') add(messages[text++], part);
    else if (notes[note] === -1) note++;
    else add(notes[note++], part);
  }
  return rows;
}
