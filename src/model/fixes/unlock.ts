import type { Finding } from '../checks/finding.ts';
import { codeOf } from '../source/characters.ts';
import type { Location } from '../source/location.ts';
import type { Edit, Fix, FixedFile } from './fix.ts';

/** A call by its text: a word, and what it is passed, on one line and with no call inside. */
const plainCall = /^\w+\(([\w&*.,> ()[\]-]*)\)$/;
/** A value that no lock guards: a variable, a number, an error. */
const plainValue = /^(?:-?\w+|ERR_PTR\(-?\w+\)|\(?-?\w+\)?)?$/;

/** Gives the lock back before the returns that leave it held, in the words in which the function does so elsewhere. */
export function unlock({ witnesses, releases = [], acquires }: Finding, file: FixedFile): Fix | undefined {
  const taken = witnesses[0]?.[0];
  const call = taken && releaseText(taken.at, releases, file);
  if (call === undefined) return undefined;
  const code = codeOf(file.text);
  const edits: Edit[] = [];
  for (const witness of witnesses) {
    const before = beforeReturn(witness.at(-1)!.at, `${call};`, code, file);
    if (!before) return undefined;
    edits.push(...before);
  }
  const where = witnesses.length > 1 ? `these ${witnesses.length} returns` : 'this return';
  return {
    title: `Give ${acquires} back before ${where}: ${call}`,
    isRepair: true,
    edits: edits.sort((a, b) => a.range.start - b.range.start),
  };
}

/** The release, if all places agree on it, and it names nothing that the acquisition does not. */
function releaseText(taken: Location, releases: readonly Location[], file: FixedFile): string | undefined {
  const texts = new Set(releases.map((at) => file.textAt(at).replace(/;$/, '')));
  const [text, ...others] = texts;
  const given = plainCall.exec(text ?? '')?.[1];
  const names = wordsOf(file.textAt(taken));
  return given !== undefined && others.length === 0 && [...wordsOf(given)].every((name) => names.has(name)) ? text : undefined;
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.match(/[A-Za-z_]\w*/g) ?? []);
}

/** A statement before a return, or before the brace that ends the function. Alone behind a condition, a return gets braces. */
function beforeReturn(at: Location, statement: string, code: string, file: FixedFile): readonly Edit[] | undefined {
  const { start } = file.rangeOf(at);
  const indent = file.indentOf(at.line);
  const lineStart = file.lineStart(at.line);
  // What shares its line with something else has a form of its own.
  if (code.slice(lineStart, start).trim() !== '') return undefined;
  const insert = (offset: number, text: string): Edit => ({ range: { start: offset, end: offset }, text });
  if (code[start] === '}') return [insert(lineStart, `${indent}\t${statement}${file.newline}`)];
  const end = code.indexOf(';', start);
  const value = /^return\b\s*([^;]*)$/.exec(code.slice(start, end))?.[1];
  // The value may be one that the lock guards.
  if (value === undefined || !plainValue.test(value.trim())) return undefined;
  const line = insert(lineStart, `${indent}${statement}${file.newline}`);
  const before = code.slice(0, lineStart).trimEnd();
  if (/[;{}:]$/.test(before)) return [line];
  if (
    !/\)$|\belse$/.test(before) ||
    file.text
      .slice(end + 1)
      .match(/^[^\n]*/)![0]
      .trim() !== ''
  )
    return undefined;
  // Behind `else` there may be more of the statement: then the braces would have to go on.
  if (/^\s*else\b/.test(code.slice(end + 1)) || !indent.endsWith('\t')) return undefined;
  return [insert(before.length, ' {'), line, insert(end + 1, `${file.newline}${indent.slice(0, -1)}}`)];
}
