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
  /** Reasons why files that were asked for have no text. */
  private readonly errors = new Map<string, Problem>();
  /** Files that are no C: Makefiles, Kconfigs. */
  private readonly texts = new Map<string, string | undefined>();
  private readonly folders = new Map<string, ReadonlySet<string>>();
  private readonly forgotten = { files: new Set<string>(), texts: new Set<string>(), folders: new Set<string>() };
  private changes = 0;

  /** Where set, files of the same text that it has scanned are not scanned again. */
  peer: FileCache | undefined;

  constructor(readonly tree: Tree) {}

  get(path: string): SourceFile | undefined {
    const known = this.files.get(path);
    if (this.files.has(path) && !this.forgotten.files.has(path)) return known;
    this.forgotten.files.delete(path);
    const read = this.tree.read(path);
    let file: SourceFile | undefined;
    if ('text' in read) {
      const same = [known, this.peer?.files.get(path)].find((other) => other?.text === read.text);
      file = same ?? new SourceFile(path, scanFile(read.text));
      this.errors.delete(path);
    } else this.errors.set(path, { file: path, line: 0, message: `cannot read ${path}: ${read.error}` });
    this.files.set(path, file);
    return file;
  }

  /** Why `get` gave nothing. */
  problemOf(path: string): Problem | undefined {
    return this.errors.get(path);
  }

  /** Text of a file that is no C: a Makefile, a Kconfig. Undefined if there is none. */
  textOf(path: string): string | undefined {
    if (!this.texts.has(path)) this.texts.set(path, this.readText(path));
    return this.texts.get(path);
  }

  /** Whether a folder lists a file of this name; no file is opened. */
  exists(path: string): boolean {
    const folder = folderOf(path);
    let names = this.folders.get(folder);
    if (!names) this.folders.set(folder, (names = this.filesIn(folder)));
    return names.has(path.slice(folder === '' ? 0 : folder.length + 1));
  }

  /** The next request reads these files (or all) again. */
  forget(paths?: readonly string[]): void {
    const { files, texts, folders } = this.forgotten;
    for (const path of paths ?? this.files.keys()) files.add(path);
    for (const path of paths ?? this.texts.keys()) texts.add(path);
    if (paths) for (const path of paths) folders.add(folderOf(path));
    else this.relist();
  }

  /** The next request lists every folder again. */
  relist(): void {
    for (const folder of this.folders.keys()) this.forgotten.folders.add(folder);
  }

  /**
   * Reads again what was forgotten of folders, Makefiles and Kconfigs. The number it gives is another one when any of them
   * changed: which files there are, and under which names, may then be another matter.
   */
  revision(): number {
    const { texts, folders } = this.forgotten;
    for (const folder of folders) {
      const known = this.folders.get(folder);
      const names = known && this.filesIn(folder);
      if (!names || (names.size === known.size && [...names].every((name) => known.has(name)))) continue;
      this.folders.set(folder, names);
      this.changes++;
    }
    folders.clear();
    for (const path of texts) {
      if (!this.texts.has(path)) continue;
      const text = this.readText(path);
      if (text === this.texts.get(path)) continue;
      this.texts.set(path, text);
      this.changes++;
    }
    texts.clear();
    return this.changes;
  }

  private filesIn(folder: string): ReadonlySet<string> {
    return new Set((this.tree.list(folder) ?? []).filter((entry) => entry.kind === 'file').map((entry) => entry.name));
  }

  private readText(path: string): string | undefined {
    if (!this.exists(path)) return undefined;
    const read = this.tree.read(path);
    return 'text' in read ? read.text : undefined;
  }
}
