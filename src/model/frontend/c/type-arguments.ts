import { attributes } from './attributes.ts';
import type { Draft } from './draft.ts';

export const typeWords: ReadonlySet<string> = new Set(
  'unsigned signed int long char short void float double const volatile _Bool bool struct union enum'.split(' '),
);

/** `f(struct x *, min)`: inside a call's parentheses a type becomes a name. */
export function rewriteTypeArguments(draft: Draft, open: number, close: number): void {
  let first = open + 1;
  for (let i = first; i <= close; i++) {
    const text = draft.word(i);
    if (text === '(' || text === '{' || text === '[') {
      if (draft.partner[i]! > i) i = draft.partner[i]!;
    } else if (text === ',' || i === close) {
      typeArgument(draft, first, i);
      first = i + 1;
    }
  }
}

/** Operands of inline assembly behind a macro: `: "m"(x)` or an empty argument. */
export function isAssemblyLike(draft: Draft, open: number, close: number): boolean {
  let questions = 0;
  for (let i = open + 1; i < close; i++) {
    const text = draft.word(i);
    if (text === '(' || text === '{' || text === '[') i = Math.max(i, draft.partner[i]!);
    else if (text === '?') questions++;
    else if (text === ':' && questions-- === 0) return true;
    else if (text === ',' && /^[,:]$/.test(draft.word(i + 1))) return true;
  }
  return false;
}

function typeArgument(draft: Draft, first: number, end: number): void {
  if (first >= end || !draft.isWord(first)) return;
  let words = 0;
  let types = 0;
  let stars = 0;
  for (let i = first; i < end; i++) {
    const text = draft.word(i);
    if (text === '*' && i > first) stars++;
    else if (draft.isWord(i) && stars === 0) {
      words++;
      if (isTypeWord(text)) types++;
    } else return;
  }
  const isPointer = stars > 0 && draft.word(end - 1) === '*';
  if (types === 0 && !isPointer) return;
  if (words === 1 && stars === 0 && draft.word(first) === 'void') return;
  if (words - types > 1) return;
  let name = -1;
  for (let i = first; i < end; i++) if (draft.isWord(i) && !isTypeWord(draft.word(i))) name = i;
  // Parameters with a name are declarations: `int y` has one type word and one name, and no `*` at its end.
  if (name === end - 1 && name > first && !/^(struct|union|enum)$/.test(draft.word(name - 1))) return;
  for (let i = first; i < end; i++) if (i !== name) draft.blank(i, i + 1);
  if (name < 0) draft.put(first, '_'.repeat(Math.min(draft.word(first).length, 3)));
}

function isTypeWord(text: string): boolean {
  return typeWords.has(text) || attributes.has(text);
}
