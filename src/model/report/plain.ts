import type { Hop } from '../checks/finding.ts';

/** All that controls but the tab, which quoted code is full of. */
const unsafe = /(?!\t)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Names and messages come from the source under review: what could drive a terminal or reorder the line
 * (control characters, bidirectional marks) is written as an escape.
 */
export function plain(text: string): string {
  return text.replace(unsafe, escapeCharacter);
}

/** The same on one line. */
export function plainLine(text: string): string {
  return plain(text.replace(/\s+/g, ' ').trim());
}

/** JSON for people and scripts. What could drive a terminal is written as an escape, which readers turn back. */
export function jsonText(value: unknown): string {
  const escaped = JSON.stringify(value, undefined, 2).replace(unsafe, (c) => (c === '\n' ? c : `\\u${hex(c, 4)}`));
  return `${escaped}\n`;
}

function escapeCharacter(character: string): string {
  return character < '\u0100' ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, '0');
}

/** `1 file`, `2 files`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** What happens at a hop; names the pointer a call goes through, unless its text does so already. */
export function hopText({ text, via }: Hop): string {
  return via === undefined || text.includes(via) ? text : `${text} through ${via}`;
}
