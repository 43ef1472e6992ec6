import { names } from './controls.ts';
import { element } from './dom.ts';
import { keepScope, kept, keptScope, onMessage, onReview, post, postReview, type Kept } from './host.ts';
import { OrdersPage } from './orders.ts';
import { Page } from './page.ts';
import { ReviewPage } from './review.ts';
import './page.css';
import './review.css';
import { onTheme } from './theme.ts';
import type { DiagramView, Selected } from '../src/protocol/diagram.ts';

let page: Page | undefined;
/** The page of a review has the same frame, and is one from its first message on. */
let review: ReviewPage | undefined;
/** So has that of the orders around a lock. */
let orders: OrdersPage | undefined;

document.body.append(element('div', { id: 'page' }));
const before = kept();
if (before) show(before);

onMessage((message) => {
  switch (message.type) {
    case 'show':
      document.body.classList.toggle('has-details', message.hasDetails);
      return showAnew(message.view, message.selected);
    case 'orders':
      document.querySelector('#waiting')?.remove();
      return void (orders = new OrdersPage(message)).show();
    case 'select':
      return void page?.select(message);
    case 'say':
      return (orders ?? page)?.say(message.text);
  }
});
onReview(({ view }) => {
  if (review && JSON.stringify(review.view) === JSON.stringify(view)) return;
  document.querySelector('#waiting')?.remove();
  review = new ReviewPage(view, keptScope(view.title), { post: postReview, keep: keepScope });
  void review.show();
});
onTheme(() => void (review ?? orders ?? page)?.recolour());
document.addEventListener('keydown', (event) => {
  if (!handlesKeys(event)) page?.key(event);
});
post({ type: 'ready' });

function show({ view, selected, zoom, isStateHidden }: Partial<Kept> & { readonly view: DiagramView }): void {
  document.querySelector('#waiting')?.remove();
  page?.close();
  page = new Page(view, selected, zoom, isStateHidden);
  void page.show();
}

/** What a reload has brought back already is not drawn again; of the same run, selection and looks stay. */
function showAnew(view: DiagramView, selected: Selected | undefined): void {
  const before = page?.now();
  if (before && JSON.stringify(before.view) === JSON.stringify(view)) {
    if (selected) void page?.select(selected);
  } else show({ ...before, view, selected: selected ?? before?.selected });
}

/** Controls have a use of their own for some keys. */
function handlesKeys({ target, key }: KeyboardEvent): boolean {
  const control = (target as Element).closest(`button, input, summary, [role=menu], ${names.button}, ${names.dropdown}`);
  if (!control) return false;
  const presses = key === 'Enter' || key === ' ';
  if (control.matches('input')) return !presses && key !== 'm';
  return control.matches(`[role=menu], ${names.dropdown}`) || presses;
}
