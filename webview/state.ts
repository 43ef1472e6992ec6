import type { SequencePlace, SequenceStep } from '../src/model/trace/sequence.ts';
import { visible } from '../src/model/trace/escape.ts';
import { renderWaits } from '../src/model/trace/mermaid.ts';
import { breakable, element } from './dom.ts';
import { draw } from './drawing.ts';
import { fileLine, type Shown } from './words.ts';

/** What is true after a step of one column, and what is known of the run as a whole. */
export function stateOf(shown: Shown, index: number, open: (where: 'source' | 'model') => void): HTMLElement[] {
  const { sequence, result, remarks = [] } = shown;
  const step = sequence.steps[index];
  if (!step) return [element('p', { class: 'nothing' }, 'No steps.')];
  return [
    ...section(`After step ${index + 1}`, [places(step, open), ...marked(step), ...threads(shown, index)]),
    ...section('Who waits for whom', [waitsGraph(shown, index)]),
    ...section('Changed', changes(step)),
    ...remarks.flatMap(({ heading, lines }) =>
      section(
        heading,
        lines.map((line) => element('p', { class: 'entry' }, line)),
      ),
    ),
    ...section(
      'Documented orders broken',
      (result?.orders ?? []).map((order) => element('p', { class: 'entry warning' }, order)),
    ),
    ...section(
      'lockdep would say',
      (result?.lockdep ?? []).map(({ heading, lines }) =>
        element('details', {}, element('summary', {}, heading), ...lines.map((line) => element('p', { class: 'entry' }, line))),
      ),
    ),
  ];
}

function section(heading: string, children: readonly (HTMLElement | undefined)[]): HTMLElement[] {
  const shown = children.filter((child) => child !== undefined);
  return shown.length === 0 ? [] : [element('section', {}, element('h2', {}, heading), ...shown)];
}

function places({ source, model }: SequenceStep, open: (where: 'source' | 'model') => void): HTMLElement | undefined {
  if (!source && !model) return undefined;
  const link = (where: 'source' | 'model', place: SequencePlace, title: string): HTMLElement => {
    const made = element(
      'button',
      { class: 'link', type: 'button', title: `${visible(place.path)}: ${title}` },
      ...breakable(fileLine(place)),
    );
    made.addEventListener('click', () => open(where));
    return made;
  };
  return element(
    'p',
    { class: 'places' },
    source && link('source', source, 'open the line (Enter)'),
    model && link('model', model, 'open the line of the model (m)'),
  );
}

function marked({ note, mark }: SequenceStep): HTMLElement[] {
  return note === undefined ? [] : [element('p', { class: mark === 'order' ? 'entry warning' : 'entry error' }, note)];
}

/** Of a path the task, of a run every thread: what it holds and what it waits for. */
function threads({ sequence }: Shown, index: number): HTMLElement[] {
  const step = sequence.steps[index]!;
  if (sequence.lanes.every(({ kind }) => kind !== 'thread')) return [thread('Held here', step.lane, step.held, [])];
  return sequence.lanes.flatMap(({ kind, name }, lane) => {
    if (kind !== 'thread') return [];
    const last = sequence.steps.findLast((other, at) => at <= index && other.lane === lane);
    const waits = step.waiting
      .filter((wait) => wait.lane === lane)
      .map((wait) => {
        const holders = wait.holders.map((holder) => sequence.lanes[holder]!.name).join(', ');
        return `waits for ${wait.object}${holders === '' ? '' : `, held by ${holders}`}`;
      });
    return [thread(name, lane, last?.held ?? [], waits, last?.functions.at(-1))];
  });
}

function thread(name: string, lane: number, held: readonly string[], waits: readonly string[], where?: string): HTMLElement {
  return element(
    'div',
    { class: `thread thread-${lane % 5}` },
    element('b', {}, name),
    where === undefined ? undefined : element('span', { class: 'where' }, ...breakable(`in ${where}`)),
    element(
      'div',
      { class: 'locks' },
      ...(held.length === 0
        ? [element('span', { class: 'nothing' }, 'holds nothing')]
        : held.map((lock) => element('code', {}, ...breakable(lock)))),
    ),
    ...waits.map((text) => element('div', { class: 'waits' }, text)),
  );
}

/** Drawn when nothing else is to do: the same is told by the words of each thread. */
function waitsGraph({ sequence }: Shown, index: number): HTMLElement | undefined {
  const text = renderWaits(sequence, index);
  if (text === '') return undefined;
  const graph = element('div', { class: 'waits-graph' });
  requestIdleCallback(() => {
    // Selected and left again meanwhile.
    if (graph.isConnected)
      draw(text).then(
        (picture) => graph.replaceChildren(picture),
        () => graph.remove(),
      );
  });
  return graph;
}

function changes({ changed }: SequenceStep): HTMLElement[] {
  return Object.entries(changed).map(([name, value]) =>
    element('p', { class: 'entry' }, element('code', {}, ...breakable(`${name} = ${value}`))),
  );
}
