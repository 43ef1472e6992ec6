import type { FunctionIr } from '../ir/program.ts';
import type { Range } from '../source/location.ts';
import type { Parting } from './inclusion.ts';
import type { Missing } from './missing.ts';
import { whereInC, type Place } from './automaton.ts';

export interface DriftFinding {
  readonly check: 'model-drift';
  readonly message: string;
  /** The function of the model, and where it and C part. */
  readonly model: { readonly function: string; readonly at: Range };
  /** What C has there. */
  readonly c?: PlaceInC;
  /** What the model does up to there, each with its place in the model. */
  readonly way: readonly { readonly text: string; readonly at: Range }[];
}

export interface PlaceInC {
  readonly file: string;
  readonly line: number;
  readonly function: string;
}

/** The model goes a way that C does not have. */
export function partingFinding(fn: FunctionIr, { before, next, exit, instead, returns, unseen }: Parting): DriftFinding {
  const last = before.slice(-2).map(({ event }) => event.text);
  const after = last.length === 0 ? '' : ` after it ${last.join(' and ')}`;
  const choices = instead.slice(0, 3).map((made) => `${made.event.text} (${placeText(made.place)})`);
  const end = returns[0];
  if (end && choices.length < 3) choices.push(`returns (${placeText(end.place)})`);
  const skipped = [...new Set(unseen.map(({ event }) => event.text))].slice(0, 3);
  const doubt = skipped.length === 0 ? '' : `; not followed in C before that: ${skipped.join(', ')}`;
  const c = instead[0]?.place ?? end?.place;
  return {
    check: 'model-drift',
    message: `the model's ${fn.name} ${next ? next.event.text : 'returns'}${after}, where C ${choices.join(' or ') || 'does not get to'}${doubt}`,
    model: { function: fn.name, at: (next ?? exit)!.place.at },
    ...(c && { c: placeInC(c) }),
    way: [...before, ...(next ? [next] : [])].map(({ event, place }) => ({ text: event.text, at: place.at })),
  };
}

/** The model leaves out what C does. `text` is the model's. */
export function missingFinding(fn: FunctionIr, text: string, { made: { event, place }, held, without }: Missing): DriftFinding {
  const locks = [...held].sort().join(' and ');
  const lacking = without
    ? ` with ${locks} held, the model's function does so only without ${without.join(' and ')}`
    : `, the model's function does not`;
  return {
    check: 'model-drift',
    message: `C ${event.text} in ${fn.name} (${placeText(place)})${lacking}`,
    model: { function: fn.name, at: headOf(fn, text) },
    c: placeInC(place),
    way: [],
  };
}

/** `kvm_vcpu_srcu_read_lock, arch/riscv/kvm/vcpu.c:911` */
function placeText(place: Place): string {
  const { file, line } = whereInC(place);
  return `${place.callee === undefined ? '' : `${place.callee}, `}${file}:${line}`;
}

export function placeInC(place: Place): PlaceInC {
  const { file, line } = whereInC(place);
  return { file, line, function: place.fn!.ir.name };
}

/** The line that a function starts with. */
function headOf({ range }: FunctionIr, text: string): Range {
  const end = text.slice(range.start, range.end).search(/\s*\{|\r?\n/);
  return { start: range.start, end: end < 0 ? range.end : range.start + end };
}
