import { isKindWord, readLockName } from './lock-name.ts';

/** One order as said; the reader adds where it was said. */
export interface Order {
  readonly outer: string;
  readonly inner: string;
  readonly innerMode?: 'shared';
}

export interface Reading {
  readonly orders: readonly Order[];
  /** Locks the sentence speaks of, for the pronouns of the next one. */
  readonly locks: readonly string[];
}

/**
 * Reads the orders a sentence states. What is only possible, conditional or described as wrong gives nothing,
 * and so does every form that is not known: a rule that nobody wrote is a false alarm later.
 * `previous` are the locks that `these locks` stand for.
 */
export function readSentence(text: string, previous: readonly string[] = []): Reading {
  if (text.length > longest) return { orders: [], locks: [] };
  const words = text.match(wordPattern) ?? [];
  const lower = words.map((word) => word.toLowerCase());
  const locks = [...new Set(words.flatMap((word) => lockAt(word) ?? []))];
  if (text.includes('?')) return { orders: [], locks };
  const orders: Order[] = [];
  let done = 0;
  for (let at = 0; at < words.length; at++) {
    const relation = readRelation(lower, at);
    if (!relation) continue;
    const right = readRight(words, lower, relation.end);
    if (!right) continue;
    const left = relation.active
      ? readLeft(words, lower, relation.leftEnd, relation.leftStart, [])
      : readLeft(words, lower, relation.leftEnd, done, previous);
    if (!left || (relation.active && left.start !== relation.leftStart)) continue;
    if (lower.slice(0, left.start).some((word) => doubtful.has(word))) continue;
    orders.push(...ordersOf(left.locks, relation, right));
    if (relation.force === 'may') orders.push(...exceptions(words, lower, right));
    done = right.end;
    at = Math.max(at, right.end - 1);
  }
  return { orders: orders.filter(({ outer, inner }) => outer !== inner), locks };
}

/**
 * What a sentence says by itself. One that announces what stands below it ends with a colon: that goes, and so does the clause
 * that only announces (`…; that is, this is broken:`).
 */
export function statement(text: string, reading: Reading, previous: readonly string[] = []): string {
  if (reading.orders.length === 0 || !text.endsWith(':')) return text;
  const shorter = [/;\s[^;:]*:$/, /,\s[^,;:]*:$/].flatMap((clause) => (clause.test(text) ? [text.replace(clause, '')] : []));
  const isSame = (other: string): boolean => readSentence(other, previous).orders.length === reading.orders.length;
  return shorter.find(isSame) ?? text.slice(0, -1).trim();
}

const wordPattern =
  /[A-Za-z]+(?:-[A-Za-z]+)+(?![\w>])|[A-Za-z]+(?:n't|'s)|[&@]?[A-Za-z_]\w*(?:(?:->|::|\.)[A-Za-z_]\w*)*(?:\([^()\s]{0,60}\))?|[^\sA-Za-z_&@]+|[&@]/g;
/** No sentence of a person is longer. */
const longest = 3000;
const wordSet = (list: string) => new Set(list.split(' '));
const participles = wordSet('taken acquired locked grabbed obtained nested held');
const actives = wordSet('take takes taking acquire acquires acquiring grab grabs grabbing obtain obtaining hold holding');
const outward = wordSet('outside before');
const inward = wordSet('inside under underneath within');
const auxiliaries = wordSet('is are be being been must should shall has have to always also therefore thus then hence only to');
const obliging = wordSet('must should shall has have always');
const permitting = wordSet('can may might could would');
const forbidding = wordSet('cannot not never');
/** Before the locks these make of the statement a condition, a possibility, a story or a complaint. */
const doubtful = wordSet(
  'if when whenever where unless whether until while once could would might may can cannot not never no nor avoid avoids avoiding prevent prevents ' +
    "without than rather instead previously formerly used was were possible possibly problematic problem bug wrong usually typically normally don't doesn't can't won't isn't aren't mustn't shouldn't " +
    "sometimes try tries trying attempt attempts deadlock deadlocks inversion needn't forbid forbids else otherwise allow allows allowed lets disallow",
);
const determiners = wordSet('the a an any its their all each every both either of our same');
const gerunds = wordSet('taking acquiring locking grabbing obtaining');
const follows = wordSet('and but so because since as though although which in for here everywhere there to both throughout or');

interface Relation {
  readonly kind: 'outside' | 'inside';
  readonly force: 'is' | 'may' | 'never';
  readonly active: boolean;
  readonly leftStart: number;
  /** The left operand ends before this word, the right one starts at `end`. */
  readonly leftEnd: number;
  readonly end: number;
}

function readRelation(lower: readonly string[], at: number): Relation | undefined {
  const word = lower[at]!;
  if (actives.has(word)) return readActive(lower, at);
  const nests = word === 'nests' || word === 'nest';
  if (!nests && !participles.has(word)) return undefined;
  const preposition = readPreposition(lower, at + 1);
  if (!preposition || (word === 'held' && preposition.kind !== 'outside')) return undefined;
  let leftEnd = at;
  let force: Relation['force'] = 'is';
  let modal = false;
  let obliged = false;
  for (; leftEnd > 0; leftEnd--) {
    const before = lower[leftEnd - 1]!;
    if (forbidding.has(before)) force = 'never';
    else if (permitting.has(before)) modal = true;
    else if (!auxiliaries.has(before)) break;
    if (obliging.has(before)) obliged = true;
    if (before === 'cannot') modal = true;
  }
  if (force === 'is' && modal) force = 'may';
  // "is not taken inside" describes; "must not" and "cannot" forbid.
  if (force === 'never' && !modal && !obliged && lower[leftEnd] !== 'never') return undefined;
  if (preposition.after && !obliged) return undefined;
  return { ...preposition, force, active: false, leftStart: 0, leftEnd };
}

/** `acquire A before B`: the left operand lies between verb and preposition. */
function readActive(lower: readonly string[], at: number): Relation | undefined {
  const leftStart = determiners.has(lower[at + 1] ?? '') ? at + 2 : at + 1;
  for (let next = leftStart + 1; next < Math.min(lower.length, leftStart + 8); next++) {
    const preposition = readPreposition(lower, next);
    if (!preposition) continue;
    if (preposition.after) return undefined;
    return { ...preposition, force: 'is', active: true, leftStart, leftEnd: next };
  }
  return undefined;
}

function readPreposition(lower: readonly string[], at: number): { kind: Relation['kind']; after: boolean; end: number } | undefined {
  const word = lower[at] ?? '';
  if (outward.has(word)) return { kind: 'outside', after: false, end: at + 1 };
  if (inward.has(word)) return { kind: 'inside', after: false, end: at + 1 };
  if (word === 'after') return { kind: 'inside', after: true, end: at + 1 };
  if (word === 'while' && lower[at + 1] === 'holding') return { kind: 'inside', after: false, end: at + 2 };
  return undefined;
}

/** The list of locks that ends before `end`; it never reaches back to what another relation has used. */
function readLeft(
  all: readonly string[],
  lower: readonly string[],
  end: number,
  limit: number,
  previous: readonly string[],
): { locks: readonly string[]; start: number } | undefined {
  if (/^(?:locks|mutexes|spinlocks)$/.test(lower[end - 1] ?? '') && /^(?:these|those)$/.test(lower[end - 2] ?? ''))
    return { locks: previous, start: end - 2 };
  if (end > 0 && /^(?:it|they)$/.test(lower[end - 1]!)) {
    return lower[end - 1] === 'they' || previous.length === 1 ? { locks: previous, start: end - 1 } : undefined;
  }
  const locks: string[] = [];
  let start = end;
  let seen = start;
  for (let commas = false; start > limit;) {
    if (isKindWord(all[start - 1]!) && start - 1 > limit) start--;
    const name = lockAt(all[start - 1]!);
    if (name === undefined) break;
    locks.unshift(name);
    seen = --start;
    const before = lower[start - 1] ?? '';
    const joined = before === 'and' || before === 'or';
    // "Unlike A, B is taken …": a comma joins only after an `and` was seen.
    if (start <= limit || !(joined || (before === ',' && commas))) break;
    commas = true;
    start--;
    if (joined && lower[start - 1] === ',' && start > limit) start--;
  }
  return locks.length === 0 ? undefined : { locks, start: seen };
}

interface Right {
  readonly locks: readonly string[];
  readonly shared: boolean;
  readonly end: number;
}

function readRight(all: readonly string[], lower: readonly string[], from: number): Right | undefined {
  let at = from;
  let section = false;
  let shared = false;
  while (determiners.has(lower[at] ?? '') || gerunds.has(lower[at] ?? '')) at++;
  const leading = readSection(lower, at);
  if (leading && /^(?:of|for)$/.test(lower[leading.end] ?? '')) {
    section = true;
    shared = leading.shared;
    at = leading.end + 1;
  }
  const locks: string[] = [];
  const ends: number[] = [];
  for (;;) {
    while (determiners.has(lower[at] ?? '') || gerunds.has(lower[at] ?? '')) at++;
    const name = lockAt(all[at] ?? '');
    if (name === undefined) break;
    locks.push(name);
    at++;
    if (isKindWord(all[at] ?? '')) at++;
    ends.push(at);
    const skip = lower[at] === ',' ? 1 : 0;
    const and = /^(?:and|or)$/.test(lower[at + skip] ?? '') ? 1 : 0;
    if (skip + and === 0) break;
    at += skip + and;
  }
  let end = ends.at(-1);
  if (end === undefined) return undefined;
  const trailing = section ? undefined : readSection(lower, end);
  if (trailing) {
    shared = trailing.shared;
    end = trailing.end;
  }
  if (endsStatement(lower, end)) return { locks, shared, end };
  // "A outside B and C is taken …": C starts the next clause.
  const clause = ends.at(-2);
  return clause !== undefined && endsStatement(lower, clause) ? { locks: locks.slice(0, -1), shared, end: clause } : undefined;
}

function readSection(lower: readonly string[], at: number): { shared: boolean; end: number } | undefined {
  const shared = /^(?:read-side|read)$/.test(lower[at] ?? '');
  const critical = at + (shared ? 1 : 0);
  return lower[critical] === 'critical' && /^sections?$/.test(lower[critical + 1] ?? '') ? { shared, end: critical + 2 } : undefined;
}

/** Ends the statement here, or goes on without turning it ("… is released", "… when"). */
function endsStatement(lower: readonly string[], at: number): boolean {
  const word = lower[at];
  return word === undefined || /^[^\w'-]/.test(word) || follows.has(word);
}

function ordersOf(left: readonly string[], relation: Relation, right: Right): Order[] {
  const { kind, force } = relation;
  const mode = right.shared ? ({ innerMode: 'shared' } as const) : {};
  if (force === 'may' || (force === 'never' && kind !== 'inside')) return [];
  // Taken inside a read-side section: that the section may not begin under the lock is not said.
  if (force === 'is' && kind === 'inside' && right.shared) return [];
  const leftIsOuter = kind === 'outside' || force === 'never';
  return left.flatMap((a) => right.locks.map((b) => (leftIsOuter ? { outer: a, inner: b, ...mode } : { outer: b, inner: a })));
}

/** "A can be taken inside …, while B cannot". */
function exceptions(all: readonly string[], lower: readonly string[], right: Right): Order[] {
  const at = lower[right.end] === ',' ? right.end + 1 : right.end;
  if (!/^(?:while|but|whereas)$/.test(lower[at] ?? '')) return [];
  const end = lower.findIndex((word, index) => index > at && (word === 'cannot' || word === 'must'));
  if (end < 0 || !/^(?:[.;,:]|not)$/.test(lower[end + 1] ?? '.')) return [];
  if (lower[end] === 'must' && lower[end + 1] !== 'not') return [];
  const left = readLeft(all, lower, end, at + 1, []);
  if (!left || left.start !== at + 1) return [];
  const mode = right.shared ? ({ innerMode: 'shared' } as const) : {};
  return left.locks.flatMap((outer) => right.locks.map((inner) => ({ outer, inner, ...mode })));
}

function lockAt(word: string): string | undefined {
  const name = readLockName(word);
  // A path of fields is enough here: what it leads to is a lock or resolves to none.
  return name && (name.certain || name.name.includes('->')) ? name.name : undefined;
}
