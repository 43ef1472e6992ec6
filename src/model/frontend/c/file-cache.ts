import type { Problem } from '../../source/location.ts';
import { LineIndex } from '../../source/text.ts';
import { folderOf, type Tree } from '../../source/tree.ts';
import { scanFile, type ScannedFile } from './scan.ts';

/** A file as scanned; its lines are indexed when somebody asks for one. */
export class SourceFile {
  private index: LineIndex | undefined;

  constructor(
    readonly path: string,
    readonly scanned: ScannedFile,
  ) {}

  get text(): string {
    return this.scanned.text;
  }

  get lines(): LineIndex {
    return (this.index ??= new LineIndex(this.text));
  }
}

/** Files of one tree, each read and scanned once until it is forgotten. */
export class FileCache {
  private readonly files = new Map<string, SourceFile | undefined>();
  private readonly folders = new Map<string, ReadonlySet<string>>();
  readonly problems = new Map<string, Problem>();

  constructor(readonly tree: Tree) {}

  get(path: string): SourceFile | undefined {
    if (this.files.has(path)) return this.files.get(path);
    const read = this.tree.read(path);
    let file: SourceFile | undefined;
    if ('text' in read) {
      file = new SourceFile(path, scanFile(read.text));
      this.problems.delete(path);
    } else this.problems.set(path, { file: path, line: 0, message: `cannot read ${path}: ${read.error}` });
    this.files.set(path, file);
    return file;
  }

  /** Text of a file that is no C: a Makefile, a Kconfig. Undefined if there is none. */
  textOf(path: string): string | undefined {
    if (!this.exists(path)) return undefined;
    const read = this.tree.read(path);
    return 'text' in read ? read.text : undefined;
  }

  /** Whether a folder lists a file of this name; no file is opened. */
  exists(path: string): boolean {
    const folder = folderOf(path);
    let names = this.folders.get(folder);
    if (!names) {
      names = new Set((this.tree.list(folder) ?? []).filter((entry) => entry.kind === 'file').map((entry) => entry.name));
      this.folders.set(folder, names);
    }
    return names.has(path.slice(folder === '' ? 0 : folder.length + 1));
  }

  /** The next request reads these files (or all) again. */
  forget(paths?: readonly string[]): void {
    if (!paths) {
      this.files.clear();
      this.problems.clear();
    }
    for (const path of paths ?? []) this.files.delete(path);
    this.folders.clear();
  }
}
