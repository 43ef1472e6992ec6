import type { FileCache } from './frontend/c/file-cache.ts';
import type { Definition } from './path/lock-path.ts';
import type { Tree } from './source/tree.ts';

/** Functions of this name that C files define, by file and line. Only files with the name in them are scanned. */
export function definitionsIn(
  sources: readonly string[],
  name: string,
  { tree, cache, step }: { tree: Tree; cache: FileCache; step: (done: number) => void },
): readonly Definition[] {
  return sources.flatMap((path, i) => {
    step(i);
    const read = tree.read(path);
    if (!('text' in read) || !read.text.includes(name)) return [];
    const file = cache.get(path);
    const items = file?.scanned.items.filter((item) => item.kind === 'function' && item.name === name) ?? [];
    return items.map((item) => ({ function: name, file: path, line: file!.lines.line(item.start) }));
  });
}

/** Names of the functions that C files define. */
export function namesIn(sources: readonly string[], cache: FileCache): readonly string[] {
  return sources.flatMap((path) => cache.get(path)?.scanned.items.flatMap((item) => (item.kind === 'function' ? [item.name] : [])) ?? []);
}
