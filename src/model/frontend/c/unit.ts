import type { Condition } from '../../ir/program.ts';
import { append } from '../../source/multimap.ts';
import { architectureOf, folderOf, joinPath } from '../../source/tree.ts';
import { configurationFacts } from './conditions.ts';
import type { FileCache, SourceFile } from './file-cache.ts';
import { hostedHeaders } from './kernel-names.ts';
import { definesByMakefile, includeFolders, selectedSymbols } from './kconfig.ts';
import type { Item } from './scan.ts';

/** Where a name is defined. */
export interface Definition {
  readonly file: SourceFile;
  readonly item: Item;
}

type Table = Map<string, Definition[]>;

/** Functions that are not what they were, by name. */
export interface FunctionChanges {
  /** Those that came or went, or that others see differently: by their head, or, outside C files, by any of their text. */
  readonly heads: ReadonlySet<string>;
  /** All whose text changed. */
  readonly texts: ReadonlySet<string>;
}

const noreturn = new WeakMap<Item, boolean>();

/**
 * What is analyzed together: C files of one architecture (and of none), with every header they include. Names mean here
 * what they mean to that architecture's compiler.
 */
export class Unit {
  readonly files = new Map<string, SourceFile>();
  /** Files it should have and that could not be read. */
  readonly unread = new Set<string>();
  /** Where set, gets the names of functions that are looked up. */
  asked: Set<string> | undefined;
  private tables = emptyTables();
  private defined: Table = new Map();
  /** Conditions under which each file is included, where it always is. */
  private readonly included = new Map<string, readonly string[]>();
  /** Of headers beside C files, and of C files that are included: the files that do so, and, once asked for, those that do by way of others. */
  private readonly includers = new Map<string, Set<string>>();
  private readonly readers = new Map<string, ReadonlySet<string>>();
  /** Files that have a C library's header, whatever the configuration. */
  private readonly hosts = new Set<string>();
  private hosted: ReadonlySet<string> | 'all' | undefined;
  /** Whether nothing defines a name, by name and folder. */
  private readonly nowhere = new Map<string, boolean>();
  private readonly selected: ReadonlySet<string>;

  constructor(
    readonly architecture: string | undefined,
    readonly sources: readonly string[],
    private readonly cache: FileCache,
    /** Told how many files are read of those known so far. */
    step?: (done: number, total: number) => void,
  ) {
    const queue = [...sources];
    const always = new Map<string, string[]>();
    for (const path of sources) this.included.set(path, []);
    const folders = [...new Set([...sources.map(folderOf), ...includeFolders(sources, cache)])];
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      step?.(this.files.size, this.included.size);
      const file = cache.get(path);
      if (!file) {
        this.unread.add(path);
        continue;
      }
      if (!this.files.has(path)) this.add(file);
      const own = this.included.get(path)!;
      for (const include of file.scanned.includes) {
        const found = this.resolve(path, include.path, include.system, folders);
        const isAlways = include.conditions.every(isGuard);
        if (isAlways && include.system && hostedHeaders.has(include.path)) this.hosts.add(path);
        if (found === undefined) continue;
        if (isAlways) append(always, path, found);
        if (!isCommon(found)) this.includers.set(found, (this.includers.get(found) ?? new Set()).add(path));
        // Read again only where it turns out to be included under fewer conditions than was known.
        const under = [...own, ...include.conditions.filter((c) => c.includes('CONFIG_'))];
        const known = this.included.get(found);
        if (known && (known.length === 0 || under.length >= known.length)) continue;
        this.included.set(found, under);
        queue.push(found);
      }
    }
    step?.(this.files.size + this.unread.size, this.included.size);
    // What is included under a condition is for another compiler, or another system.
    const reached = new Set(sources);
    for (const path of reached) for (const found of always.get(path) ?? []) reached.add(found);
    for (const path of this.hosts) if (!reached.has(path)) this.hosts.delete(path);
    this.selected = selectedSymbols(architecture, sources, cache);
  }

  /** Facts of the configuration a definition stands under; undefined where it can never be built with these files. */
  conditionsOf({ file, item }: Definition): readonly Condition[] | undefined {
    return this.facts([...(this.included.get(file.path) ?? []), ...item.conditions], file.path);
  }

  /** The same of conditions that stand in a file. */
  facts(conditions: readonly string[], path: string): readonly Condition[] | undefined {
    return configurationFacts(conditions, this.selected, (name) => this.isZero(name, path) || this.isNowhere(name, path));
  }

  /** Whether a file itself defines a name as 0 and as nothing else, and nowhere asks whether it is defined. */
  private isZero(name: string, path: string): boolean {
    const own = (this.tables.macro.get(name) ?? []).filter(({ file }) => file.path === path);
    const only = own.length === 1 ? own[0]! : undefined;
    if (!only || only.item.parameters || only.item.conditions.some((c) => !isGuard(c))) return false;
    const { file, item } = only;
    if (!/^\s*\(?0\)?\s*(?:\/[*/]|$)/.test(file.text.slice(item.body, item.end))) return false;
    return !new RegExp(`#\\s*(?:ifn?def|undef)\\s+${name}\\b|\\bdefined\\s*\\(?\\s*${name}\\b`).test(file.text);
  }

  /** Whether a C file asks for a name that it leaves to whoever debugs it to define: no file that was read does, nor does its Makefile. */
  private isNowhere(name: string, path: string): boolean {
    if (!path.endsWith('.c') || this.isHosted(path) || !/^[A-Z]\w*$/.test(name) || /^(?:CONFIG|ARCH|HAVE|MODULE$)/.test(name)) return false;
    const key = `${name}\0${folderOf(path)}`;
    let isNowhere = this.nowhere.get(key);
    if (isNowhere === undefined)
      this.nowhere.set(key, (isNowhere = this.lookup('macro', name).length === 0 && !definesByMakefile(name, path, this.textOf)));
    return isNowhere;
  }

  /** Text of a file that is no C: a Makefile, a Kconfig. */
  readonly textOf = (path: string): string | undefined => this.cache.textOf(path);

  lookup(kind: Item['kind'], name: string): readonly Definition[] {
    if (kind === 'function') this.asked?.add(name);
    return this.tables[kind].get(name) ?? [];
  }

  /** Macros of a name that a file sees. */
  macros(name: string, from: string): readonly Definition[] {
    const found = this.lookup('macro', name);
    return found.filter(({ file: { path } }) => this.has(from, path));
  }

  /** Whether a file has what stands in another one. */
  has(from: string, path: string): boolean {
    return path.endsWith('.c') ? this.areTogether(path, from) : this.sees(path, from);
  }

  /** Whether a file has what stands in another one; a header, whether any file has both. */
  mayHave(from: string, path: string): boolean {
    if (from.endsWith('.c') || isCommon(from)) return this.has(from, path);
    return from === path || [...this.readersOf(from)].some((reader) => reader.endsWith('.c') && this.has(reader, path));
  }

  /** Macro calls at the top level that define this name: DEFINE_MUTEX(name). */
  definedByMacro(name: string): readonly Definition[] {
    return this.defined.get(name) ?? [];
  }

  /** Every definition of a kind. */
  *each(kind: Item['kind']): Iterable<Definition> {
    for (const list of this.tables[kind].values()) yield* list;
  }

  /** Whether a file is of a program for user space: it has a C library's header, or one of its headers has. */
  isHosted(path: string): boolean {
    this.hosted ??= [...this.hosts].some(isCommon) ? 'all' : new Set([...this.hosts].flatMap((host) => [...this.readersOf(host)]));
    return this.hosted === 'all' || this.hosted.has(path);
  }

  /** Whether a function is declared as one that never returns. */
  isNoreturn(name: string): boolean {
    return this.lookup('prototype', name).some(saysNoreturn) || this.lookup('function', name).some(saysNoreturn);
  }

  /** Definitions of a function as a file sees them: its own, then its architecture's, then any other it may link with. */
  functions(name: string, from: string): readonly Definition[] {
    const found = this.lookup('function', name);
    if (found.length < 2 && (found.length === 0 || this.visible(found[0]!, from))) return found;
    const own = found.filter((d) => d.file.path === from && !isWeak(d));
    if (own.length > 0) return own;
    const reachable = found.filter((d) => this.visible(d, from));
    const strong = reachable.filter((d) => !isWeak(d));
    const visible = strong.length > 0 ? strong : reachable;
    const architecture = visible.filter((d) => architectureOf(d.file.path) !== undefined);
    return nearest(architecture.length > 0 ? architecture : visible, from);
  }

  /** Files whose text is no longer what is known here; undefined where one came or went. */
  changed(): readonly SourceFile[] | undefined {
    const changed: SourceFile[] = [];
    for (const [path, old] of this.files) {
      const now = this.cache.get(path);
      if (!now) return undefined;
      if (now.text !== old.text) changed.push(now);
    }
    for (const path of this.unread) if (this.cache.get(path)) return undefined;
    return changed;
  }

  /** Takes new texts of its files, if nothing but functions changed in them: types and other names then mean what they meant. */
  replace(files: readonly SourceFile[]): FunctionChanges | undefined {
    const changes = changesOf(this.files, files);
    if (!changes) return undefined;
    const { heads } = changes;
    for (const file of files) {
      if (heads.size === 0) this.swap(file);
      this.files.set(file.path, file);
    }
    if (heads.size > 0) {
      this.tables = emptyTables();
      this.defined = new Map();
      for (const file of this.files.values()) this.add(file);
    }
    return changes;
  }

  /** What is to be replaced in another unit to make it this one; undefined where more than functions differ. */
  changesFrom(other: Unit): FunctionChanges | undefined {
    const files = [...this.files.values()];
    const paths = [...other.files.keys()];
    if (files.length !== paths.length || files.some(({ path }, i) => path !== paths[i])) return undefined;
    if (shapeOf(this) !== shapeOf(other)) return undefined;
    return changesOf(
      other.files,
      files.filter((file) => other.files.get(file.path) !== file),
    );

    function shapeOf({ architecture, sources, unread, included, selected }: Unit): string {
      return JSON.stringify([architecture, sources, [...unread], [...included], [...selected]]);
    }
  }

  /** Puts a file's definitions where those they replace were: their order decides which is found first. */
  private swap(file: SourceFile): void {
    const own = new Map<Definition[], Definition[]>();
    for (const item of file.scanned.items) {
      const lists = [this.tables[item.kind].get(item.name)!];
      if (item.defines !== undefined) lists.push(this.defined.get(item.defines)!);
      for (const list of lists) {
        const definitions = own.get(list);
        if (definitions) definitions.push({ file, item });
        else own.set(list, [{ file, item }]);
      }
    }
    for (const [list, definitions] of own) {
      const first = list.findIndex((d) => d.file.path === file.path);
      list.splice(first, definitions.length, ...definitions);
    }
  }

  private visible(definition: Definition, from: string): boolean {
    const { path } = definition.file;
    return path.endsWith('.c') ? !definition.item.isStatic || path === from : this.sees(path, from);
  }

  /**
   * Whether a file has a header, or is put together with one that has: drivers of one folder call things of their own by one name.
   * A header may count on who includes it.
   */
  sees(header: string, from: string): boolean {
    if (isCommon(header) || !header.endsWith('.h') || !from.endsWith('.c')) return true;
    const readers = this.readersOf(header);
    return readers.has(from) || (this.includers.has(from) && [...this.readersOf(from)].some((path) => readers.has(path)));
  }

  /** Whether a file sees what a C file has: it is that one, or one of the two has the other. */
  private areTogether(source: string, from: string): boolean {
    return source === from || isCommon(from) || this.readersOf(source).has(from) || this.readersOf(from).has(source);
  }

  /** A file with those that include it, also by way of others. */
  private readersOf(path: string): ReadonlySet<string> {
    const known = this.readers.get(path);
    if (known) return known;
    const all = new Set([path]);
    for (const each of all) for (const includer of this.includers.get(each) ?? []) all.add(includer);
    this.readers.set(path, all);
    return all;
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
    bases.push(...folders);
    // Without a Makefile that says so, a header is looked for from the file upwards, as `-I.` and `-Iinclude` of a project are above it.
    for (const above of ancestors(from)) bases.push(above, joinPath(above, 'include')!);
    for (const base of bases) {
      const candidate = joinPath(base, base === 'include/asm-generic' ? path.slice(4) : path);
      if (candidate !== undefined && this.cache.exists(candidate)) return candidate;
    }
    return undefined;
  }
}

function saysNoreturn({ file, item }: Definition): boolean {
  let known = noreturn.get(item);
  if (known === undefined) {
    const head = file.text.slice(item.start, item.kind === 'function' ? item.body : item.end);
    noreturn.set(item, (known = /\b(?:__noreturn(?:__)?|_Noreturn|noreturn)\b/.test(head)));
  }
  return known;
}

/** A condition that a header stands under in any case: it was not read before, or is there. */
function isGuard(condition: string): boolean {
  return /_H_*\)?$/.test(condition);
}

/** Folders above a file's own, the nearest first. */
function ancestors(path: string): readonly string[] {
  const found: string[] = [];
  for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) found.push(folder);
  return [...found, ''];
}

/** Whether a header is for files of any folder. */
function isCommon(header: string): boolean {
  return /^(include|arch)\//.test(header);
}

/** Of functions of one name in several modules, those that share the longest folder with the caller. */
function nearest(definitions: readonly Definition[], from: string): readonly Definition[] {
  if (definitions.length < 2 || definitions.some(({ file }) => !file.path.endsWith('.c'))) return definitions;
  const shared = definitions.map(({ file }) => commonFolder(file.path, from));
  const longest = Math.max(...shared);
  return definitions.filter((_, i) => shared[i] === longest);
}

function commonFolder(a: string, b: string): number {
  let end = 0;
  for (let i = 0; i < a.length && a[i] === b[i]; i++) if (a[i] === '/') end = i;
  return end;
}

/** The linker takes any other definition instead. */
function isWeak({ file, item }: Definition): boolean {
  return /\b__weak\b/.test(file.text.slice(item.start, item.body));
}

function insert(table: Table, name: string, definition: Definition): void {
  const list = table.get(name);
  if (list) list.push(definition);
  else table.set(name, [definition]);
}

function emptyTables(): Record<Item['kind'], Table> {
  return {
    function: new Map(),
    prototype: new Map(),
    struct: new Map(),
    typedef: new Map(),
    variable: new Map(),
    macro: new Map(),
    'macro-call': new Map(),
  };
}

/** Functions that are not what they were; undefined where more than functions changed. */
function changesOf(before: ReadonlyMap<string, SourceFile>, now: readonly SourceFile[]): FunctionChanges | undefined {
  const heads = new Set<string>();
  const texts = new Set<string>();
  for (const file of now) {
    const old = before.get(file.path);
    if (!old || !isSameOutline(old, file)) return undefined;
    for (const name of changedFunctions(old, file, headOf)) heads.add(name);
    for (const name of changedFunctions(old, file, textOf)) texts.add(name);
  }
  return { heads, texts };
}

/** Whether all that is no function is the same, in the same order. */
function isSameOutline(a: SourceFile, b: SourceFile): boolean {
  const [before, now] = [a, b].map(({ scanned }) => scanned.items.filter((item) => item.kind !== 'function'));
  if (before!.length !== now!.length || JSON.stringify(a.scanned.includes) !== JSON.stringify(b.scanned.includes)) return false;
  return before!.every((item, i) => {
    const other = now![i]!;
    return (
      item.kind === other.kind &&
      item.name === other.name &&
      item.defines === other.defines &&
      (item.body < 0 ? other.body < 0 : item.body - item.start === other.body - other.start) &&
      conditionText(item) === conditionText(other) &&
      textOf(a, item) === textOf(b, other)
    );
  });
}

/** Names whose definitions, in their order, are not the same. */
function changedFunctions(a: SourceFile, b: SourceFile, of: (file: SourceFile, item: Item) => string): Iterable<string> {
  const [before, now] = [a, b].map(({ scanned }) => scanned.items.filter((item) => item.kind === 'function')) as [Item[], Item[]];
  const isAligned = before.length === now.length && before.every(({ name }, i) => name === now[i]!.name);
  if (isAligned) return before.filter((item, i) => of(a, item) !== of(b, now[i]!)).map(({ name }) => name);
  const texts = [before, now].map((items, i) => {
    const byName = new Map<string, string>();
    for (const item of items) byName.set(item.name, `${byName.get(item.name) ?? ''}${of(i === 0 ? a : b, item)}\0`);
    return byName;
  });
  return [...texts[0]!.keys(), ...texts[1]!.keys()].filter((name) => texts[0]!.get(name) !== texts[1]!.get(name));
}

/** What others see of a function: of one in a C file its head, of an inline of a header everything. */
function headOf(file: SourceFile, item: Item): string {
  return `${conditionText(item)}\0${file.path.endsWith('.c') ? file.text.slice(item.start, item.body) : textOf(file, item)}`;
}

function textOf(file: SourceFile, item: Item): string {
  return file.text.slice(item.start, item.end);
}

function conditionText(item: Item): string {
  return item.conditions.join('\0');
}
