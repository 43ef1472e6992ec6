import { element } from './dom.ts';
import { kept, onMessage, post } from './host.ts';
import { Page } from './page.ts';
import './page.css';
import { onTheme } from './theme.ts';
import type { DiagramView, Selected } from '../src/protocol/diagram.ts';

let page: Page | undefined;

document.body.append(element('div', { id: 'page' }));
const before = kept();
if (before) show(before.view, before.selected, before.zoom);

onMessage((message) => {
  switch (message.type) {
    case 'show':
      return show(message.view, message.selected, 0);
    case 'select':
      return page?.select(message);
    case 'say':
      return page?.say(message.text);
  }
});
onTheme(() => void page?.recolour());
document.addEventListener('keydown', (event) => {
  if (!handlesKeys(event)) page?.key(event);
});
post({ type: 'ready' });

function show(view: DiagramView, selected: Selected | undefined, zoom: number): void {
  page = new Page(view, selected, zoom);
  void page.show();
}

/** Controls have a use of their own for some keys. */
function handlesKeys({ target, key }: KeyboardEvent): boolean {
  const control = (target as Element).closest('button, vscode-button, vscode-dropdown, input, summary, [role=menu]');
  if (!control) return false;
  const presses = key === 'Enter' || key === ' ';
  if (control.matches('input')) return !presses && key !== 'm';
  return control.matches('vscode-dropdown, [role=menu]') || presses;
}
