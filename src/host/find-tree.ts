import { statSync } from 'node:fs';
import path from 'node:path';

/** The nearest folder at or above a path that has MAINTAINERS: the root of a kernel tree. */
export function findTree(from: string): string | undefined {
  const start = path.resolve(from);
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (isFile(path.join(folder, 'MAINTAINERS'))) return folder;
    if (folder === path.dirname(folder)) return undefined;
  }
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
