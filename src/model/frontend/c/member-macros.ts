import { attributes, attributesWithArguments } from './attributes.ts';
import type { Draft } from './draft.ts';

/** How many arguments stand in front of the members. */
const groups: ReadonlyMap<string, number> = new Map([
  ['struct_group', 1],
  ['struct_group_tagged', 2],
  ['struct_group_attr', 2],
  ['__struct_group', 3],
]);

/** Macros among the members of a struct; `close` is the `)` of this one. Answers whether it is one. */
export function rewriteMemberMacro(draft: Draft, i: number, close: number): boolean {
  const name = draft.word(i);
  const lead = groups.get(name);
  const isField = /^[A-Z_0-9]+$/.test(name) && startsMember(draft, i) && draft.word(afterAttributes(draft, close + 1)) === ';';
  if (lead !== undefined) memberGroup(draft, i, close, lead);
  else if (isField) fieldMacro(draft, i, close);
  return lead !== undefined || isField;
}

/** A macro without parentheses on a line of its own: `randomized_struct_fields_start`. */
export function isLoneMember(draft: Draft, i: number): boolean {
  return (
    startsMember(draft, i) &&
    draft.endsLine(i) &&
    draft.isWord(i + 1) &&
    (draft.isWord(i + 2) || draft.word(i + 2) === '*') &&
    !/^(struct|union|enum|const|unsigned|signed|long)$/.test(draft.word(i))
  );
}

/** `struct_group(name, a; b;);` becomes `struct { a; b;};`: its members are the struct's own. */
function memberGroup(draft: Draft, i: number, close: number, lead: number): void {
  let first = i + 2;
  for (let commas = 0; first < close && commas < lead; first++) if (draft.word(first) === ',') commas++;
  draft.put(i, 'struct');
  draft.put(i + 1, '{');
  draft.blank(i + 2, first);
  draft.put(close, '}');
}

/** DECLARE_BITMAP(name, n); in a struct becomes `int name ;`. */
function fieldMacro(draft: Draft, i: number, close: number): void {
  const first = i + 2;
  if (!draft.isWord(first)) {
    draft.blank(i, close + 1);
    return;
  }
  let name = first;
  if (!/^[,)[]$/.test(draft.word(first + 1))) {
    while (name + 1 < close && draft.word(name + 1) !== ')') name++;
  }
  draft.blank(i, name);
  draft.put(i, 'int');
  draft.blank(name + 1, close + 1);
}

function startsMember(draft: Draft, i: number): boolean {
  return /^[{};]$/.test(draft.word(i - 1)) || draft.isDirective(i - 1);
}

function afterAttributes(draft: Draft, from: number): number {
  let i = from;
  while (attributes.has(draft.word(i))) {
    const close = attributesWithArguments.has(draft.word(i)) && draft.word(i + 1) === '(' ? draft.partner[i + 1]! : -1;
    i = (close > i ? close : i) + 1;
  }
  return i;
}
