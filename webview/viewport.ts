import { element } from './dom.ts';

const least = 0.25;
const most = 3;
/** Padding of the frame, as page.css has it. */
const frameMargin = 8;
/** Fitted to the width, a picture is never smaller than it can be read. */
const leastFitted = 0.5;
/** Pictures side by side are as small as the smallest of them, down to this. */
const leastTogether = 0.8;
export const zoomStep = 1.2;

/** Part of a picture. */
export interface Part {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** A picture in a frame that scrolls: dragging moves it, Ctrl and the wheel zoom about the pointer. */
export class Viewport {
  readonly element = element('div', { class: 'viewport', tabindex: '0', role: 'region' });
  private picture: SVGSVGElement | undefined;
  private head: SVGGElement | undefined;
  private natural = { width: 0, height: 0 };
  /** What is to be seen, also when the frame or the scale is another. */
  private revealed: Part | undefined;
  /** 0: fitted to the width. */
  private zoom = 0;

  constructor(
    private readonly zoomed: (zoom: number) => void,
    /** Scale of the smallest of the pictures that stand beside this one, fitted to their widths. */
    private readonly together: () => number,
    private readonly resized: () => void,
  ) {
    this.element.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    this.element.addEventListener('scroll', () => this.moveHead());
    this.element.addEventListener('pointerdown', (event) => this.drag(event));
    new ResizeObserver(() => {
      this.resize();
      this.resized();
    }).observe(this.element);
  }

  /** `head`: a part that stays at the top while the rest scrolls. */
  show(picture: SVGSVGElement, head?: SVGGElement): void {
    const { width, height } = picture.viewBox.baseVal;
    this.natural = { width, height };
    this.picture = picture;
    this.head = head;
    this.revealed = undefined;
    this.element.replaceChildren(picture);
    this.resize();
  }

  /** Words in the place of a picture. */
  fail(text: string): void {
    this.picture = undefined;
    this.element.replaceChildren(element('p', {}, text));
  }

  setZoom(zoom: number, tell = true): void {
    this.zoom = zoom === 0 ? 0 : Math.min(most, Math.max(least, zoom));
    this.resize();
    if (tell) this.zoomed(this.zoom);
  }

  zoomBy(factor: number): void {
    this.setZoom(this.scale * factor);
  }

  /** Scrolls as far as needed to show this part of the picture, given in the units of its view box. */
  reveal(part: Part): void {
    this.revealed = part;
    if (!this.picture) return;
    const { top, bottom, left, right } = part;
    const frame = this.element;
    const { x, y } = this.picture.viewBox.baseVal;
    const [from, to] = [(top - y) * this.scale, (bottom - y) * this.scale];
    const head = (this.head?.getBBox().height ?? 0) * this.scale;
    // As much around it as there is room for.
    const margin = Math.max(0, Math.min(40, (frame.clientHeight - head - (to - from)) / 2));
    if (from - margin - head < frame.scrollTop) frame.scrollTop = from - margin - head;
    else if (to + margin > frame.scrollTop + frame.clientHeight) frame.scrollTop = to + margin - frame.clientHeight;
    const [start, end] = [(left - x) * this.scale, (right - x) * this.scale];
    // No further than needed: where a run or a path begins stays in sight as long as it can.
    if (start < frame.scrollLeft || end - start > frame.clientWidth) frame.scrollLeft = start;
    else if (end > frame.scrollLeft + frame.clientWidth) frame.scrollLeft = end - frame.clientWidth;
  }

  /** With its scroll bar, so that one that comes or goes changes nothing. */
  get breadth(): number {
    return this.element.offsetWidth;
  }

  /** Width that a picture may have, in pixels. */
  private get room(): number {
    return this.element.clientWidth - 2 * frameMargin;
  }

  /** No part is beside the frame. */
  get isWhole(): boolean {
    return this.natural.width * this.scale <= this.room + 1;
  }

  /** Scale that fits the picture to the width. */
  get fit(): number {
    return this.picture ? Math.min(1, Math.max(leastFitted, this.room / Math.max(1, this.natural.width))) : 1;
  }

  private get scale(): number {
    return this.zoom > 0 ? this.zoom : Math.min(this.fit, Math.max(leastTogether, this.together()));
  }

  private resize(): void {
    if (!this.picture) return;
    this.picture.style.maxWidth = 'none';
    this.picture.setAttribute('width', String(Math.round(this.natural.width * this.scale)));
    this.picture.setAttribute('height', String(Math.round(this.natural.height * this.scale)));
    if (this.revealed) this.reveal(this.revealed);
    this.moveHead();
  }

  private moveHead(): void {
    if (!this.head || !this.picture) return;
    const hidden = Math.max(0, this.element.scrollTop - frameMargin) / this.scale;
    this.head.setAttribute('transform', `translate(0 ${hidden})`);
    this.head.classList.toggle('is-moved', hidden > 0);
  }

  private wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const frame = this.element;
    const box = frame.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const before = this.scale;
    const { scrollLeft, scrollTop } = frame;
    this.setZoom(before * Math.exp(-event.deltaY / 400));
    const factor = this.scale / before;
    frame.scrollTo((scrollLeft + x) * factor - x, (scrollTop + y) * factor - y);
  }

  private drag(start: PointerEvent): void {
    if (start.button !== 0) return;
    const frame = this.element;
    const [left, top] = [frame.scrollLeft, frame.scrollTop];
    const move = (event: PointerEvent): void => {
      const [x, y] = [event.clientX - start.clientX, event.clientY - start.clientY];
      // A press that hardly moves is a click, which the picture gets.
      if (Math.hypot(x, y) > 4 && !frame.hasPointerCapture(start.pointerId)) frame.setPointerCapture(start.pointerId);
      frame.scrollTo(left - x, top - y);
    };
    frame.addEventListener('pointermove', move);
    for (const end of ['pointerup', 'pointercancel'])
      frame.addEventListener(end, () => frame.removeEventListener('pointermove', move), { once: true });
  }
}
