// Names and messages come from the source under review: whatever they contain, they are text in a diagram.

/** What cannot be seen, reorders a line, or is half a character; and what Mermaid would take for one of its own entities. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\u034f\u115f\u1160\u3164\uffa0]|ﬂ(?=°)|¶(?=ß)/gu;

/** What Mermaid reads as its own: comments, entities, directives, formulas, tags, ends of statements. */
const inSequence = /[#;<%$`\\]/g;
/** Labels of flowcharts are HTML made of Markdown, in double quotes. */
const inFlowchart = /[^\p{L}\p{M}\p{N} _.,()[\]-]/gu;
/** A list in Markdown. */
const marker = /^(\d+)?[.)-]/u;
/** Before a colon these would change what Mermaid reads, even in a label. */
const beforeColon = /style|classDef|wrap/i;

/** On one line, and with escapes for what is not to be seen; so that there is something to see at all, `?` for nothing. */
export function visible(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(unseen, escapeCharacter) || '?';
}

/** At most so many characters. */
export function cut(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

/** Lines of at most so many characters, broken at spaces but not around ` = `, or within a name after what joins its parts. */
export function wrap(text: string, width: number, measure: (text: string) => number = length): string[] {
  const lines: string[] = [];
  let line = '';
  const words = text.split(/(?<! =) (?!= )/).flatMap((word) => (measure(word) <= width ? word : word.split(' ')));
  for (const word of words) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (measure(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const parts = breakWord(word, width, measure);
    line = parts.pop()!;
    lines.push(...parts);
  }
  return [...lines, line];
}

/** Text of a message, note, participant or box of a sequence diagram. The lines have been made visible. */
export function sequenceLabel(lines: readonly string[]): string {
  const hasColons = lines.some((line) => beforeColon.test(line));
  return lines.map((line) => line.replace(inSequence, entity).replace(/:/g, (colon) => (hasColons ? entity(colon) : colon))).join('<br/>');
}

/** The name of a box stands behind its colour, which ends at the last parenthesis. */
export function boxLabel(text: string): string {
  return sequenceLabel([text]).replace(/[()]/g, entity);
}

/** Text of a node or an edge of a flowchart, with its quotes. */
export function flowchartLabel(lines: readonly string[]): string {
  const texts = lines.map((line) => line.replace(inFlowchart, entity).replace(marker, (list) => list.replace(/[.)-]/, entity)));
  return `"${texts.join('<br/>')}"`;
}

function breakWord(word: string, width: number, measure: (text: string) => number): string[] {
  const parts: string[] = [];
  let part = '';
  for (const character of word) {
    if (part !== '' && measure(part + character) > width) {
      const joint = jointOf(part, width);
      parts.push(part.slice(0, joint));
      part = part.slice(joint);
    }
    part += character;
  }
  return [...parts, part];
}

/** After the last `_`, `.`, `>` or `]` of the second half of a part, else its end. */
function jointOf(part: string, width: number): number {
  for (let i = part.length; i > width / 2; i--) if (/[_.>\]/]/.test(part[i - 1]!)) return i;
  return part.length;
}

function length(text: string): number {
  return Array.from(text).length;
}

function entity(character: string): string {
  return `#${character.codePointAt(0)!};`;
}

function escapeCharacter(character: string): string {
  const digits = character.codePointAt(0)!.toString(16);
  return digits.length > 4 ? `\\u{${digits}}` : digits.length > 2 ? `\\u${digits.padStart(4, '0')}` : `\\x${digits.padStart(2, '0')}`;
}
