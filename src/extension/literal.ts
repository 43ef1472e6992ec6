/**
 * Text from the workspace (names of files, words of documents) for places where VS Code reads markup: a notification makes a
 * link of `[words](command:…)`, a label an icon of `$(name)`. Neither is left as it was, nor what could reorder the line.
 */
export function literal(text: string): string {
  const visible = text.replace(
    /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  // A space without width between the two characters that make the markup.
  return visible.replace(/[\]$](?=\()/g, '$&\u200b');
}
