import { skipComment, skipQuoted } from './characters.ts';

/** The code of a C file: its text with a newline for comments and white space that have a line's end outside of comments, else with a blank. */
export function foldedCode(text: string): string {
  let code = '';
  let gap: '' | ' ' | '\n' = '';
  const add = (piece: string): void => {
    if (piece === '') return;
    code += gap + piece;
    gap = '';
  };
  const other = /\/[*/]|["']|\s+/g;
  for (let at = 0; at < text.length; at = other.lastIndex) {
    other.lastIndex = at;
    const found = other.exec(text);
    add(text.slice(at, found?.index));
    if (!found) break;
    const [mark] = found;
    if (mark === '"' || mark === "'") {
      other.lastIndex = skipQuoted(text, found.index);
      add(text.slice(found.index, other.lastIndex));
    } else {
      if (mark.startsWith('/')) other.lastIndex = skipComment(text, found.index);
      if (mark.includes('\n')) gap = '\n';
      else if (gap === '') gap = ' ';
    }
  }
  return code;
}
