import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Confidence } from '../model/checks/finding.ts';
import { confidences, defaultConfidence } from '../model/report/confidence.ts';
import { UsageError } from './command.ts';

/** Arguments by their declaration; what does not fit is a `UsageError` in one line. */
export function parseOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: withNegatives(args), allowPositionals: true, options });
  } catch (error) {
    if (error instanceof TypeError)
      throw new UsageError(lowerFirst(error.message.split(/[.]\s/)[0] ?? '').replace(/ is ambiguous$/, ' missing'));
    throw error;
  }
}

/** `--vcpus -1` as `--vcpus=-1`: what begins with a dash would be an option, and none is a number. */
function withNegatives(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    if (/^-\d/.test(arg) && /^--\w[\w-]*$/.test(joined.at(-1) ?? '') && !joined.includes('--')) joined.push(`${joined.pop()!}=${arg}`);
    else joined.push(arg);
  }
  return joined;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export const string = { type: 'string' } as const;
export const strings = { type: 'string', multiple: true } as const;
export const flag = { type: 'boolean' } as const;

/** A whole number from 1 on. */
export function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new UsageError(`${option} takes a number from 1 on, not ${text}`);
  return number;
}

/** One of the words that an option takes: `oneOf('format', 'text', formats)`. */
export function oneOf<const Word extends string>(what: string, given: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === given);
  if (found === undefined) throw new UsageError(`unknown ${what} ${given}; there is: ${words.join(', ')}`);
  return found;
}

/** `--minimum-confidence`, as every command takes it. */
export function minimumConfidence(given: string | undefined): Confidence {
  return oneOf(
    'confidence',
    given ?? defaultConfidence,
    confidences.map(({ level }) => level),
  );
}

/** What the help of every command says of it. */
export const minimumConfidenceHelp = `  --minimum-confidence LEVEL
                         how sure a finding must be to be reported; default: ${defaultConfidence}
${confidences.map(({ level, description }) => `    ${level.padEnd(21)}${description}\n`).join('')}`;
