import { isKindWord, readLockName } from './lock-name.ts';
import type { Line } from './prose.ts';
import type { Order } from './sentence.ts';

export interface PlacedOrder extends Order {
  readonly text: string;
  readonly line: number;
}

export interface ChainReading {
  readonly orders: readonly PlacedOrder[];
  /** Lines that were read as prose: no chain, no tree. */
  readonly rest: readonly Line[];
}

/**
 * Reads the orders that are drawn, not told: `a -> b -> c` (without a heading too, if every part reads like a lock) and, below a
 * heading that speaks of lock order, `a > b`, trees by indent, plain and numbered lists. Blank lines have an empty text.
 */
export function readChains(lines: readonly Line[]): ChainReading {
  const doubtful = lines.some(({ text }) => story.test(text));
  const orders: PlacedOrder[] = [];
  const rest: Line[] = [];
  let heading = false;
  /** A list without depth is an order only as the first thing below its heading. */
  let listDue = false;
  let treeFrom = 0;
  for (let at = 0; at < lines.length;) {
    const { text, line } = lines[at]!;
    const title = headingAt(lines, at);
    if (title !== undefined) {
      heading = title.sound;
      listDue = heading;
    }
    const joined = joinChain(lines, at, title?.rest);
    const chain = title?.sound === false || text.length > longestLine ? undefined : readChain(joined.text, heading);
    if (chain && (heading || !doubtful)) {
      orders.push(...pairs(chain).map((order) => ({ ...order, text: joined.whole, line })));
      at = joined.end;
      listDue = false;
      continue;
    }
    if (heading && title === undefined && text !== '' && at >= treeFrom) {
      const tree = readTree(lines, at, listDue);
      listDue = false;
      treeFrom = tree.end;
      if (tree.orders) {
        orders.push(...tree.orders);
        at = tree.end;
        continue;
      }
    }
    rest.push(lines[at]!);
    at++;
  }
  return { orders, rest };
}

const lockOrder =
  /\b(?:(?:spin|rw)?lock(?:s|ing)?|mutex(?:es)?|locking)(?:[ -]acqui(?:re|ring|sition))?[ -](?:order(?:ing)?s?|nesting|hierarchy|ranking)\b|\border(?:ing)?s?\s+(?:of|for|between)\s+(?:the\s+)?(?:\w+\s+)?(?:locks|locking|mutexes)\b|\blocks? in (?:this|the following) order\b|\b(?:lock )?acquisition orders?\b/i;
/** Speaks of an order that is not the one to keep. */
const unsound =
  /inver[st]|revers|violat|conflict|circular|splat|complain|inconsisten|incorrect|wrong|broken|problem|possible|existing|trylock|\bno\b|\bnot\b|n't\b|deadlocks?\b(?!\.?$)/i;
const story = /deadlock|circular|inver[st]|revers|splat|lockdep|AB-?BA|\bvs\b|call (?:chain|path|trace)|called (?:from|by)/i;

/** What a line of order talk leaves after `Lock ordering:` or `the lock order is`; undefined for other lines. */
function headingAt(lines: readonly Line[], at: number): { sound: boolean; rest: string | undefined } | undefined {
  const { text } = lines[at]!;
  const match = lockOrder.exec(text);
  if (!match) return undefined;
  const after = text.slice(match.index + match[0].length);
  const colon = /^[^:>]{0,80}?(?::|\bis\b|\bare\b|-)\s+(?=[^\s>])/.exec(after);
  return {
    sound: !unsound.test(text.replace(/(?:avoid|prevent)\w*\s+(?:\w+\s+)?deadlocks?/i, '')),
    rest: colon ? after.slice(colon[0].length) : undefined,
  };
}

const arrow = / -{1,4}> | -{1,4}>$| ?-{2,4}> ?/;
const leadingArrow = /^-{1,4}> /;
const longestLine = 500;
const longestTree = 120;

/** Joins a chain that goes on in the next line. A line whose arrow stands under an arrow of the line above is a branch, not a continuation. */
function joinChain(lines: readonly Line[], at: number, rest: string | undefined): { text: string; whole: string; end: number } {
  const first = lines[at]!;
  let text = rest ?? first.text;
  let whole = first.text;
  let end = at + 1;
  const firstArrow = first.text.search(arrow) + first.indent;
  for (; end < lines.length && end - at < 8; end++) {
    const next = lines[end]!;
    const open = / -{1,4}>$/.test(text);
    if (
      next.text === '' ||
      next.text.length > longestLine ||
      !(open || (leadingArrow.test(next.text) && arrow.test(text) && next.indent < firstArrow))
    )
      break;
    text += ` ${next.text}`;
    whole += ` ${next.text}`;
  }
  return { text: text.replace(/-{1,4}> (-{1,4}>)/, '$1').replace(leadingArrow, ''), whole, end };
}

type Names = readonly { name: string; certain: boolean }[];

/** The parts of a chain, each with the locks it names (none where it names something else); undefined if it is no chain of locks. */
function readChain(text: string, heading: boolean): Names[] | undefined {
  const byArrow = arrow.test(text);
  if (!byArrow && !(heading && /\s>\s/.test(text))) return undefined;
  // "a -> b: e.g. f -> g": what comes after the chain is prose.
  const bare = text.replace(remark, '$1');
  const first = Math.max(0, bare.search(byArrow ? arrow : />/));
  const length = bare.slice(first).search(/[.:;]\s/);
  const drawn = length < 0 ? text : bare.slice(0, first + length);
  const parts = drawn
    .replace(/^(?:[*\-+•]|\d+[.)])\s+/, '')
    .split(byArrow ? arrow : /\s+>\s+/)
    .filter((part) => part !== '');
  if (parts.length < 2 || parts.length > 40) return undefined;
  const chain = parts.map((part, index) => readPart(part, heading, index === parts.length - 1));
  if (chain.includes(undefined)) return undefined;
  const named = chain.filter((names): names is Names => names !== undefined && names.length > 0);
  // Functions call each other in chains, too: a path or a mutex tells that locks are meant.
  if (!heading && (named.length < parts.length || !named.some((names) => names.some(({ name }) => /[>.]|mutex$|sem$/.test(name)))))
    return undefined;
  return named.length > 1 && named.some((names) => names.some(({ certain }) => certain)) ? named : undefined;
}

const remark = /(^|\s)\((?:[^()]|\([^()]{0,80}\)){0,200}\)?/g;
const tried = /try-?_?lock|inver[st]/i;

/** Locks of one part; none for a few other words; undefined for prose. Names without a lock's word count below a heading only. */
function readPart(part: string, heading: boolean, last = false): Names | undefined {
  // Trying for a lock keeps no order.
  if (tried.test(part)) return [];
  const open = part.replace(/[[\]"'`]/g, '').replace(remark, '$1');
  const text = (last ? open.replace(/[.;,]\s.*$/, '') : open).replace(/[.;,:\s]+$/, '').trim();
  if (text === '') return [];
  if (text.split(' ').length > 6) return undefined;
  const names: { name: string; certain: boolean }[] = [];
  for (const choice of text.split(/\s+or\s+|\s*,\s*|\s*\/\s*/)) {
    const words = choice.replace(/^(?:the|struct|a)\s+/, '').split(/\s+/);
    const name = readLockName(words[0]!);
    if (!name || !(heading || name.certain) || words.length > 2 || (words.length === 2 && !(isKindWord(words[1]!) && name.certain)))
      return [];
    names.push(name);
  }
  return names;
}

function pairs(chain: readonly Names[]): Order[] {
  return chain.flatMap((outers, index) =>
    chain
      .slice(index + 1)
      .flatMap((inners) =>
        outers.flatMap((outer) =>
          inners.flatMap((inner) => (sameKind(outer.name, inner.name) ? [] : { outer: outer.name, inner: inner.name })),
        ),
      ),
  );
}

const listMark = /^(?:-{1,4}>\s*|\d+[.)]\s+|[-*+•]\s+)/;

/** `rq1->lock` and `rq2->lock` are told apart by a rule of their own, not by their class. */
function sameKind(a: string, b: string): boolean {
  return a.replace(/\d+/g, '') === b.replace(/\d+/g, '');
}

interface Node {
  readonly names: Names;
  readonly line: Line;
}

/** Lines up to a blank one: deeper is inside. Without depth a list in order, where one is due. `end` is how far it looked. */
function readTree(lines: readonly Line[], at: number, listDue: boolean): { orders?: PlacedOrder[]; end: number } {
  const nodes: Node[] = [];
  let end = at;
  for (; end < lines.length && lines[end]!.text !== ''; end++) {
    const line = lines[end]!;
    if (line.text.length > longestLine || end - at > longestTree) return { end };
    // A remark in brackets may go on for lines.
    const previous = nodes.at(-1);
    if (previous && opens(lines, end - 1, previous.line)) continue;
    const names = /[.:]$/.test(line.head) ? undefined : tried.test(line.text) ? [] : readPart(line.head.replace(listMark, ''), true);
    if (names === undefined || headingAt(lines, end)) return { end };
    nodes.push({ names: names.filter(({ name, certain: sure }) => sure || name.includes('->') || name.startsWith('lock_')), line });
  }
  const certain = nodes.filter(({ names }) => names.some((name) => name.certain));
  if (nodes.length < 2 || certain.length < 2) return { end };
  const flat = nodes.every(({ line }) => line.indent === nodes[0]!.line.indent);
  if (flat && !(listDue && nodes.every(({ names }) => names.length > 0))) return { end };
  const orders: PlacedOrder[] = [];
  nodes.forEach((node, index) => {
    for (const outer of outersOf(nodes, index, flat)) {
      const text = `${plain(outer)} -> ${plain(node)}`;
      orders.push(...pairs([outer.names, node.names]).map((order) => ({ ...order, text, line: node.line.line })));
    }
  });
  return { orders, end };
}

function plain({ line }: Node): string {
  return line.head.replace(listMark, '');
}

function outersOf(nodes: readonly Node[], index: number, flat: boolean): Node[] {
  if (flat) return nodes.slice(0, index);
  const outers: Node[] = [];
  let indent = nodes[index]!.line.indent;
  for (let at = index - 1; at >= 0; at--) {
    const node = nodes[at]!;
    if (node.line.indent >= indent) continue;
    outers.unshift(node);
    indent = node.line.indent;
  }
  return outers;
}

/** Whether a bracket opened since `from` is still open after line `at`. */
function opens(lines: readonly Line[], at: number, from: Line): boolean {
  let depth = 0;
  for (let index = at; index >= 0; index--) {
    for (const c of lines[index]!.text) depth += c === '(' ? 1 : c === ')' ? -1 : 0;
    if (lines[index] === from) break;
  }
  return depth > 0;
}
