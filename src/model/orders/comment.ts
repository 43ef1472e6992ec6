import { readChains, type PlacedOrder } from './chain.ts';
import { toLine, toSentences, type Line } from './prose.ts';
import type { Rule } from './rule.ts';
import { readSentence, statement } from './sentence.ts';
import { settle } from './settle.ts';

/** Reads the lock orders that the block comments of a C file state. Called for every file read: most end at the first test. */
export function readComments(file: string, text: string): Rule[] {
  if (!candidate.test(text)) return [];
  const orders: PlacedOrder[] = [];
  let line = 1;
  let counted = 0;
  for (let start = text.indexOf('/*'); start >= 0;) {
    if (inString(text, start)) {
      start = text.indexOf('/*', start + 2);
      continue;
    }
    const end = text.indexOf('*/', start + 2);
    if (end < 0) break;
    const body = text.slice(start + 2, end);
    if (candidate.test(body) && /lock|mutex|mtx|sem|srcu/i.test(body)) {
      for (let at = text.indexOf('\n', counted); at >= 0 && at < start; at = text.indexOf('\n', at + 1)) {
        line++;
        counted = at + 1;
      }
      orders.push(...readComment(text.slice(start, end), line, start - lineStart(text, start)));
    }
    start = text.indexOf('/*', end + 2);
  }
  return settle(file, orders).rules;
}

/** A word or sign that each form needs; all forms of `sentence.ts` and `chain.ts` have one. */
const candidate =
  /\b(?:taken|taking|takes?|acquir(?:ed?|es|ing)|obtain(?:ed|ing)?|grab(?:s|bed|bing)?|locked|held|hold(?:ing)?|nest(?:s|ed)?)\s[\s\S]{0,160}?\b(?:outside|inside|under|underneath|within|before|after|holding)\b|\s-+>\s|\w-->|order|nesting|hierarchy|ranking/i;

function readComment(text: string, firstLine: number, column: number): PlacedOrder[] {
  const lines = text.split('\n').map((raw, index) => {
    const star = index === 0 ? /^\/\*+!?/.exec(raw)! : /^[ \t]*\*(?![*/])|^[ \t]*\*+(?=\s*$)/.exec(raw);
    const padded = index === 0 ? ' '.repeat(column) + raw : raw;
    return toLine(padded, firstLine + index, star ? star[0].length + (index === 0 ? column : 0) : 0);
  });
  const chains = readChains(lines);
  const orders: PlacedOrder[] = [...chains.orders];
  for (const paragraph of toParagraphs(chains.rest)) {
    for (const sentence of toSentences(paragraph)) {
      const reading = readSentence(sentence.text);
      orders.push(...reading.orders.map((order) => ({ ...order, ...sentence, text: statement(sentence.text, reading) })));
    }
  }
  return orders;
}

function toParagraphs(lines: readonly Line[]): Line[][] {
  const paragraphs: Line[][] = [[]];
  let last = 0;
  for (const line of lines) {
    const marker = /^(?:[-*+]|\(?(?:\d+|[a-z])[.)])\s+/.exec(line.text)?.[0];
    if (marker !== undefined || line.text === '' || line.line > last + 1) paragraphs.push([]);
    if (line.text !== '') paragraphs.at(-1)!.push(marker === undefined ? line : { ...line, text: line.text.slice(marker.length) });
    last = line.line;
  }
  return paragraphs.filter((paragraph) => paragraph.length > 0);
}

/** Whether the line opens a string before this place and does not close it: a pattern such as `"dir/*"` is no comment. */
function inString(text: string, at: number): boolean {
  let quotes = 0;
  for (let index = lineStart(text, at); index < at; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === '"') quotes++;
  }
  return quotes % 2 === 1;
}

/** Start of the line, looked for so near that one endless line does not cost the square of its length. */
function lineStart(text: string, at: number): number {
  const from = Math.max(0, at - 2000);
  return from + text.slice(from, at).lastIndexOf('\n') + 1;
}
