import { visible } from '../src/model/trace/escape.ts';
import type { FromReviewPage, Piece, ReviewOrder, ReviewPageView, ReviewRow, ReviewScope } from '../src/protocol/review-page.ts';
import { button, dropdown } from './controls.ts';
import { element } from './dom.ts';
import { draw, setTheme } from './drawing.ts';
import { coloursOf, renderOrder } from './review-order.ts';
import { readTheme } from './theme.ts';

/** Pixels: a picture in less goes downwards. */
const narrow = 480;

export interface ReviewHost {
  post(message: FromReviewPage): void;
  /** Notes which part is shown, for a reload. */
  keep(shown: { readonly title: string; readonly scope: number }): void;
}

/** What a review says, as a page: the order of the locks before and after, then every change with links to where it is. */
export class ReviewPage {
  private shown: number;
  /** Draws the pictures of what is shown. */
  private draw: () => Promise<void> = async () => {};

  constructor(
    readonly view: ReviewPageView,
    shown: number,
    private readonly host: ReviewHost,
  ) {
    this.shown = Math.min(shown, view.scopes.length - 1);
  }

  async show(): Promise<void> {
    if (!document.body.classList.contains('view-review')) document.body.classList.add('view-review');
    const scope = this.view.scopes[this.shown]!;
    const { graph, draw } = this.order(scope.order);
    this.draw = draw;
    const main = element(
      'main',
      { class: 'review', tabindex: '0', 'aria-label': 'Review' },
      ...scope.notes.map((note) => element('p', { class: 'entry warning' }, note)),
      ...graph,
      ...scope.sections.map(({ heading, rows }) =>
        element(
          'section',
          {},
          element('h2', {}, heading, element('span', { class: 'count' }, String(rows.length))),
          this.table(heading, rows),
        ),
      ),
      scope.sections.length === 0 ? element('p', { class: 'nothing' }, scope.nothing) : undefined,
      scope.moved.length > 0
        ? element(
            'details',
            { class: 'moved' },
            element('summary', {}, 'Hunks at other lines than the patch says'),
            element('ul', {}, ...scope.moved.map((each) => element('li', {}, spaced(each)))),
          )
        : undefined,
    );
    document.querySelector('#page')!.replaceChildren(this.header(scope), main);
    await this.recolour();
    this.host.post({ type: 'painted' });
  }

  async recolour(): Promise<void> {
    setTheme(readTheme());
    await this.draw();
  }

  private header({ counts }: ReviewScope): HTMLElement {
    const { title, scopes } = this.view;
    return element(
      'header',
      {},
      element('div', { class: 'what' }, element('h1', { title: visible(title) }, title), element('p', { class: 'figures' }, counts)),
      element(
        'div',
        { class: 'actions' },
        scopes.length > 1
          ? dropdown(
              'Shown',
              scopes.map(({ name }) => visible(name)),
              this.shown,
              (index) => {
                if (index === this.shown) return;
                this.shown = index;
                this.host.keep({ title, scope: index });
                void this.show();
              },
            )
          : undefined,
        button({ label: 'Copy Reply', title: 'The mail with all remarks that are ticked', primary: true }, () =>
          this.host.post({ type: 'reply' }),
        ),
      ),
    );
  }

  private table(heading: string, rows: readonly ReviewRow[]): HTMLElement {
    return element(
      'table',
      { class: 'changes' },
      element('caption', { class: 'hidden-text' }, heading),
      element(
        'tbody',
        {},
        ...rows.map(({ mark, word, title, lines, lists }) =>
          element(
            'tr',
            {},
            element('td', { class: 'mark' }, element('span', { class: `badge ${mark}` }, word)),
            element(
              'td',
              {},
              element('p', { class: 'title' }, ...this.pieces(title)),
              ...lines.map((line) => element('p', {}, ...this.pieces(line))),
              ...lists.map((list) =>
                element(
                  'details',
                  {},
                  element('summary', {}, list.heading),
                  element('ol', {}, ...list.lines.map((line) => element('li', {}, ...this.pieces(line)))),
                ),
              ),
            ),
          ),
        ),
      ),
    );
  }

  private pieces(pieces: readonly Piece[]): readonly HTMLElement[] {
    return pieces.map(({ text, isCode, link }) => {
      if (link === undefined) return element(isCode ? 'code' : 'span', {}, spaced(text));
      const made = element('button', { class: 'link', type: 'button' }, text);
      made.addEventListener('click', () => this.host.post({ type: 'go', link }));
      return made;
    });
  }

  /** Two pictures side by side; what they show is in the table of the order too. */
  private order(order: ReviewOrder): { graph: readonly HTMLElement[]; draw: () => Promise<void> } {
    if (order.edges.length === 0) return { graph: [], draw: async () => {} };
    const sides = (['before', 'after'] as const).map((side) => ({
      side,
      picture: element('div', { class: 'order-picture', role: 'img', 'aria-label': told(order, side) }),
    }));
    const drawAll = async (): Promise<void> => {
      const colours = coloursOf(readTheme());
      for (const { side, picture } of sides) {
        const text = renderOrder(order, side, picture.clientWidth < narrow ? 'TB' : 'LR', colours);
        const drawn = text.includes('\n')
          ? draw(text).catch((error: unknown) => element('p', { class: 'entry error' }, `This cannot be drawn. ${String(error)}`))
          : element('p', { class: 'nothing' }, 'None of these locks.');
        picture.replaceChildren(await drawn);
      }
    };
    const figures = sides.map(({ side, picture }) => {
      const caption = side === 'before' ? 'Lock order without the patch' : 'Lock order with the patch';
      return element('figure', {}, element('figcaption', {}, caption), picture);
    });
    return { graph: [element('section', { class: 'orders' }, ...figures)], draw: drawAll };
  }
}

/** The picture in words. */
function told({ edges }: ReviewOrder, side: 'before' | 'after'): string {
  const shown = edges.filter(({ change }) => change !== (side === 'before' ? 'added' : 'removed'));
  const words = shown.map(
    ({ outer, inner, change }) => `${outer} before ${inner}${change === 'kept' ? '' : change === 'added' ? ' (new)' : ' (removed)'}`,
  );
  return visible(`Lock order ${side} the patch: ${words.join('; ') || 'none'}`);
}

/** Spaces at the ends of a text would be lost. */
function spaced(text: string): Text {
  const [, before = '', middle = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? [];
  return document.createTextNode(`${before === '' ? '' : ' '}${middle === '' ? '' : visible(middle)}${after === '' ? '' : ' '}`);
}
