import type { Draft } from './draft.ts';

/** Which branches are read where `#if` cuts through a statement: those for conditions that hold, or the others. */
export type Reading = 'met' | 'unmet';

interface Group {
  /** The directives of the group: `#if`, `#elif`…, `#else`. */
  readonly marks: number[];
  /** Brackets open in front of it. */
  readonly outside: number;
  /** Brackets open where its first branch ends. */
  inside: number | undefined;
  /** Fewest brackets open in the present branch. */
  least: number;
  isWhole: boolean;
}

/** Groups nested deeper than any in the kernel are read with all their branches at once. */
const deepest = 64;

/**
 * `#if` groups whose branches are whole statements (or members) stay: the grammar reads them. Of a group that cuts through
 * a statement one branch is kept, and the rest is blanked; the answer tells whether there was one. Other directives go.
 */
export function settleBranches(draft: Draft, reading: Reading): boolean {
  const open: Group[] = [];
  let depth = 0;
  let isCut = false;
  for (let i = 0; i < draft.count; i++) {
    if (!draft.isDirective(i)) {
      depth += bracket(draft.word(i));
      const group = open[open.length - 1];
      if (group && depth < group.least) group.least = depth;
      continue;
    }
    const name = /^#\s*(\w+)/.exec(draft.word(i).slice(0, 40))?.[1] ?? '';
    const group = open[open.length - 1];
    if (name === 'if' || name === 'ifdef' || name === 'ifndef') {
      open.push({ marks: [i], outside: depth, inside: undefined, least: depth, isWhole: open.length < deepest });
    } else if (group && (name === 'else' || name === 'elif' || name === 'endif')) {
      endBranch(draft, group, i, depth);
      depth = name === 'endif' ? group.inside! : group.outside;
      if (name !== 'endif') continue;
      open.pop();
      const outer = open[open.length - 1];
      if (outer && group.least < outer.least) outer.least = group.least;
      if (!group.isWhole) isCut = cut(draft, group.marks, reading, open.length >= deepest) || isCut;
      else if (isNever(draft, group.marks[0]!)) cut(draft, group.marks, reading, false);
    } else draft.blank(i, i + 1);
  }
  for (const { marks } of open) for (const mark of marks) draft.blank(mark, mark + 1);
  return isCut;
}

function bracket(text: string): number {
  return text === '{' || text === '(' || text === '[' ? 1 : text === '}' || text === ')' || text === ']' ? -1 : 0;
}

function endBranch(draft: Draft, group: Group, end: number, depth: number): void {
  const mark = group.marks[group.marks.length - 1]!;
  group.marks.push(end);
  group.isWhole &&= group.least >= group.outside && depth === group.outside && areEdgesWhole(draft, mark, end);
  group.inside ??= depth;
  group.least = group.outside;
}

/** Whether a branch begins and ends where statements do. */
function areEdgesWhole(draft: Draft, from: number, to: number): boolean {
  const at = beforeDirective(draft, from);
  const before = draft.word(at);
  if (!/^[;{}:]$/.test(before)) return false;
  if (before === ':') closeLabel(draft, at);
  if (from + 1 === to) return true;
  if (draft.word(from + 1) === 'else') return false;
  let last = to - 1;
  while (last > from && draft.isDirective(last)) last--;
  if (last === from) return true;
  const end = draft.word(last);
  return (end === ';' || end === '}') && draft.word(to + 1) !== 'else';
}

/** Keeps one branch of a group, or all, and blanks the directives. Answers whether there is another way to read it. */
function cut(draft: Draft, marks: readonly number[], reading: Reading, keepAll: boolean): boolean {
  const never = isNever(draft, marks[0]!);
  const last = marks.length - 2;
  const isMet = (reading === 'met') !== isNegative(draft, marks[0]!);
  const other = last > 0 ? last : -1;
  const keep = never ? (last > 0 ? 1 : -1) : isMet ? 0 : other;
  for (let b = 0; b <= last; b++) {
    draft.blank(marks[b]!, marks[b]! + 1);
    if (b !== keep && !keepAll) draft.blank(marks[b]! + 1, marks[b + 1]!);
  }
  draft.blank(marks[last + 1]!, marks[last + 1]! + 1);
  return !never && !keepAll;
}

function isNever(draft: Draft, mark: number): boolean {
  return /^#\s*if\s+0\b/.test(draft.word(mark).slice(0, 40));
}

/** `#ifndef X` and `#if !X` go with the other side of `#ifdef X`. */
function isNegative(draft: Draft, mark: number): boolean {
  return /^#\s*(ifndef\b|if\s*!)/.test(draft.word(mark).slice(0, 40));
}

/** The grammar wants a statement after a label, which a directive is not. */
function closeLabel(draft: Draft, colon: number): void {
  if (draft.isWord(colon - 1) && /^[;{}]$/.test(draft.word(colon - 2))) draft.putAt(draft.end(colon), ';');
}

function beforeDirective(draft: Draft, i: number): number {
  let j = i - 1;
  while (j >= 0 && draft.isDirective(j)) j--;
  return j;
}
