import type { Problem } from '../source/location.ts';
import { readChains, type PlacedOrder } from './chain.ts';
import { toLine, toSentences, type Line } from './prose.ts';
import type { Rule } from './rule.ts';
import { settle } from './settle.ts';
import { readSentence, statement } from './sentence.ts';

/** Reads the lock orders a reStructuredText document states in words or draws as chains. Never throws. */
export function readDocument(file: string, text: string): { rules: Rule[]; problems: Problem[] } {
  const orders: PlacedOrder[] = [];
  for (const paragraph of toParagraphs(text)) {
    // Chains are read from whole paragraphs, for a renderer folds their lines just so.
    const chains = readChains(paragraph);
    orders.push(...chains.orders);
    let previous: readonly string[] = [];
    for (const sentence of toSentences(chains.rest)) {
      const reading = readSentence(sentence.text, previous);
      orders.push(...reading.orders.map((order) => ({ ...order, ...sentence, text: statement(sentence.text, reading, previous) })));
      previous = reading.locks;
    }
  }
  return settle(file, orders);
}

const bullet = /^(?:[-*+•]|\(?(?:\d+|[A-Za-z#])[.)])\s+/;
const underline = /^([=\-~^"'`#*+.:_<>])\1{2,}$/;
const admonition = /^\.\. (?:note|warning|important|attention|caution|tip|hint|danger)::/;

/** Prose only: no literal blocks, tables, comments or directives other than admonitions. */
function toParagraphs(text: string): Line[][] {
  const paragraphs: Line[][] = [];
  let open: Line[] = [];
  /** Lines deeper than this are literal or belong to a directive. */
  let skip: number | undefined;
  const close = () => {
    if (open.length > 0) paragraphs.push(open);
    open = [];
  };
  text.split('\n').forEach((raw, index) => {
    const line = toLine(raw, index + 1);
    if (line.text === '') return close();
    if (skip !== undefined && line.indent > skip) return;
    skip = undefined;
    if (underline.test(line.text) || /^[|+]/.test(line.text) || (line.text.startsWith('.. ') && !admonition.test(line.text))) {
      close();
      if (line.text.startsWith('.. ')) skip = line.indent;
      return;
    }
    const marker = bullet.exec(line.text)?.[0] ?? admonition.exec(line.text)?.[0];
    if (marker !== undefined) close();
    open.push(marker === undefined ? line : { ...line, text: line.text.slice(marker.length).trim() });
    if (line.text.endsWith('::') && marker === undefined) skip = open[0]!.indent;
    else if (line.text.endsWith('::') && !admonition.test(line.text)) skip = line.indent;
  });
  close();
  return paragraphs;
}
