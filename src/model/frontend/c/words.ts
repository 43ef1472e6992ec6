/** Arguments of a call as written, from behind its opening parenthesis. */
export function argumentsFrom(text: string): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    const closes = c === ')' || c === ']' || c === '}';
    if ((c === ',' && depth === 0) || (closes && depth === 0)) found.push(text.slice(from, at).trim());
    if (closes && depth === 0) break;
    if (c === ',' && depth === 0) from = at + 1;
    if (c === '(' || c === '[' || c === '{') depth++;
    if (closes) depth--;
  }
  return found.filter((argument) => argument !== '');
}
