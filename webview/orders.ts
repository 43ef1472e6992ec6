import type { ToPage } from '../src/protocol/diagram.ts';
import { button } from './controls.ts';
import { element } from './dom.ts';
import { draw, setTheme } from './drawing.ts';
import { post } from './host.ts';
import { readTheme } from './theme.ts';

/** The orders around a lock, as one picture. */
export class OrdersPage {
  private readonly picture = element('div', { class: 'orders', tabindex: '0', role: 'region', 'aria-label': 'Order graph' });
  private readonly said = element('p', { class: 'figures', role: 'status' });

  constructor(private readonly shown: Extract<ToPage, { type: 'orders' }>) {}

  async show(): Promise<void> {
    const { title, summary } = this.shown;
    const head = element(
      'header',
      {},
      element('div', { class: 'what' }, element('h1', {}, title), element('p', { class: 'figures' }, summary), this.said),
      element(
        'div',
        { class: 'actions' },
        button({ label: 'Copy Mermaid' }, () => post({ type: 'copy', what: 'mermaid', column: 0 })),
      ),
    );
    document.querySelector('#page')!.replaceChildren(head, this.picture);
    await this.recolour();
  }

  async recolour(): Promise<void> {
    setTheme(readTheme());
    this.picture.replaceChildren(await draw(this.shown.text));
  }

  say(text: string): void {
    this.said.textContent = text;
  }
}
