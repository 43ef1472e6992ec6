import { visible } from '../src/model/trace/escape.ts';
import type { Wait } from '../src/model/trace/sequence.ts';
import type { DiagramView } from '../src/protocol/diagram.ts';
import { button, dropdown } from './controls.ts';
import { breakable, element } from './dom.ts';
import { zoomStep } from './viewport.ts';
import { answerWord, wantedLocks, type Shown } from './words.ts';

interface Actions {
  readonly compare: () => void;
  readonly details: () => void;
  readonly copy: (what: 'mermaid' | 'text') => void;
  readonly save: (format: 'svg' | 'png') => void;
  readonly choose: (column: number) => void;
  /** By a factor; 0 fits to the width. */
  readonly zoom: (factor: number) => void;
  readonly isStateHidden: boolean;
  /** True if it is hidden now. */
  readonly toggleState: () => boolean;
}

/** What is shown, its answer in a word, and what can be done with all of it. */
export function header(view: DiagramView, columns: readonly Shown[], column: number, actions: Actions): HTMLElement {
  const which = view.kind === 'comparison' ? 'Of the selected column' : undefined;
  const only = view.kind === 'trace' ? view.column : undefined;
  return element(
    'header',
    {},
    element(
      'div',
      { class: 'what' },
      only && badge(only),
      element('h1', { title: visible(view.title) }, view.title),
      element(
        'p',
        { class: 'figures' },
        only ? only.figures.join(' · ') : view.kind === 'comparison' ? '' : columns[column]!.sequence.summary,
      ),
    ),
    element(
      'div',
      { class: 'actions' },
      view.kind === 'path' && columns.length > 1
        ? dropdown(
            'Way',
            columns.map(({ name }) => name + (view.isCut ? ' or more' : '')),
            column,
            actions.choose,
          )
        : undefined,
      view.kind === 'trace' && view.others.length > 0
        ? button({ label: 'Compare', title: visible(`Compare with ${view.others.join(', ')}`), primary: true }, actions.compare)
        : undefined,
      view.kind === 'path' || view.kind === 'finding' ? undefined : detailsButton(actions.details),
      button({ label: 'Copy Mermaid', title: which }, () => actions.copy('mermaid')),
      button({ label: 'Copy as Text', title: 'Copy as a trace of 72 columns, for a mail' }, () => actions.copy('text')),
      button({ label: 'Save SVG', title: which }, () => actions.save('svg')),
      button({ label: 'Save PNG', title: which }, () => actions.save('png')),
      zoomButtons(actions.zoom),
      stateButton(actions),
    ),
  );
}

/** Above the pictures, where they cover nothing. */
function zoomButtons(zoom: (factor: number) => void): HTMLElement {
  return element(
    'div',
    { class: 'zoom', role: 'group', 'aria-label': 'Zoom' },
    button({ label: 'Zoom out', icon: 'minus', title: 'Zoom out (-)' }, () => zoom(1 / zoomStep)),
    button({ label: 'Fit to width', icon: 'fit', title: 'Fit to width (0)' }, () => zoom(0)),
    button({ label: 'Zoom in', icon: 'plus', title: 'Zoom in (+)' }, () => zoom(zoomStep)),
  );
}

/** Shown where there are details. */
function detailsButton(details: () => void): HTMLElement {
  const made = button({ label: 'Details', title: 'All that is known of the run, as text' }, details);
  made.classList.add('details');
  return made;
}

function stateButton({ isStateHidden, toggleState }: Actions): HTMLElement {
  const made = button({ label: 'State beside the diagram', icon: 'panel', title: 'Show or hide the state' }, () => {
    made.setAttribute('aria-pressed', String(!toggleState()));
  });
  made.setAttribute('aria-pressed', String(!isStateHidden));
  return made;
}

/** Above a column of a comparison: its answer, its locks, and whether anyone waits. */
export function columnHead(shown: Shown, columns: readonly Shown[]): HTMLElement {
  const own = ownLocks(shown, columns);
  const wanted = wantedLocks(shown.sequence);
  const { waiting, lanes } = shown.sequence;
  const figures = shown.result?.figures.join(' · ') ?? '';
  const run = shown.result?.run;
  const waits = waitsOf(waiting ?? []).map(({ lane, object }) => `${lanes[lane]!.name} waits for ${object}`);
  return element(
    'div',
    { class: 'column-head' },
    element(
      'div',
      { class: 'what' },
      shown.result && badge(shown.result),
      element('h2', {}, shown.name),
      element('p', { class: 'figures', title: visible(figures) }, figures),
    ),
    // Of a sequence that does not say who waits at its end, nothing is said.
    waiting &&
      (waits.length > 0
        ? element('p', { class: 'waits', title: visible(waits.join('; ')) }, waits.join('; '))
        : element('p', { class: 'calm' }, 'Nobody waits.')),
    element(
      'p',
      { class: 'locks' },
      ...locksOf(shown).map((lock) => {
        const marks = [
          ...(own.has(lock) ? [{ name: 'own', title: 'not in every version' }] : []),
          ...(wanted.has(lock) ? [{ name: 'wanted', title: 'somebody waits for it in the end' }] : []),
        ];
        const [names, titles] = [marks.map(({ name }) => name).join(' '), marks.map(({ title }) => title).join(', ')];
        return element('code', { class: names || undefined, title: titles || undefined }, ...breakable(lock));
      }),
    ),
    run === undefined ? undefined : element('p', { class: 'run', title: visible(run) }, run),
  );
}

/** First those that others wait for: where there is a cycle, it is of them. */
function waitsOf(waiting: readonly Wait[]): readonly Wait[] {
  const isWaitedFor = ({ lane }: Wait): number => Number(waiting.some(({ holders }) => holders.includes(lane)));
  return [...waiting].sort((a, b) => isWaitedFor(b) - isWaitedFor(a));
}

/** Locks that some other column does not have: what differs between versions. */
export function ownLocks(shown: Shown, columns: readonly Shown[]): ReadonlySet<string> {
  const others = columns.filter((other) => other !== shown).map((other) => new Set(locksOf(other)));
  return new Set(locksOf(shown).filter((lock) => others.some((locks) => !locks.has(lock))));
}

/** Locks in the order of their lanes. */
function locksOf({ sequence }: Shown): string[] {
  return sequence.lanes.flatMap(({ kind, name }) => (kind === 'lock' ? [name] : []));
}

function badge(result: NonNullable<Shown['result']>): HTMLElement {
  return element('span', { class: `badge ${result.answer}` }, answerWord(result));
}
