import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './command.ts';

/** Arguments by their declaration; what does not fit is a `UsageError` in one line. */
export function parseOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(lowerFirst(error.message.split('. ')[0] ?? ''));
    throw error;
  }
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
