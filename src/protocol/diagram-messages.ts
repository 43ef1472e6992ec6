import * as v from 'valibot';
import type { Sequence } from '../model/trace/sequence.ts';
import type { Column, DiagramView, FromPage, Rerun, Selected, ToPage } from './diagram.ts';

/** More than any picture of a diagram has, so that a page gone wrong cannot fill the memory. */
const longestFile = 64 * 1024 * 1024;

const property = v.picklist(['deadlock', 'order', 'race', 'torn', 'assert', 'atomic', 'exit', 'start']);
const index = v.pipe(v.number(), v.integer(), v.minValue(0));
const line = v.pipe(v.number(), v.integer(), v.minValue(1));

const place = v.object({ uri: v.optional(v.string()), path: v.string(), line, isOperation: v.boolean() });

const wait = v.object({ lane: index, object: v.string(), holders: v.array(index) });

const step = v.object({
  lane: index,
  to: v.optional(index),
  action: v.picklist([
    'acquire',
    'release',
    'enter',
    'leave',
    'synchronize',
    'grace-period',
    'wait',
    'fail',
    'wake',
    'read',
    'write',
    'claim',
    'call',
    'other',
  ]),
  text: v.string(),
  object: v.optional(v.string()),
  mode: v.optional(v.picklist(['exclusive', 'shared'])),
  functions: v.array(v.string()),
  held: v.array(v.string()),
  changed: v.record(v.string(), v.number()),
  waiting: v.array(wait),
  via: v.optional(v.string()),
  mark: v.optional(v.picklist(['cycle', 'race', 'torn', 'order', 'broken', 'found'])),
  note: v.optional(v.string()),
  source: v.optional(place),
  model: v.optional(place),
  instead: v.optional(v.array(v.object({ thread: v.string(), text: v.string(), move: index }))),
});

const sequence: v.GenericSchema<unknown, Sequence> = v.pipe(
  v.object({
    title: v.string(),
    summary: v.string(),
    lanes: v.array(v.object({ name: v.string(), kind: v.picklist(['thread', 'function', 'lock']), group: v.string() })),
    steps: v.array(step),
    waiting: v.optional(v.array(wait)),
  }),
  v.check(({ lanes, steps, waiting: atEnd = [] }) => {
    const isLane = (lane: number | undefined): boolean => lane === undefined || lane < lanes.length;
    const areLanes = (waiting: typeof atEnd): boolean => waiting.every((each) => isLane(each.lane) && each.holders.every(isLane));
    return areLanes(atEnd) && steps.every(({ lane, to, waiting }) => isLane(lane) && isLane(to) && areLanes(waiting));
  }, 'a lane that is not there'),
);

const rerun: v.GenericSchema<unknown, Rerun> = v.object({
  params: v.object({
    model: v.union([v.strictObject({ name: v.string() }), v.strictObject({ uri: v.string() })]),
    scenario: v.optional(v.string()),
    vcpus: v.optional(index),
    rounds: v.optional(index),
    with: v.optional(v.array(v.string())),
    properties: v.optional(v.array(property)),
    limits: v.object({ states: v.optional(index), memory: v.optional(index) }),
    near: v.optional(v.string()),
  }),
  schedule: v.object({
    digest: v.optional(v.string()),
    properties: v.optional(v.array(property)),
    initial: index,
    moves: v.array(index),
    before: v.array(index),
  }),
});

const remarks = v.array(v.object({ heading: v.string(), lines: v.array(v.string()) }));

const column: v.GenericSchema<unknown, Column> = v.object({
  name: v.string(),
  sequence,
  answer: v.picklist(['holds', 'violated', 'unknown', 'run']),
  property: v.optional(v.string()),
  run: v.optional(v.string()),
  figures: v.array(v.string()),
  orders: v.array(v.string()),
  lockdep: remarks,
  rerun: v.optional(rerun),
});

const view: v.GenericSchema<unknown, DiagramView> = v.variant('kind', [
  v.object({ kind: v.literal('path'), title: v.string(), paths: v.pipe(v.array(sequence), v.minLength(1)), isCut: v.boolean() }),
  v.object({ kind: v.literal('finding'), title: v.string(), sequence, remarks }),
  v.object({ kind: v.literal('trace'), title: v.string(), column, others: v.array(v.string()) }),
  v.object({ kind: v.literal('comparison'), title: v.string(), columns: v.pipe(v.array(column), v.minLength(1)) }),
]);

const selected: v.GenericSchema<unknown, Selected> = v.object({ column: index, step: index });
const text = v.pipe(v.string(), v.maxLength(longestFile));

const toPage: v.GenericSchema<unknown, ToPage> = v.variant('type', [
  v.object({ type: v.literal('show'), view, hasDetails: v.boolean(), selected: v.optional(selected) }),
  v.object({ type: v.literal('orders'), title: v.string(), summary: v.string(), text }),
  v.object({ type: v.literal('select'), column: index, step: index }),
  v.object({ type: v.literal('say'), text: v.string() }),
]);

const fromPage: v.GenericSchema<unknown, FromPage> = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('select'), column: index, step: index }),
  v.object({ type: v.literal('open'), column: index, step: index, where: v.picklist(['source', 'model']) }),
  v.object({ type: v.literal('copy'), what: v.picklist(['mermaid', 'text']), column: index }),
  v.variant('format', [
    v.object({ type: v.literal('save'), format: v.literal('svg'), column: index, text }),
    v.object({ type: v.literal('save'), format: v.literal('png'), column: index, base64: v.pipe(text, v.base64()) }),
  ]),
  v.object({ type: v.literal('what-if'), column: index, step: index, move: index }),
  v.object({ type: v.literal('compare') }),
  v.object({ type: v.literal('details') }),
  v.object({ type: v.literal('painted'), steps: index, milliseconds: v.pipe(v.number(), v.minValue(0)) }),
]);

/** A message to the page, or undefined for anything else; what a message has besides is left out. */
export function readToPage(message: unknown): ToPage | undefined {
  return read(toPage, message);
}

/** A message of the page, or undefined for anything else: a page draws hostile names, so the host trusts nothing that it says. */
export function readFromPage(message: unknown): FromPage | undefined {
  return read(fromPage, message);
}

/** A view as it was kept for a reload. */
export function readView(kept: unknown): DiagramView | undefined {
  return read(view, kept);
}

function read<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T | undefined {
  const result = v.safeParse(schema, value);
  return result.success ? result.output : undefined;
}
