import type { FunctionIr, LinkedFunction, TableStore } from '../../ir/program.ts';
import type { Range } from '../../source/location.ts';
import type { AccessIr, UnreadCall } from '../../ir/access.ts';
import { lowerAccesses } from './access-lowering.ts';
import { Embedding } from './embedding.ts';
import { Expressions } from './expressions.ts';
import { type Frame, Scope, text } from './frame.ts';
import { argumentsFrom } from './words.ts';
import { storedByInitializer } from './initializers.ts';
import { contextOf } from '../../ir/interrupt-api.ts';
import { assertApi, downgradeApi, interruptApi, lockApi } from '../../ir/lock-api.ts';
import { sleepApi } from '../../ir/sleep-api.ts';
import { type Entry, type Linked, LinkedProgram } from './linked-program.ts';
import { lowerFunction } from './lower.ts';
import { initialLocks } from './made-locks.ts';
import { keywords, rewrite } from './rewrite.ts';
import { declaredHandlers } from './runners.ts';
import type { Item } from './scan.ts';
import type { Reach } from './side-effects.ts';
import { childOf, type SyntaxParser } from './syntax.ts';
import { Types } from './types.ts';
import type { Definition, FunctionChanges, Unit } from './unit.ts';

/** Inlines that call inlines that are looked through for a name, and names that are looked for at the most. */
const inlineRounds = 2;
const mostNames = 200;

/** What the initializer of a global puts into fields. */
interface Initializer {
  readonly functions: readonly Entry[];
  readonly tables: readonly TableStore[];
}

/** A function's IR, with what it was made from besides its own text and what is no function. */
interface Lowered {
  readonly ir: FunctionIr;
  readonly key: string;
  /** Functions that were looked up. */
  readonly asked: ReadonlySet<string>;
  /** Functions whose bodies were read, for the lock that they return. */
  readonly read: ReadonlySet<string>;
  /** Names, and what they can reach. */
  readonly reaching: ReadonlyMap<string, Reach>;
}

/** A function's IR with accesses, and what it was made from: as above, with the functions as they were. */
interface LoweredAccesses {
  readonly accesses: AccessIr;
  readonly asked: ReadonlyMap<string, readonly Definition[]>;
  readonly reaching: ReadonlyMap<string, Reach>;
}

/**
 * Lowers the functions of a unit and links them. Functions of C files are all lowered; inlines and macros of headers only
 * when something calls them and they can reach a lock.
 */
export class Linker {
  private readonly types: Types;
  private readonly expressions: Expressions;
  /** By file and text, so that a function that only moved keeps its IR and one that is gone is forgotten. */
  private lowered = new Map<string, Map<string, Lowered>>();
  private lowering = new Map<string, Map<string, Lowered>>();
  /** The same, for files that did not change at all. */
  private readonly byItem = new WeakMap<Item, Lowered>();
  private readonly reached = new Map<string, Reach>();
  private stored = new WeakMap<Item, Initializer>();
  private readonly embedding: Embedding;
  private readonly withAccesses: WeakMap<FunctionIr, LoweredAccesses>;
  /** Those of them that are as they would be made now. */
  private checkedAccesses = new WeakSet<LoweredAccesses>();

  /** `peer`: the linker of a unit that differs from this one by functions alone; what it made of the others serves here too. */
  constructor(
    private readonly unit: Unit,
    private readonly parser: SyntaxParser,
    peer?: Linker,
  ) {
    this.types = new Types(unit, parser);
    this.expressions = new Expressions(unit, this.types, parser);
    this.embedding = new Embedding(unit, this.types);
    const changes = peer && unit.changesFrom(peer.unit);
    this.withAccesses = changes ? peer.withAccesses : new WeakMap();
    if (!changes) return;
    this.lowered = new Map([...peer.lowered].map(([file, functions]) => [file, new Map(functions)]));
    if (changes.heads.size === 0) this.stored = peer.stored;
    this.update(changes);
  }

  link(step: (done: number, total: number) => void): LinkedProgram {
    const program = new LinkedProgram(this.unit, this.expressions.constants);
    const named = new Set(this.unit.sources);
    const sources = [...this.unit.files.values()].filter((file) => named.has(file.path));
    for (const [i, file] of sources.entries()) {
      step(i, sources.length);
      const isHosted = this.unit.isHosted(file.path);
      for (const item of file.scanned.items) {
        if (isHosted && item.kind === 'variable') program.initial.push(...initialLocks({ file, item }, this.expressions));
        if (item.kind === 'function' && this.unit.conditionsOf({ file, item })) program.add(this.lower({ file, item }), { file, item });
        else if (item.kind === 'macro-call') program.runners.bind(declaredHandlers(file, item, this.expressions), file);
        else if (item.kind === 'variable' && item.body >= 0) {
          const { functions, tables } = this.initializer({ file, item });
          for (const entry of functions) program.store(entry);
          program.tables.add(tables, file.path);
        }
      }
    }
    // Callees in headers, and theirs: the list grows while it is read.
    for (const fn of program.functions) {
      for (const call of fn.ir.steps) {
        if (call.kind !== 'call' || call.name === undefined) continue;
        for (const definition of this.unit.functions(call.name, fn.ir.file)) {
          if (!program.has(definition) && this.unit.conditionsOf(definition)) program.add(this.lower(definition), definition);
        }
      }
    }
    program.finish();
    this.lowered = this.lowering;
    this.lowering = new Map();
    return program;
  }

  /** Drops what was made of functions that are no longer what they were. */
  update({ heads, texts }: FunctionChanges): void {
    this.checkedAccesses = new WeakSet();
    if (heads.size > 0) {
      this.types.forget(heads);
      this.reached.clear();
      this.stored = new WeakMap();
    }
    const isStale = ({ asked, read, reaching }: Lowered): boolean =>
      meet(read, texts) || (heads.size > 0 && (meet(asked, heads) || [...reaching].some(([name, answer]) => this.reach(name) !== answer)));
    for (const functions of [...this.lowered.values(), ...this.lowering.values()])
      for (const [key, lowered] of functions) if (isStale(lowered)) functions.delete(key);
  }

  private lower(definition: Definition): FunctionIr {
    const { file, item } = definition;
    const known = this.lowered.get(file.path);
    let functions = this.lowering.get(file.path);
    if (!functions) this.lowering.set(file.path, (functions = new Map()));
    const same = this.byItem.get(item);
    const key = same?.key ?? `${item.conditions.join('\0')}\0${file.text.slice(item.start, item.end)}`;
    let lowered = functions.get(key) ?? known?.get(key);
    if (!lowered) {
      const asked = (this.unit.asked = new Set<string>());
      const reaching = new Map<string, Reach>();
      this.types.begin();
      this.expressions.read = new Set();
      const ir = lowerFunction(definition, this.expressions, this.parser, (name) => {
        const answer = this.reach(name);
        reaching.set(name, answer);
        return answer;
      });
      this.unit.asked = undefined;
      lowered = { ir, key, asked, read: this.expressions.read, reaching };
    }
    functions.set(key, lowered);
    this.byItem.set(item, lowered);
    return lowered.ir;
  }

  /** A function's IR with its accesses. It is kept as long as the plain one is the same, and the inlines that are read for it. */
  accesses(fn: LinkedFunction): AccessIr {
    let known = this.withAccesses.get(fn.ir);
    if (!known || !this.isCurrent(known)) {
      const asked = (this.unit.asked = new Set<string>());
      const reaching = new Map<string, Reach>();
      this.types.begin();
      this.expressions.read = new Set();
      const { definition } = fn as Linked;
      const accesses = lowerAccesses(definition, this.expressions, this.embedding, this.parser, (name) => {
        const answer = this.reach(name);
        reaching.set(name, answer);
        return answer;
      });
      this.unit.asked = undefined;
      known = { accesses, asked: new Map([...asked].map((name) => [name, [...this.unit.lookup('function', name)]])), reaching };
      this.withAccesses.set(fn.ir, known);
      this.checkedAccesses.add(known);
    }
    return known.accesses;
  }

  private isCurrent(known: LoweredAccesses): boolean {
    if (this.checkedAccesses.has(known)) return true;
    const isSame = ([name, definitions]: readonly [string, readonly Definition[]]): boolean => {
      const now = this.unit.lookup('function', name);
      return now.length === definitions.length && now.every((definition, i) => areSame(definition, definitions[i]!));
    };
    if (![...known.asked].every(isSame) || [...known.reaching].some(([name, answer]) => this.reach(name) !== answer)) return false;
    this.checkedAccesses.add(known);
    return true;
  }

  /** Tells the functions whose text has one of these names, or that of a header's inline that has. */
  mentioning(names: readonly string[]): (fn: LinkedFunction) => boolean {
    const all = new Set(names);
    let words = wordsOf(all);
    for (let round = 0; round < inlineRounds; round++) {
      const before = all.size;
      for (const { file, item } of this.unit.each('function'))
        if (!file.path.endsWith('.c') && all.size < mostNames && words.test(file.text.slice(item.body, item.end))) all.add(item.name);
      if (all.size === before) break;
      words = wordsOf(all);
    }
    return (fn) => {
      const { file, item } = (fn as Linked).definition;
      return words.test(file.text.slice(item.start, item.end));
    };
  }

  /** Functions that a function names in a call and of which nothing was read, or only what stands in for them, but those of the locking API. */
  unread(fn: LinkedFunction): readonly UnreadCall[] {
    const { file, item } = (fn as Linked).definition;
    const named = file.text.slice(item.body, item.end).matchAll(/\b([A-Za-z_]\w*)\s*\(/g);
    const isRead = (name: string): boolean =>
      keywords.has(name) ||
      rootReach(name) !== undefined ||
      this.unit.lookup('macro', name).length > 0 ||
      this.unit.lookup('function', name).some((each) => !this.isStandIn(each));
    return [...named].flatMap(({ 0: head, 1: name = '', index }) => {
      if (isRead(name)) return [];
      const from = item.body + index;
      return [{ name, start: from - item.start, given: () => argumentsFrom(file.text.slice(from + head.length, item.end)) }];
    });
  }

  /** Whether it does nothing, and is there in some configurations only: the function itself is elsewhere. */
  private isStandIn({ file, item }: Definition): boolean {
    const isEmpty = /^\{\s*(?:return\b[^;(]*;\s*)?\}$/.test(file.text.slice(item.body, item.end).trim());
    return isEmpty && (this.unit.conditionsOf({ file, item })?.length ?? 0) > 0;
  }

  /** Names of macros, and of functions of headers, that have one of these lines of a file. */
  replacedOn(path: string, lines: readonly number[]): readonly string[] {
    const file = this.unit.files.get(path);
    if (!file || lines.length === 0) return [];
    const isHeader = !path.endsWith('.c');
    const found = file.scanned.items.filter((item) => {
      if (item.kind !== 'macro' && !(isHeader && item.kind === 'function')) return false;
      const [first, last] = [file.lines.line(item.start), file.lines.line(item.end)];
      return lines.some((line) => first <= line && line <= last);
    });
    return [...new Set(found.map(({ name }) => name))];
  }

  /** What a name can reach: told from the text of macros and header inlines, without a parse. */
  private reach(name: string): Reach {
    return rootReach(name) ?? this.reached.get(name) ?? this.reachOf(name, new Map(), []).answer;
  }

  /**
   * Names that call each other get one answer, whichever of them is asked for first: Tarjan's strongly connected components.
   * `open` has the number of each name met, `waiting` those without an answer yet.
   */
  private reachOf(name: string, open: Map<string, number>, waiting: string[]): { answer: Reach; lowest: number } {
    const number = open.size;
    const first = waiting.push(name) - 1;
    open.set(name, number);
    let lowest = number;
    let answer: Reach = sleepApi.has(name) || (interruptApi.has(name) && !name.startsWith('raw_')) ? 'effect' : 'nothing';
    for (const callee of this.mentioned(name)) {
      if (callee === true) answer = 'lock';
      else {
        const known = rootReach(callee) ?? this.reached.get(callee);
        const met = open.get(callee);
        if (known !== undefined) answer = further(answer, known);
        else if (met !== undefined) lowest = Math.min(lowest, met);
        else {
          const inner = this.reachOf(callee, open, waiting);
          answer = further(answer, inner.answer);
          lowest = Math.min(lowest, inner.lowest);
        }
      }
      if (answer === 'lock') break;
    }
    if (answer === 'lock' || lowest === number) for (const settled of waiting.splice(first)) this.reached.set(settled, answer);
    return { answer, lowest };
  }

  /** What a macro or a header inline may call; true where that reaches a lock as far as anybody knows. */
  private *mentioned(name: string): Iterable<string | true> {
    for (const { file, item } of [...this.unit.lookup('function', name), ...this.unit.lookup('macro', name)]) {
      if (item.kind === 'function' && file.path.endsWith('.c')) yield true;
      else if (item.kind === 'function' || item.parameters) {
        const body = file.text.slice(item.body, item.end);
        for (const match of body.matchAll(/\b([A-Za-z_]\w*)\s*\(|(->|\.)\w+\s*\)?\s*\(/g)) {
          if (match[1] !== undefined) {
            // One misread `if` would make half of all macros worth expanding.
            if (!keywords.has(match[1])) yield match[1];
          } else if (item.kind === 'function') yield true;
        }
        // `(write ? up_write : up_read)(lock)` names the function without a call.
        for (const match of body.matchAll(/[?:]\s*([A-Za-z_]\w*)/g)) if (lockApi.has(match[1]!)) yield true;
      }
    }
  }

  private initializer({ file, item }: Definition): Initializer {
    const source = file.text.slice(item.start, item.end);
    const known = this.stored.get(item);
    if (known) return known;
    const entries: Entry[] = [];
    const all: TableStore[] = [];
    const frame: Frame = { source, file: file.path, depth: 0 };
    const scope = new Scope();
    this.types.begin();
    const entry = (field: string, name: string, at: Range): Entry => ({
      field,
      function: name,
      runsIn: contextOf(field),
      holder: field.includes('.') ? item.name + field.slice(field.lastIndexOf('.')) : item.name,
      global: item.name,
      file,
      at: { start: at.start + item.start, end: at.end + item.start },
    });
    for (const node of this.parser.parse(rewrite(source).text, 0).root.children) {
      if (node.type !== 'declaration') continue;
      const type = this.types.global(item.name, file.path);
      for (const declarator of node.children) {
        const value = declarator.type === 'init_declarator' ? childOf(declarator, 'value') : undefined;
        if (!value) continue;
        if (value.type === 'initializer_list') {
          const { functions, tables } = storedByInitializer(value, type, this.expressions, frame, scope);
          for (const s of functions) entries.push(entry(s.field, s.function, s.at));
          all.push(...tables);
        } else if (value.type === 'identifier' && this.unit.lookup('function', text(value, frame)).length > 0)
          entries.push(entry(item.name, text(value, frame), value));
      }
    }
    const made: Initializer = { functions: entries, tables: all };
    this.stored.set(item, made);
    return made;
  }
}

/** Whether two definitions read the same. */
function areSame(a: Definition, b: Definition): boolean {
  if (a.item === b.item) return true;
  const text = ({ file, item }: Definition): string => [file.path, ...item.conditions, file.text.slice(item.start, item.end)].join('\0');
  return text(a) === text(b);
}

function wordsOf(names: Iterable<string>): RegExp {
  return new RegExp(`\\b(?:${[...names].join('|')})\\b`);
}

function rootReach(name: string): Reach | undefined {
  return lockApi.has(name) || assertApi.has(name) || downgradeApi.has(name) || name === 'guard' || name === 'static_call'
    ? 'lock'
    : undefined;
}

function further(a: Reach, b: Reach): Reach {
  return a === 'lock' || b === 'lock' ? 'lock' : a === 'effect' ? a : b;
}

function meet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const name of b) if (a.has(name)) return true;
  return false;
}
