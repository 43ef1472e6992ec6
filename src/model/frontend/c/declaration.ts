import { attributes } from './attributes.ts';
import type { Item } from './scan.ts';

/** Parentheses at the top level, with the word in front of them. */
export interface Group {
  readonly word: string;
  readonly start: number;
  end: number;
  /** A word that is no attribute follows: what stands in front is no function's name. */
  isFollowed: boolean;
}

/** What was read of an item that has not ended yet. */
export interface Pending {
  start: number;
  /** Words outside parentheses and braces, attributes left out, up to the first `=`, `,` or `{`. */
  words: string[];
  groups: Group[];
  /** Offset of its first `{`, -1 before there is one. */
  body: number;
  /** Offset of parentheses behind an aggregate's body, -1 without. */
  parametersAt: number;
  /** Its first brace opens an initializer. */
  isInitializer: boolean;
  isAssigned: boolean;
  /** What a declarator in parentheses names: `(*name)(…)`. */
  inParentheses: string;
  /** Words of the declarator being read: of the first with its type, of others behind their comma. */
  declarator: string[];
  /** It has its `=` and reads on to the next comma. */
  isClosed: boolean;
  /** Names of the declarators that a comma ended. */
  names: string[];
  last: string;
  lastEnd: number;
}

export type Described = Pick<Item, 'kind' | 'name' | 'body'> & Partial<Pick<Item, 'defines'>>;

/** No declaration has more words than this; what has is no C. */
const mostWords = 256;

export function newPending(start: number): Pending {
  return {
    start,
    words: [],
    groups: [],
    body: -1,
    parametersAt: -1,
    isInitializer: false,
    isAssigned: false,
    inParentheses: '',
    declarator: [],
    isClosed: false,
    names: [],
    last: '',
    lastEnd: start,
  };
}

export function copyPending(p: Pending): Pending {
  return { ...p, words: [...p.words], groups: p.groups.map((g) => ({ ...g })), declarator: [...p.declarator], names: [...p.names] };
}

/** A word at the top level. */
export function addWord(p: Pending, word: string): void {
  p.last = word;
  if (attributes.has(word) || p.isClosed) return;
  const group = p.groups[p.groups.length - 1];
  if (group && p.body < 0) group.isFollowed = true;
  if (p.body < 0 && p.names.length === 0 && p.words.length < mostWords) p.words.push(word);
  if (p.declarator.length < mostWords) p.declarator.push(word);
}

/** A comma, or the end: the next word begins another declarator. */
export function endDeclarator(p: Pending): void {
  const name = p.inParentheses !== '' ? p.inParentheses : nameOf(p.declarator, p.names.length === 0 && !isAggregate(p));
  if (name !== '' && p.names.length < mostWords) p.names.push(name);
  p.declarator = [];
  p.inParentheses = '';
  p.isClosed = false;
}

export function isFunction(p: Pending): boolean {
  return !p.isAssigned && p.groups.length > 0 && p.words[0] !== 'typedef' && p.inParentheses === '';
}

/** `struct tag { … }`, with or without names behind it. */
export function isAggregate(p: Pending): boolean {
  return p.body >= 0 && !p.isInitializer && !isFunction(p) && tagAt(p) >= 0;
}

/** `struct s { … } f(void) {`: what opens now is the body of a function. */
export function returnsAggregate(p: Pending): boolean {
  return isAggregate(p) && p.last === ')' && p.parametersAt >= 0 && p.declarator.length > 0;
}

export function beginFunction(p: Pending, body: number): void {
  p.groups = [{ word: p.declarator[p.declarator.length - 1]!, start: p.parametersAt, end: p.lastEnd, isFollowed: false }];
  p.body = body;
}

/** `EXPORT_SYMBOL(x)` or `MACRO`: one word, with or without parentheses, which may need no `;`. */
export function isLone(p: Pending): boolean {
  if (p.words.length !== 1 || p.body >= 0) return false;
  return p.groups.length === 0 ? /^[A-Z][A-Z0-9_]+$/.test(p.last) : p.groups.length === 1 && p.last === ')';
}

/** What an item that has ended declares or defines. */
export function describe(p: Pending, text: string): readonly Described[] {
  if (p.words.length === 0) return [];
  const { body } = p;
  const tag = tagOf(p);
  if (p.words[0] === 'typedef') {
    if (p.names.length === 0 && p.groups.length > 0 && p.inParentheses === '')
      return [{ kind: 'typedef', name: functionName(p, text), body }];
    endDeclarator(p);
    const names: Described[] = p.names.map((name) => ({ kind: 'typedef', name, body }));
    return tag === '' || !isAggregate(p) ? names : [...names, { kind: 'struct', name: tag, body }];
  }
  if (isFunction(p) && body >= 0) return [{ kind: 'function', name: functionName(p, text), body }];
  if (isAggregate(p)) {
    endDeclarator(p);
    const variables = p.names.map((name): Described => ({ kind: 'variable', name, body }));
    return tag === '' ? variables : [{ kind: 'struct', name: tag, body }, ...variables];
  }
  if (!isFunction(p)) return variables(p, text);
  return [isMacroCall(p) ? macroCall(p.groups[0]!, text) : { kind: 'prototype', name: functionName(p, text), body }];
}

function variables(p: Pending, text: string): readonly Described[] {
  const macro = p.groups[0];
  // DEFINE_PER_CPU(type, name) = …
  if (p.isAssigned && macro && p.names.length === 0 && p.inParentheses === '' && p.words[p.words.length - 1] === macro.word) {
    const name = lastWord(text.slice(macro.start + 1, macro.end - 1).replace(/\[.*$/s, ''));
    return name === '' ? [] : [{ kind: 'variable', name, body: p.body }];
  }
  if (p.words.length < 2 && p.inParentheses === '') return [];
  endDeclarator(p);
  return p.names.map((name) => ({ kind: 'variable', name, body: p.body }));
}

/** No type stands in front of the name. */
function isMacroCall(p: Pending): boolean {
  const name = p.words[p.words.length - 1]!;
  const isCapital = /^[A-Z][A-Z0-9_]+$/.test(name);
  return (
    name === p.groups[0]!.word && p.words.slice(0, -1).every((w) => w === 'static' || w === 'extern' || (isCapital && w.startsWith('__')))
  );
}

function macroCall(macro: Group, text: string): Described {
  const args = /^(DEFINE|DECLARE)_/.test(macro.word) ? text.slice(macro.start + 1, macro.end - 1).split(',', 2) : [];
  const defines = (macro.word.includes('PER_CPU') ? args[1] : args[0])?.trim();
  return { kind: 'macro-call', name: macro.word, body: macro.start, ...(defines && { defines }) };
}

/** A name follows the type; unknown attributes may stand on either side of it. */
function nameOf(words: readonly string[], isTyped: boolean): string {
  const rest = isTyped ? words.slice(typeLength(words)) : words;
  return rest.find((w) => !/^_{2,4}[a-z]/.test(w)) ?? rest[0] ?? '';
}

const storage = new Set([
  'static',
  'extern',
  'const',
  'volatile',
  'register',
  'inline',
  'typedef',
  '__inline',
  '__inline__',
  '_Thread_local',
]);
const arithmetic = new Set(['unsigned', 'signed', 'long', 'short', 'int', 'char', 'double', 'float', '_Bool']);

/** How many words a declaration's type takes, with `static` and its like. */
export function typeLength(words: readonly string[]): number {
  let i = 0;
  let typed = false;
  for (; i < words.length; i++) {
    const word = words[i]!;
    if (storage.has(word)) continue;
    if (arithmetic.has(word)) typed = true;
    else if (typed) return i;
    else if (isTagWord(word)) {
      typed = true;
      i++;
    } else typed = true;
  }
  return i;
}

function isTagWord(word: string): boolean {
  return word === 'struct' || word === 'union' || word === 'enum';
}

function tagAt(p: Pending): number {
  return p.words.findIndex(isTagWord);
}

/** Name of the aggregate that is defined here. */
function tagOf(p: Pending): string {
  const at = tagAt(p);
  return at < 0 ? '' : (p.words[at + 1] ?? '');
}

function functionName(p: Pending, text: string): string {
  const named = p.groups.filter((g) => g.word !== '');
  const group = named.find((g) => !g.isFollowed) ?? named[0];
  if (!group) return '';
  const name = group.word;
  // A name that a macro puts together, `FNAME(fetch)(…)`, stays as written.
  const next = p.groups[p.groups.indexOf(group) + 1];
  if (next?.word === '' && /^[A-Z][A-Z0-9_]+$/.test(name)) return name + text.slice(group.start, group.end).replace(/\s+/g, '');
  // `struct s *NAME(…)` is a function of that name; a macro that defines one stands alone.
  if (!/^[A-Z][A-Z0-9_]+$/.test(name) || p.words.some((w) => w !== name && w !== 'static' && !w.startsWith('__'))) return name;
  const first = /^\(\s*(\w+)/.exec(text.slice(group.start, group.start + 200))?.[1] ?? name;
  if (!/^(COMPAT_)?SYSCALL_DEFINE\d$/.test(name)) return first;
  return (name.startsWith('COMPAT') ? 'compat_sys_' : 'sys_') + first;
}

function lastWord(source: string): string {
  let end = source.length;
  while (end > 0 && !/\w/.test(source[end - 1]!)) end--;
  let start = end;
  while (start > 0 && /\w/.test(source[start - 1]!)) start--;
  return source.slice(start, end);
}
