import { plainLine } from '../model/report/plain.ts';

/** How a hover is written: as Markdown, or as plain text for clients that show no other. */
export interface Writer {
  readonly kind: 'markdown' | 'plaintext';
  /** Text from the source under review: nothing in it may become markup. */
  text(text: string): string;
  code(text: string): string;
  strong(text: string): string;
  link(label: string, uri: string, line: number): string;
}

export const markdown: Writer = {
  kind: 'markdown',
  text: escapeMarkdown,
  code: codeSpan,
  strong: (text) => `**${text}**`,
  // A URI from `pathToFileURL` leaves parentheses as they are; in a link they would end it.
  link: (label, uri, line) => `[${escapeMarkdown(label)}](${uri.replace(/[()]/g, (c) => (c === '(' ? '%28' : '%29'))}#L${line})`,
};

export const plainText: Writer = {
  kind: 'plaintext',
  text: plainLine,
  code: plainLine,
  strong: (text) => text,
  link: (label) => plainLine(label),
};

function escapeMarkdown(text: string): string {
  // `&` too: entities are decoded in Markdown text. `$(` would be an icon in VS Code.
  return plainLine(text).replace(/[\\`*_{}[\]()<>#+\-.!|~$&:@]/g, (c) => `\\${c}`);
}

/** A fence one longer than any run of backquotes inside keeps the text from ending the span. */
function codeSpan(text: string): string {
  const line = plainLine(text);
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}
