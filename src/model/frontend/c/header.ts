import { attributes, attributesWithArguments } from './attributes.ts';
import type { Draft } from './draft.ts';
import { typeWords } from './type-arguments.ts';

/**
 * Gives the head of a top-level item the form C knows: unknown attributes go, SYSCALL_DEFINE becomes a function's header.
 * Returns the token of the function's `{`, or -1 where the item is no function.
 */
export function rewriteHeader(draft: Draft): number {
  const groups: number[] = [];
  for (let i = 0; i < draft.count; i++) {
    const text = draft.word(i);
    const close = draft.partner[i]!;
    if (text === '(') {
      if (!attributesWithArguments.has(draft.word(i - 1))) groups.push(i);
      if (close < 0) return -1;
      i = close;
    } else if (text === '[' && close > i) i = close;
    else if (text === '=' || (text === ';' && !isOldStyle(draft, groups))) {
      if (groups.length === 1) definition(draft, groups[0]!);
      return -1;
    } else if (text === '{') {
      if (groups.length > 0) return draft.word(0) === 'typedef' ? -1 : functionHeader(draft, groups, i);
      // The members of an aggregate.
      if (close < 0) return -1;
      i = close;
    }
  }
  return -1;
}

function functionHeader(draft: Draft, groups: readonly number[], body: number): number {
  const open = groups.find((g) => !isTypeAhead(draft, draft.partner[g]! + 1)) ?? groups[0]!;
  // Attributes with parentheses that this table does not know.
  for (const other of groups) if (other < open) draft.blank(other - 1, draft.partner[other]! + 1);
  macroHeader(draft, open, body);
  headerWords(draft, open);
  return body;
}

function isTypeAhead(draft: Draft, i: number): boolean {
  const text = draft.word(i);
  return draft.isWord(i) && !attributes.has(text) && !/^__/.test(text);
}

/** `f(a, b) int a; long b; {`: parameters declared behind the parentheses. */
function isOldStyle(draft: Draft, groups: readonly number[]): boolean {
  const open = groups[0];
  if (groups.length !== 1 || open === undefined || !isTypeAhead(draft, draft.partner[open]! + 1)) return false;
  for (let i = open + 1; i < draft.partner[open]!; i++) if (!draft.isWord(i) && draft.word(i) !== ',') return false;
  return true;
}

/** `DEFINE_PER_CPU(struct s, name) = …` becomes `struct s name = …`. */
function definition(draft: Draft, open: number): void {
  if (!/^(DEFINE|DECLARE)_/.test(draft.word(open - 1))) return;
  const close = draft.partner[open]!;
  const commas: number[] = [];
  for (let i = open + 1; i < close; i++) if (draft.word(i) === ',') commas.push(i);
  if (commas.length === 0) return;
  draft.blank(open - 1, open + 1);
  for (const comma of commas) draft.blank(comma, comma + 1);
  draft.blank(close, close + 1);
}

/** Words in front of a function's type that are no part of it are attributes this table does not know. */
function headerWords(draft: Draft, open: number): void {
  const others: number[] = [];
  let typed = false;
  for (let i = 0; i < open - 1; i++) {
    const text = draft.word(i);
    if ((text === '{' || text === '(') && draft.partner[i]! > i) i = draft.partner[i]!;
    else if (/^(struct|union|enum)$/.test(text)) {
      typed = true;
      i++;
    } else if (typeWords.has(text) && text !== 'const') typed = true;
    else if (draft.isWord(i) && !attributes.has(text) && !/^(static|inline|extern|const)$/.test(text)) others.push(i);
  }
  if (!typed) others.pop();
  for (const i of others) draft.blank(i, i + 1);
}

/** A macro stands where the name should: SYSCALL_DEFINE2(name, type, a, type, b), or one of a driver's own. */
function macroHeader(draft: Draft, open: number, body: number): void {
  const name = draft.word(open - 1);
  const close = draft.partner[open]!;
  if (/SYSCALL_DEFINE\d$/.test(name)) systemCall(draft, open, close);
  else if (open - 1 === (draft.word(0) === 'static' ? 1 : 0)) {
    const header = 'void f()';
    const start = draft.start(open - 1);
    draft.blank(open - 1, body);
    if (draft.end(close) - start >= header.length) draft.putAt(start, header);
  }
}

function systemCall(draft: Draft, open: number, close: number): void {
  draft.blank(0, open + 1);
  draft.putAt(draft.start(0), 'long');
  const comma = open + 2;
  if (draft.word(comma) !== ',') {
    draft.putAt(draft.end(open + 1), '()');
    return;
  }
  draft.put(comma, '(');
  let isTypeBefore = true;
  for (let i = comma + 1; i < close; i++) {
    if (draft.word(i) !== ',') continue;
    if (isTypeBefore) draft.blank(i, i + 1);
    isTypeBefore = !isTypeBefore;
  }
}
