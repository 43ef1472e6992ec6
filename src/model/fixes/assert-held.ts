import { codeOf } from '../source/characters.ts';
import type { Location } from '../source/location.ts';
import type { Fix, FixedFile } from './fix.ts';

/** A statement behind a function's declarations, on a line of its own. Not where a directive of the preprocessor stands there. */
export function assertHeld(statement: string, title: string, firstStatement: Location, file: FixedFile): Fix | undefined {
  const { start: first } = file.rangeOf(firstStatement);
  const code = codeOf(file.text);
  // What ends before it: a declaration, or the head.
  const before = code.slice(0, first).trimEnd();
  const line = file.lines.line(before.length) + 1;
  const brace = before.lastIndexOf('\n{');
  if (line > firstStatement.line || brace < 0 || /^(?:\s*#|\})/m.test(code.slice(brace, first + 1))) return undefined;
  const text = (at: number): string => file.lines.lineText(at).trim();
  const hasDeclarations = before.slice(brace).trim() !== '{';
  // Behind the blank line that ends declarations, before a comment on what follows.
  let at = line;
  while (at < firstStatement.line && text(at) === '') at++;
  const { newline } = file;
  const lead = hasDeclarations && at === line ? newline : '';
  const isAlike = text(at).startsWith('lockdep_assert_');
  const indent = file.indentOf(firstStatement.line) || '\t';
  const start = file.lineStart(at);
  return {
    title,
    isRepair: false,
    edits: [{ range: { start, end: start }, text: `${lead}${indent}${statement}${newline}${isAlike || text(at) === '}' ? '' : newline}` }],
  };
}
