import { folderOf, joinPath, type Tree } from '../../source/tree.ts';
import type { Problem } from '../../source/location.ts';
import { LineIndex } from '../../source/text.ts';
import { scanFile, type Item, type ScannedFile } from './scan.ts';

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

/** Where a name is defined. */
export interface Definition {
  readonly file: SourceFile;
  readonly item: Item;
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

export function architectureOf(path: string): string | undefined {
  return /^arch\/([^/]+)\//.exec(path)?.[1];
}

type Table = Map<string, Definition[]>;

/**
 * What is analyzed together: C files of one architecture (and of none), with every header they include. Names mean here
 * what they mean to that architecture's compiler.
 */
export class Unit {
  readonly files = new Map<string, SourceFile>();
  private readonly tables: Record<Item['kind'], Table> = {
    function: new Map(),
    prototype: new Map(),
    struct: new Map(),
    typedef: new Map(),
    variable: new Map(),
    macro: new Map(),
    'macro-call': new Map(),
  };

  private readonly defined: Table = new Map();

  constructor(
    readonly architecture: string | undefined,
    readonly sources: readonly string[],
    private readonly cache: FileCache,
    cancelled?: () => void,
  ) {
    const queue = [...sources];
    const seen = new Set(queue);
    const folders = [...new Set(sources.map(folderOf))];
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      cancelled?.();
      const file = cache.get(path);
      if (!file) continue;
      this.add(file);
      for (const include of file.scanned.includes) {
        const found = this.resolve(path, include.path, include.system, folders);
        if (found === undefined || seen.has(found)) continue;
        seen.add(found);
        queue.push(found);
      }
    }
  }

  lookup(kind: Item['kind'], name: string): readonly Definition[] {
    return this.tables[kind].get(name) ?? [];
  }

  /** Macro calls at the top level that define this name: DEFINE_MUTEX(name). */
  definedByMacro(name: string): readonly Definition[] {
    return this.defined.get(name) ?? [];
  }

  /** Definitions of a function as a file sees them: its own, then its architecture's, then any other it may link with. */
  functions(name: string, from: string): readonly Definition[] {
    const found = this.lookup('function', name);
    if (found.length < 2 && (found.length === 0 || this.visible(found[0]!, from))) return found;
    const own = found.filter((d) => d.file.path === from);
    if (own.length > 0) return own;
    const visible = found.filter((d) => this.visible(d, from));
    const architecture = visible.filter((d) => architectureOf(d.file.path) !== undefined);
    return architecture.length > 0 ? architecture : visible;
  }

  /** Takes a file's new text; answers whether only function bodies can have changed. */
  replace(file: SourceFile): boolean {
    const old = this.files.get(file.path);
    if (!old) return false;
    const outline = (scanned: ScannedFile): string =>
      scanned.items
        .filter((item) => item.kind !== 'function')
        .map((item) => scanned.text.slice(item.start, item.end))
        .join('\n');
    const same = outline(old.scanned) === outline(file.scanned) && JSON.stringify(old.scanned.includes) === JSON.stringify(file.scanned.includes);
    for (const item of old.scanned.items) {
      remove(this.tables[item.kind].get(item.name), item);
      if (item.defines !== undefined) remove(this.defined.get(item.defines), item);
    }
    this.add(file);
    return same;
  }

  private visible(definition: Definition, from: string): boolean {
    return !definition.item.isStatic || definition.file.path === from || !definition.file.path.endsWith('.c');
  }

  private add(file: SourceFile): void {
    this.files.set(file.path, file);
    for (const item of file.scanned.items) {
      const definition = { file, item };
      insert(this.tables[item.kind], item.name, definition);
      if (item.defines !== undefined) insert(this.defined, item.defines, definition);
    }
  }

  private resolve(from: string, path: string, system: boolean, folders: readonly string[]): string | undefined {
    const arch = this.architecture;
    const bases = system ? [] : [folderOf(from)];
    if (arch !== undefined) bases.push(`arch/${arch}/include`, `arch/${arch}/include/uapi`);
    bases.push('include', 'include/uapi');
    if (path.startsWith('asm/')) bases.push('include/asm-generic');
    if (!system) bases.push(...folders);
    for (const base of bases) {
      const candidate = joinPath(base, base === 'include/asm-generic' ? path.slice(4) : path);
      if (candidate !== undefined && this.cache.exists(candidate)) return candidate;
    }
    return undefined;
  }
}

function insert(table: Table, name: string, definition: Definition): void {
  const list = table.get(name);
  if (list) list.push(definition);
  else table.set(name, [definition]);
}

function remove(list: Definition[] | undefined, item: Item): void {
  const at = list?.findIndex((d) => d.item === item) ?? -1;
  if (at >= 0) list!.splice(at, 1);
}
