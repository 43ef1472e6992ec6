import type { Alternative } from '../src/model/trace/sequence.ts';
import { button, setEnabled, setIcon } from './controls.ts';
import { visible } from '../src/model/trace/escape.ts';
import { element } from './dom.ts';
import { MenuButton } from './menu.ts';

const pace = 1200;

/** Replays: the previous and next row, all of them one after the other, and what else could have gone on. */
export class Player {
  readonly element = element('footer', { role: 'toolbar', 'aria-label': 'Replay' });
  private readonly previous = button({ label: 'Previous step', icon: 'previous' }, () => this.step(-1));
  private readonly playing = button({ label: 'Play', icon: 'play', title: 'Play or pause (Space)' }, () => this.toggle());
  private readonly next = button({ label: 'Next step', icon: 'next' }, () => this.step(1));
  private readonly slider = element('input', { type: 'range', min: '1', 'aria-label': 'Step' });
  private readonly status = element('span', { class: 'status', role: 'status', 'aria-live': 'polite' });
  private readonly whatIf: MenuButton<Alternative>;
  private timer: number | undefined;
  private row = 0;
  private count = 0;

  constructor(
    private readonly go: (row: number) => void,
    instead: (alternative: Alternative) => void,
  ) {
    this.whatIf = new MenuButton('What if…', 'Another thread goes on instead', instead);
    this.slider.addEventListener('input', () => this.go(Number(this.slider.value) - 1));
    this.element.append(this.previous, this.playing, this.next, this.slider, this.status, this.whatIf.element);
  }

  show(row: number, count: number, status: string, instead: readonly Alternative[]): void {
    this.row = row;
    this.count = count;
    this.slider.max = String(count);
    this.slider.value = String(row + 1);
    this.slider.setAttribute('aria-valuetext', status);
    setEnabled(this.previous, row > 0);
    setEnabled(this.next, row + 1 < count);
    this.say(status);
    this.whatIf.show(instead.map((alternative) => ({ text: `${alternative.thread}: ${alternative.text}`, value: alternative })));
  }

  say(text: string): void {
    const shown = visible(text);
    if (this.status.textContent === shown) return;
    this.status.textContent = shown;
    this.status.title = shown;
  }

  step(by: number): void {
    const row = Math.min(this.count - 1, Math.max(0, this.row + by));
    if (row !== this.row) this.go(row);
  }

  /** Plays from here, or from the start if this is the end. */
  toggle(): void {
    if (this.timer !== undefined) return this.pause();
    if (this.row + 1 >= this.count) this.go(0);
    this.timer = window.setInterval(() => {
      this.step(1);
      if (this.row + 1 >= this.count) this.pause();
    }, pace);
    setIcon(this.playing, 'pause', 'Pause');
  }

  pause(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    setIcon(this.playing, 'play', 'Play');
  }
}
