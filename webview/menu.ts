import { button, setEnabled } from './controls.ts';
import { element } from './dom.ts';

interface Item<T> {
  readonly text: string;
  readonly value: T;
}

/** A button with a list of things to do. A dropdown would do the first of them as soon as an arrow key is pressed. */
export class MenuButton<T> {
  readonly element: HTMLElement;
  private readonly opener: HTMLElement;
  private readonly menu = element('div', { class: 'menu', role: 'menu', hidden: '' });
  private items: readonly Item<T>[] = [];

  constructor(
    label: string,
    title: string,
    private readonly choose: (value: T) => void,
  ) {
    this.opener = button({ label, title }, () => this.toggle(this.menu.hidden === true));
    this.opener.setAttribute('aria-haspopup', 'menu');
    this.opener.setAttribute('aria-expanded', 'false');
    this.menu.setAttribute('aria-label', title);
    this.element = element('div', { class: 'menu-button' }, this.opener, this.menu);
    this.menu.addEventListener('keydown', (event) => this.key(event));
    this.menu.addEventListener('click', (event) => this.pick(event.target as Element));
    this.element.addEventListener('focusout', (event) => {
      if (!this.element.contains(event.relatedTarget as Node | null)) this.toggle(false);
    });
  }

  show(items: readonly Item<T>[]): void {
    this.items = items;
    setEnabled(this.opener, items.length > 0);
    this.toggle(false);
  }

  private toggle(isOpen: boolean): void {
    if (isOpen !== (this.menu.hidden === true)) return;
    this.menu.hidden = !isOpen;
    this.opener.setAttribute('aria-expanded', String(isOpen));
    if (!isOpen) return;
    this.menu.replaceChildren(
      ...this.items.map(({ text }, index) => element('div', { role: 'menuitem', tabindex: '-1', 'data-index': String(index) }, text)),
    );
    this.focus(0);
  }

  private key(event: KeyboardEvent): void {
    const at = [...this.menu.children].indexOf(document.activeElement!);
    const last = this.items.length - 1;
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.focus(at === last ? 0 : at + 1),
      ArrowUp: () => this.focus(at <= 0 ? last : at - 1),
      Home: () => this.focus(0),
      End: () => this.focus(last),
      Enter: () => this.pick(document.activeElement),
      ' ': () => this.pick(document.activeElement),
      Escape: () => this.close(),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }

  private pick(target: Element | null): void {
    const item = this.items[Number(target?.closest<HTMLElement>('[role=menuitem]')?.dataset['index'] ?? -1)];
    if (!item) return;
    this.close();
    this.choose(item.value);
  }

  private close(): void {
    this.toggle(false);
    this.opener.focus();
  }

  private focus(index: number): void {
    (this.menu.children[index] as HTMLElement | undefined)?.focus();
  }
}
