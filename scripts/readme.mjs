// The README as the editor's page of the extension shows it: that page loads images from https or from the text itself, and follows no
// link to a file. Pictures go into the text; a link to a file of the repository becomes its words.
/**
 * @param {string} text the README of the repository
 * @param {(file: string) => Buffer} read a file that it names
 */
export function packedReadme(text, read) {
  const isFile = (target) => !/^(?:https?:|#)/.test(target);
  return text
    .replaceAll(
      /!\[([^\]]*)\]\(([^)\s]+\.png)\)/g,
      (_, words, file) => `![${words}](data:image/png;base64,${read(file).toString('base64')})`,
    )
    .replaceAll(/(?<!!)\[([^\]]+)\]\(([^)\s]+)\)/g, (link, words, target) => (isFile(target) ? words : link))
    .replace(/^# .+\n/, '$&\nFiles and folders that this page names are in the repository of the extension.\n');
}
