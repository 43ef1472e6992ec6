import type { Hop } from '../checks/finding.ts';

/**
 * Names and messages come from the source under review: what could drive a terminal or reorder the line
 * (control characters, bidirectional marks) is written as an escape.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** `1 file`, `2 files`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** What happens at a hop; names the pointer a call goes through, unless its text does so already. */
export function hopText({ text, via }: Hop): string {
  return via === undefined || text.includes(via) ? text : `${text} through ${via}`;
}
