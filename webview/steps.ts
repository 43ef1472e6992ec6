import type { SequenceStep } from '../src/model/trace/sequence.ts';
import type { Selected } from '../src/protocol/diagram.ts';
import { element } from './dom.ts';
import type { Row } from './rows.ts';
import { threadOf, whereText, type Shown } from './words.ts';

interface Actions {
  readonly select: (row: number, column: number | undefined) => void;
  readonly fold: (isFolded: boolean) => void;
}

/** The steps as a list, those of several columns side by side. */
export class StepList {
  readonly element = element('div', { class: 'steps' });
  private readonly list = element('div', { class: 'list', role: 'listbox', 'aria-label': 'Steps' });
  private readonly fold = element('button', { class: 'fold', type: 'button' });
  private options: HTMLElement[] = [];
  private selected: HTMLElement | undefined;
  private isFolded: boolean;

  constructor(
    private readonly columns: readonly Shown[],
    rows: readonly Row[],
    /** Rows at the start that are folded until one of them is selected. */
    private readonly folded: number,
    private readonly actions: Actions,
  ) {
    this.isFolded = folded > 0;
    this.list.style.setProperty('--columns', String(columns.length));
    this.options = rows.map((row, index) => this.option(row, index));
    this.list.append(...this.options);
    new ResizeObserver(() => {
      if (this.selected) this.reveal(this.selected);
    }).observe(this.list);
    this.list.addEventListener('click', (event) => this.click(event));
    this.fold.addEventListener('click', () => this.setFolded(!this.isFolded));
    if (folded > 0) this.element.append(this.fold);
    this.element.append(this.list);
    this.paintFold();
  }

  show(row: number): void {
    const option = this.options[row];
    if (!option) return;
    if (row < this.folded && this.isFolded) this.setFolded(false);
    this.selected?.setAttribute('aria-selected', 'false');
    this.selected?.setAttribute('tabindex', '-1');
    option.setAttribute('aria-selected', 'true');
    option.setAttribute('tabindex', '0');
    const hadFocus = this.selected !== undefined && this.selected === document.activeElement;
    this.selected = option;
    if (hadFocus) option.focus({ preventScroll: true });
    this.reveal(option);
    // Rows that were never on the screen have their height only after they were.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (this.selected === option) this.reveal(option);
      }),
    );
  }

  /** Scrolls the list alone: on a narrow panel the page around it scrolls too, and stays where it is. */
  private reveal(option: HTMLElement): void {
    const row = option.getBoundingClientRect();
    const frame = this.list.getBoundingClientRect();
    if (row.top < frame.top) this.list.scrollTop -= frame.top - row.top;
    else if (row.bottom > frame.bottom) this.list.scrollTop += row.bottom - frame.bottom;
  }

  private setFolded(isFolded: boolean): void {
    this.isFolded = isFolded;
    this.paintFold();
    this.actions.fold(isFolded);
  }

  private paintFold(): void {
    this.list.classList.toggle('is-folded', this.isFolded);
    this.fold.setAttribute('aria-expanded', String(!this.isFolded));
    this.fold.textContent = `${this.isFolded ? '▸' : '▾'} ${this.folded} ${this.columns.length > 1 ? 'steps that are the same in all' : 'steps that lead here'}`;
  }

  private click(event: MouseEvent): void {
    const target = event.target as Element;
    const option = target.closest<HTMLElement>('.row');
    if (!option) return;
    const column = target.closest<HTMLElement>('[data-column]')?.dataset['column'];
    this.actions.select(Number(option.dataset['row']), column === undefined ? undefined : Number(column));
    option.focus({ preventScroll: true });
  }

  private option(row: Row, index: number): HTMLElement {
    const isFolded = index < this.folded;
    const option = element('div', {
      class: isFolded ? 'row prefix' : 'row',
      role: 'option',
      'aria-selected': 'false',
      tabindex: '-1',
      'data-row': String(index),
    });
    for (const [column, step] of row.entries()) {
      const shown = this.columns[column]!;
      option.append(step === undefined ? element('div', { class: 'cell blank' }) : cell(shown, step, column));
    }
    return option;
  }
}

/** The row that shows a step. */
export function rowOf(rows: readonly Row[], { column, step }: Selected): number {
  return rows.findIndex((row) => row[column] === step);
}

function cell({ sequence }: Shown, index: number, column: number): HTMLElement {
  const step = sequence.steps[index]!;
  const before = sequence.steps.findLast((other, at) => at < index && other.lane === step.lane);
  // A path goes from function to function: there the depth of its calls is shown.
  const isPath = sequence.lanes[step.lane]!.kind === 'function';
  const entered = isPath ? undefined : enteredText(before, step);
  const changed = Object.entries(step.changed).map(([name, value]) => `${name} = ${value}`);
  const lines: [string, string | undefined][] = [
    ['via', step.via === undefined ? undefined : `via pointer ${step.via}`],
    ['place', whereText(step, !isPath)],
    ['held', step.held.length > 0 ? `holds ${step.held.join(', ')}` : undefined],
    ['changed', changed.length > 0 ? changed.join(', ') : undefined],
    ['said', step.note],
  ];
  const indent = isPath ? String(Math.min(8, step.functions.length - 1)) : '0';
  return element(
    'div',
    {
      style: `--depth: ${indent}`,
      class: `cell action-${step.action}${step.mark ? ` marked mark-${step.mark}` : ''}`,
      'data-column': String(column),
    },
    entered === undefined ? undefined : element('div', { class: 'frame' }, entered),
    element('span', { class: 'number' }, String(index + 1)),
    element('span', { class: `chip thread-${step.lane % 5}` }, threadOf(sequence, step)),
    element('span', { class: 'words' }, step.text),
    ...lines.flatMap(([name, text]) => (text === undefined || text === '' ? [] : [element('div', { class: name }, text)])),
  );
}

/** Functions on the way to the step's own that its thread was not in before. */
function enteredText(before: SequenceStep | undefined, { functions }: SequenceStep): string | undefined {
  const first = functions.findIndex((name, depth) => before?.functions[depth] !== name);
  const entered = first < 0 ? [] : functions.slice(first, -1);
  return entered.length === 0 ? undefined : entered.join(' › ');
}
