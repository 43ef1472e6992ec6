import { boxLabel, cut, flowchartLabel, sequenceLabel, visible, wrap } from './escape.ts';
import { messageOf, noteAfter } from './label.ts';
import type { Message } from './label.ts';
import type { Lane, Sequence, SequenceStep } from './sequence.ts';

/** Which steps are drawn; those that are not become a note that counts them. */
export interface Shown {
  /** The first step that is drawn. Default: 0. */
  readonly from?: number;
  /** The step after the last that is drawn. Default: all. */
  readonly to?: number;
  readonly isFolded?: (step: number) => boolean;
  /** Shorter lines, and no functions of threads: for lanes that stand closer together. */
  readonly isNarrow?: boolean;
}

export interface SequenceDiagram {
  /** Mermaid text. */
  readonly text: string;
  /** The step of each element `.messageText` of the SVG, in its order. Mermaid makes one of every line of a message. */
  readonly messages: readonly number[];
  /** The step of each element `[data-et=note]`; -1 where it stands for folded steps. */
  readonly notes: readonly number[];
  /** The folded steps of notes: from `from` on, before `to`. */
  readonly folds: readonly { readonly note: number; readonly from: number; readonly to: number }[];
}

const laneLength = 80;
const messageLength = 120;
/** Of a sentence with several names. */
const noteLength = 400;
/**
 * Characters a line. Mermaid sets lanes as far apart as names and messages between neighbours are wide; the first and the last two
 * lanes under a note as far as half of it, so that a note over several is no wider than two gaps.
 */
const wideLines = { lane: 24, call: 24, message: 32, gap: 22 };
const narrowLines: typeof wideLines = { lane: 12, call: 13, message: 16, gap: 13 };

/** Translucent, so that text stays readable on light and on dark. */
const boxColour = 'rgba(128, 128, 128, 0.1)';
const markColours = {
  cycle: 'rgba(230, 60, 60, 0.2)',
  race: 'rgba(225, 130, 0, 0.22)',
  torn: 'rgba(180, 90, 220, 0.22)',
  order: 'rgba(205, 165, 0, 0.22)',
  broken: 'rgba(230, 60, 60, 0.2)',
  found: 'rgba(230, 60, 60, 0.2)',
} as const;

/** A Mermaid sequence diagram. */
export function renderSequence(sequence: Sequence, shown: Shown = {}): SequenceDiagram {
  const drawing = new Drawing(sequence, shown);
  drawing.draw();
  return drawing;
}

/** Lines of the longest name of a lane, as it stands above it. */
export function headLines({ lanes }: Sequence, isNarrow: boolean): number {
  return Math.max(1, ...lanes.map(({ name }) => headOf(name, isNarrow ? narrowLines : wideLines).length));
}

function headOf(name: string, { lane }: typeof wideLines): readonly string[] {
  return wrap(cut(visible(name), laneLength), lane);
}

/** A Mermaid flowchart of who waits for whom after a step; empty if nobody does. */
export function renderWaits({ lanes, steps, title }: Sequence, step: number): string {
  const waits = steps[step]?.waiting ?? [];
  if (waits.length === 0) return '';
  const nodes = [...new Set(waits.flatMap(({ lane, holders }) => [lane, ...holders]))].sort((a, b) => a - b);
  const name = (text: string): string => flowchartLabel(wrap(cut(visible(text), laneLength), wideLines.lane));
  const lines = [
    'flowchart LR',
    `accTitle: ${title === '' ? '' : `${sequenceLabel([cut(visible(title), messageLength)])}, `}who waits for whom`,
  ];
  for (const lane of nodes) lines.push(`T${lane}[${name(lanes[lane]?.name ?? '')}]`);
  for (const [i, { lane, object, holders }] of waits.entries()) {
    if (holders.length === 0) lines.push(`T${lane} -.-> W${i}(${name(object)})`);
    for (const holder of holders) lines.push(`T${lane} -->|${name(object)}| T${holder}`);
  }
  return `${lines.join('\n')}\n`;
}

class Drawing implements SequenceDiagram {
  readonly messages: number[] = [];
  readonly notes: number[] = [];
  readonly folds: { note: number; from: number; to: number }[] = [];
  readonly #sequence: Sequence;
  readonly #isShown: (step: number) => boolean;
  readonly #widths: typeof wideLines;
  readonly #lines: string[] = [];
  /** Lanes as they stand, from left to right. */
  readonly #order: number[];
  readonly #aliases = new Map<number, string>();
  /** Who holds a lock, once for each time it is held. */
  readonly #holders = new Map<number, number[]>();
  /** Innermost function of a thread when it was last drawn. */
  readonly #frames = new Map<number, string | undefined>();

  constructor(sequence: Sequence, { from = 0, to = Infinity, isFolded = () => false, isNarrow = false }: Shown) {
    this.#sequence = sequence;
    this.#widths = isNarrow ? narrowLines : wideLines;
    this.#isShown = (step) => step >= from && step < to && !isFolded(step);
    this.#order = arrange(sequence.lanes, lanesToShow(sequence, this.#isShown));
    const counts = { thread: 0, function: 0, lock: 0 };
    for (const lane of this.#order) {
      const { kind } = sequence.lanes[lane]!;
      this.#aliases.set(lane, `${kind[0]!.toUpperCase()}${counts[kind]++}`);
    }
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  draw(): void {
    const { title, summary, steps } = this.#sequence;
    this.#lines.push('sequenceDiagram');
    if (title !== '') this.#lines.push(`accTitle: ${sequenceLabel([visible(title)])}`);
    if (summary !== '') this.#lines.push(`accDescr: ${sequenceLabel([visible(summary)])}`);
    this.#drawLanes();
    for (let i = 0; i < steps.length;) {
      const end = this.#endOfRun(i);
      if (this.#isShown(i)) this.#drawRun(i, end);
      else this.#drawFold(i, end);
      i = end;
    }
    for (const [lock, holders] of this.#holders) for (const _ of holders) this.#lines.push(`deactivate ${this.#aliases.get(lock)!}`);
  }

  #drawLanes(): void {
    const { lanes } = this.#sequence;
    let box = '';
    for (const lane of this.#order) {
      const { name, group } = lanes[lane]!;
      if (group !== box) {
        if (box !== '') this.#lines.push('end');
        if (group !== '') this.#lines.push(`box ${boxColour} ${boxLabel(cut(visible(group), laneLength))}`);
        box = group;
      }
      this.#lines.push(`participant ${this.#aliases.get(lane)!} as ${sequenceLabel(headOf(name, this.#widths))}`);
    }
    if (box !== '') this.#lines.push('end');
  }

  /** The end of the steps that are folded into one note, or that share a coloured ground. */
  #endOfRun(start: number): number {
    const { steps } = this.#sequence;
    const isShown = this.#isShown(start);
    let end = start + 1;
    while (end < steps.length && this.#isShown(end) === isShown && (!isShown || steps[end]!.mark === steps[start]!.mark)) end++;
    return end;
  }

  #drawRun(start: number, end: number): void {
    const { steps } = this.#sequence;
    const { mark } = steps[start]!;
    if (mark === undefined) {
      for (let i = start; i < end; i++) this.#drawStep(i);
      return;
    }
    this.#lines.push(`rect ${markColours[mark]}`);
    const lanes = steps.slice(start, end).flatMap(({ lane, to = lane }) => [lane, to]);
    for (let i = start; i < end; i++) {
      this.#drawStep(i);
      const note = noteAfter(steps[i]!, i + 1 < end ? steps[i + 1] : undefined);
      if (note !== undefined) this.#drawNote(i, lanes, [note]);
    }
    this.#lines.push('end');
  }

  #drawStep(i: number): void {
    const { lanes, steps } = this.#sequence;
    const step = steps[i]!;
    const message = messageOf(step, lanes, this.#widths === narrowLines ? undefined : this.#enters(step));
    if (message.arrow === undefined)
      this.#drawNote(
        i,
        [step.lane],
        message.lines.map((line) => cut(visible(line), messageLength)),
      );
    else this.#drawMessage(i, step, message.arrow, message.lines);
    this.#take(step, true);
  }

  /** The function that a thread is in now and was not when it was last drawn. */
  #enters({ lane, functions }: SequenceStep): string | undefined {
    const frame = functions.at(-1);
    if (this.#sequence.lanes[lane]!.kind !== 'thread' || this.#frames.get(lane) === frame) return undefined;
    this.#frames.set(lane, frame);
    return frame;
  }

  #drawMessage(i: number, { lane, to, action }: SequenceStep, arrow: NonNullable<Message['arrow']>, texts: readonly string[]): void {
    const [from, target] = arrow.isBack === true ? [to!, lane] : [lane, to!];
    // Between lanes that are no neighbours there is room.
    const gaps = Math.abs(this.#order.indexOf(lane) - this.#order.indexOf(to!));
    const near = action === 'call' ? this.#widths.call : this.#widths.message;
    const width = Math.max(near, Math.min(this.#widths.gap * gaps, action === 'call' ? wideLines.call : wideLines.message));
    const lines = texts.flatMap((text) => wrap(cut(visible(text), messageLength), width));
    this.#lines.push(`${this.#aliases.get(from)!}${arrow.sign}${this.#aliases.get(target)!}: ${sequenceLabel(lines)}`);
    for (const _ of lines) this.messages.push(i);
  }

  #drawNote(step: number, lanes: readonly number[], texts: readonly string[]): void {
    const places = lanes.map((lane) => this.#order.indexOf(lane)).filter((place) => place >= 0);
    const first = Math.min(...places);
    const last = Math.max(...places);
    const over = [...new Set([first, last])].map((place) => this.#aliases.get(this.#order[place]!)!);
    const width = last > first ? this.#widths.gap * Math.min(last - first, 2) : this.#widths.message;
    const lines = texts.flatMap((text) => wrap(cut(visible(text), noteLength), width));
    this.#lines.push(`Note over ${over.join(',')}: ${sequenceLabel(lines)}`);
    this.notes.push(step);
  }

  #drawFold(from: number, to: number): void {
    const { lanes, steps } = this.#sequence;
    const folded = steps.slice(from, to);
    const actors = [...new Set(folded.map((step) => step.lane))];
    const names = actors.slice(0, 3).map((lane) => lanes[lane]!.name);
    if (actors.length > 3) names.push(`${actors.length - 3} more`);
    const texts = [`${folded.length} ${folded.length === 1 ? 'step' : 'steps'}: ${names.join(', ')}`];
    for (const lane of actors) {
      const held = folded.findLast((step) => step.lane === lane)!.held;
      if (lanes[lane]!.kind === 'thread' && held.length > 0) texts.push(`${lanes[lane]!.name} holds ${held.join(', ')}`);
    }
    this.folds.push({ note: this.notes.length, from, to });
    this.#drawNote(
      -1,
      this.#order,
      texts.map((text) => cut(visible(text), messageLength)),
    );
    const before = this.#counts();
    for (const step of folded) this.#take(step, false);
    for (const [lock, count] of this.#counts()) this.#activate(lock, count - (before.get(lock) ?? 0));
  }

  #counts(): Map<number, number> {
    return new Map([...this.#holders].map(([lock, holders]) => [lock, holders.length]));
  }

  /** Keeps who holds what, so that no lane is deactivated that is not active. */
  #take({ action, lane, to }: SequenceStep, isDrawn: boolean): void {
    if (to === undefined || this.#sequence.lanes[to]?.kind !== 'lock' || !this.#aliases.has(to)) return;
    const holders = this.#holders.get(to) ?? [];
    this.#holders.set(to, holders);
    const before = holders.length;
    if (action === 'acquire' || action === 'enter') holders.push(lane);
    // What one function of a path took another may give back.
    if (action === 'release' || action === 'leave') holders.splice(Math.max(0, holders.lastIndexOf(lane)), 1);
    if (isDrawn) this.#activate(to, holders.length - before);
  }

  #activate(lock: number, change: number): void {
    const word = change > 0 ? 'activate' : 'deactivate';
    for (let i = 0; i < Math.abs(change); i++) this.#lines.push(`${word} ${this.#aliases.get(lock)!}`);
  }
}

/** Threads and functions that do something at all; locks that something shown is done to, or that are held meanwhile. */
function lanesToShow({ lanes, steps }: Sequence, isShown: (step: number) => boolean): Set<number> {
  const used = new Set<number>();
  const held = new Map<number, number>();
  let first = steps.findIndex((_, i) => isShown(i));
  if (first < 0) first = steps.length;
  for (const [i, { lane, to, action }] of steps.entries()) {
    used.add(lane);
    if (i === first) for (const [lock, count] of held) if (count > 0) used.add(lock);
    if (to === undefined || lanes[to] === undefined) continue;
    if (isShown(i) || lanes[to].kind !== 'lock') used.add(to);
    const change = action === 'acquire' || action === 'enter' ? 1 : action === 'release' || action === 'leave' ? -1 : 0;
    held.set(to, Math.max(0, (held.get(to) ?? 0) + change));
  }
  if (used.size === 0) for (const [lane, { kind }] of lanes.entries()) if (kind !== 'lock') used.add(lane);
  return used;
}

/** Threads and functions first, then locks; lanes of one group side by side. */
function arrange(lanes: readonly Lane[], used: ReadonlySet<number>): number[] {
  const groups = [...new Set(lanes.map(({ group }) => group))];
  const rank = (lane: number): number => {
    const { kind, group } = lanes[lane]!;
    return (kind === 'lock' ? groups.length : 0) + groups.indexOf(group);
  };
  return [...used].sort((a, b) => rank(a) - rank(b) || a - b);
}
