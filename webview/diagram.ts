import type { Sequence } from '../src/model/trace/sequence.ts';
import { windowAround } from '../src/model/trace/fold.ts';
import { renderSequence, type SequenceDiagram } from '../src/model/trace/mermaid.ts';
import { svgElement } from './dom.ts';
import { draw } from './drawing.ts';
import { Viewport } from './viewport.ts';

interface Row {
  top: number;
  bottom: number;
}

/** The picture of one sequence, or of the part of it around the selected step. */
export class Diagram {
  readonly viewport: Viewport;
  private sequence: Sequence;
  private selected = 0;
  private folded: number;
  private rows = new Map<number, Row>();
  private band: SVGRectElement | undefined;
  private waiting: number | undefined;

  constructor(
    sequence: Sequence,
    /** Steps at the start that are not drawn, until `unfold`. */
    folded: number,
    private readonly select: (step: number) => void,
    zoomed: (zoom: number) => void,
  ) {
    this.sequence = sequence;
    this.folded = folded;
    this.viewport = new Viewport(zoomed);
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

  async redraw(): Promise<void> {
    const { from, to } = windowAround(this.sequence, this.selected);
    const diagram = renderSequence(this.sequence, { from: Math.max(from, this.folded), to });
    const picture = await draw(diagram.text);
    this.viewport.show(picture);
    this.rows = rowsOf(picture, diagram);
    this.addRows(picture);
    this.mark();
  }

  /** Invisible areas that take clicks, and the band that shows what is selected. */
  private addRows(picture: SVGSVGElement): void {
    const { x, width } = picture.viewBox.baseVal;
    const area = (row: Row, name: string): SVGRectElement =>
      svgElement('rect', { x, width, y: row.top, height: row.bottom - row.top, class: name });
    this.band = area({ top: 0, bottom: 0 }, 'band');
    picture.append(this.band);
    for (const [step, row] of this.rows) {
      const hit = area(row, 'hit');
      hit.dataset['step'] = String(step);
      hit.addEventListener('click', () => this.select(step));
      picture.append(hit);
    }
  }

  private mark(): void {
    const row = this.rows.get(this.selected);
    if (!row || !this.band) return;
    this.band.setAttribute('y', String(row.top));
    this.band.setAttribute('height', String(row.bottom - row.top));
    const { y } = this.band.ownerSVGElement!.viewBox.baseVal;
    this.viewport.reveal(row.top - y, row.bottom - y);
  }
}

/** Where each step stands in the picture: the heights of its messages and notes together. */
function rowsOf(picture: SVGSVGElement, { messages, notes }: SequenceDiagram): Map<number, Row> {
  const rows = new Map<number, Row>();
  const add = (step: number | undefined, part: SVGGraphicsElement): void => {
    if (step === undefined) return;
    const { y, height } = part.getBBox();
    const row = rows.get(step) ?? { top: Infinity, bottom: -Infinity };
    rows.set(step, { top: Math.min(row.top, y - 4), bottom: Math.max(row.bottom, y + height + 4) });
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
