import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first of the files that is there, beside the bundle or above it; undefined if none is. */
export function findBeside(names: readonly string[]): string | undefined {
  for (const folder of foldersAbove(ownFolder())) {
    for (const name of names) {
      const file = path.join(folder, name);
      if (existsSync(file)) return file;
    }
  }
  return undefined;
}

/** The bundle is CommonJS and has `__dirname`; the source, run as it is, is an ES module. */
export function ownFolder(): string {
  return typeof __dirname === 'string' ? __dirname : path.dirname(fileURLToPath(import.meta.url));
}

function foldersAbove(start: string): string[] {
  const parent = path.dirname(start);
  return parent === start ? [start] : [start, ...foldersAbove(parent)];
}
