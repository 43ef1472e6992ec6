import type { ModelProgram } from '../ir/execution.ts';
import { LineIndex } from '../source/text.ts';

/** The definition of a function, as far as a step of a model has to be found in it. */
export interface CFunction {
  readonly name: string;
  readonly file: string;
  /** Of its name, counted from 1. */
  readonly line: number;
  /** Of the opening brace. */
  readonly bodyLine: number;
  /** From the opening brace to the closing one, without comments and strings. */
  readonly body: string;
}

/**
 * Functions of these names that the text defines. Read as the kernel is written: a definition begins at the start of a line
 * and ends with a brace at the start of one. What is not written so is not found.
 */
export function findFunctions(file: string, text: string, names: ReadonlySet<string>): CFunction[] {
  if (![...names].some((name) => text.includes(name))) return [];
  const code = withoutComments(text);
  const lines = new LineIndex(code);
  const found: CFunction[] = [];
  for (const match of code.matchAll(/^(?![#\s}])[^;{}()#=]{0,300}?\b(\w{1,100})\s*\(/gm)) {
    const name = match[1]!;
    if (!names.has(name)) continue;
    const parameters = closing(code, match.index + match[0].length);
    const head = /^[\s\w()]*\{/.exec(code.slice(parameters, parameters + 200));
    if (!head) continue;
    const start = parameters + head[0].length - 1;
    const end = code.indexOf('\n}', start);
    if (end < 0) continue;
    const at = match.index + match[0].lastIndexOf(name);
    found.push({ name, file, line: lines.line(at), bodyLine: lines.line(start), body: code.slice(start, end) });
  }
  return found;
}

/** The offset after the parenthesis that closes one opened before the offset. */
function closing(code: string, from: number): number {
  let depth = 1;
  let at = from;
  for (; at < code.length && depth > 0; at++) depth += code[at] === '(' ? 1 : code[at] === ')' ? -1 : 0;
  return at;
}

/** Comments and strings as spaces: offsets and lines stay. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?(?:\*\/|$)|\/\/.*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, (found) => found.replace(/[^\n]/g, ' '));
}

/** Characters of a step that are looked at. */
const stepLimit = 300;

type ModelFunction = ModelProgram['functions'][number];
type Range = ModelFunction['range'];

/**
 * Line of the operation that a step of the model stands for: the same call (or one whose name has it in it) on a field of the
 * same name, an assignment to it, else a mention of it. Where the function has several, the n-th of the model is the n-th of C if
 * both have as many; undefined where it cannot be told.
 */
export function findOperation(fn: CFunction, model: string, { range }: ModelFunction, at: Range): number | undefined {
  const step = model.slice(at.start, Math.min(at.end, at.start + stepLimit));
  const inModel = withoutComments(model.slice(range.start, range.end));
  for (const pattern of patterns(step)) {
    const there = [...fn.body.matchAll(pattern)].map((match) => lineAt(fn, match.index));
    if (there.length === 0) continue;
    if (there.length === 1) return there[0];
    const here = [...inModel.matchAll(pattern)].map((match) => range.start + match.index);
    const which = here.findIndex((offset) => offset >= at.start && offset < Math.max(at.end, at.start + 1));
    return here.length === there.length && which >= 0 ? there[which] : undefined;
  }
  return undefined;
}

function lineAt({ body, bodyLine }: CFunction, offset: number): number {
  return bodyLine + (body.slice(0, offset).match(/\n/g)?.length ?? 0);
}

/** What to look for, the most telling first. Works in the model and in C: both write `name(… field …)` and `field = `. */
function patterns(step: string): RegExp[] {
  const call = /^(?:[\w\s.!=]*?[\s!=])?(\w+)\s*\(/.exec(step)?.[1];
  const place = call === undefined ? step : step.slice(step.indexOf('('));
  const field = /(\w+)\s*(?:\[[^\]]*\]\s*)?(?:[),=]|$)/.exec(place.replace(/^\(/, ''))?.[1];
  const named = field !== undefined && /^[a-zA-Z_]\w*$/.test(field) && field !== call ? field : undefined;
  return [
    ...(call && named ? [new RegExp(`\\b\\w*${call}\\w*\\s*\\([^;]*?\\b${named}\\b`, 'g')] : []),
    ...(call ? [new RegExp(`\\b\\w*${call}\\w*\\s*\\(`, 'g')] : []),
    ...(named && /[^=!<>]=[^=]/.test(step) ? [new RegExp(`\\b${named}\\s*=(?!=)`, 'g')] : []),
    ...(named ? [new RegExp(`\\b${named}\\b`, 'g')] : []),
  ];
}
