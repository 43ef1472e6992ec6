import { literal } from './literal.ts';

const longest = 60;
const whatIf = /^What if (\d+): /;

/** Tabs are narrow, and names come from models. Titles differ at both ends: what is too much goes from the middle. */
export function tabTitle(title: string): string {
  if (title.length <= longest) return literal(title);
  const half = Math.floor((longest - 1) / 2);
  return literal(`${title.slice(0, half).trimEnd()}…${title.slice(half + 1 - longest).trimStart()}`);
}

/** The next number among the diagrams that are open. */
export function whatIfTitle(title: string, open: readonly string[]): string {
  const numbers = open.map((each) => Number(whatIf.exec(each)?.[1] ?? 0));
  return `What if ${Math.max(0, ...numbers) + 1}: ${title.replace(whatIf, '')}`;
}
