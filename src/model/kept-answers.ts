import type { PartAnswer } from './part-answer.ts';
import type { Part } from './parts.ts';
import type { CheckRequest } from './reviewer-api.ts';
import type { Entry, FileText, Tree } from './source/tree.ts';

/** Where answers are kept from one process to the next. What it gives may be anything: it is read with suspicion. */
export interface AnswerStore {
  /** Undefined where nothing is kept under this key, or where it cannot be read. */
  read(key: string): string | undefined;
  write(key: string, text: string): void;
  /** The same for the same text, and for no other. */
  digest(text: string): string;
  /** Something was kept that is no answer. */
  damaged(key: string): void;
}

/** What a tree answered, by what it was asked: digests of texts and of lists of folders. */
interface Trace {
  readonly files: Record<string, string>;
  readonly folders: Record<string, string>;
}

/** A tree that remembers what it has said. */
export class TracedTree implements Tree {
  private readonly files = new Map<string, string>();
  private readonly folders = new Map<string, string>();
  /** What the present request has asked. */
  private asked = new Set<string>();
  /** Whether it has said two things of one file or folder: what is made of both is of neither. */
  private isTorn = false;

  constructor(
    private readonly tree: Tree,
    private readonly digest: (text: string) => string,
  ) {}

  read(path: string): FileText {
    const read = this.tree.read(path);
    this.note(this.files, `file ${path}`, path, this.digestOf(read));
    return read;
  }

  list(folder: string): readonly Entry[] | undefined {
    const entries = this.tree.list(folder);
    this.note(this.folders, `folder ${folder}`, folder, this.digest(JSON.stringify(entries) ?? ''));
    return entries;
  }

  /** What follows is another request: a file may be another one than it was for the last. */
  begin(): void {
    this.asked = new Set();
    this.isTorn = false;
  }

  /** All that was ever asked; undefined where a file changed under the present request. */
  trace(): Trace | undefined {
    return this.isTorn ? undefined : { files: Object.fromEntries(this.files), folders: Object.fromEntries(this.folders) };
  }

  /** Whether the tree would answer all of it the same. */
  isAsIn({ files, folders }: Trace, step: () => void): boolean {
    for (const [folder, digest] of Object.entries(folders)) {
      if (this.digest(JSON.stringify(this.tree.list(folder)) ?? '') !== digest) return false;
    }
    for (const [path, digest] of Object.entries(files)) {
      step();
      if (this.digestOf(this.tree.read(path)) !== digest) return false;
    }
    return true;
  }

  private digestOf(read: FileText): string {
    return 'text' in read ? this.digest(read.text) : `error: ${read.error}`;
  }

  private note(known: Map<string, string>, question: string, path: string, digest: string): void {
    this.isTorn ||= this.asked.has(question) && known.get(path) !== digest;
    this.asked.add(question);
    known.set(path, digest);
  }
}

/**
 * Answers to checks, each with all that the tree said while it was made: as long as the tree says the same, the answer is the same.
 * Nothing else goes into it but the request and the analyzer itself, which is the store's to tell apart.
 */
export class KeptAnswers {
  constructor(
    private readonly tree: TracedTree,
    private readonly store: AnswerStore,
    /** Tells trees apart. */
    private readonly name: string,
  ) {}

  /** What is asked from here on is another request. */
  begin(): void {
    this.tree.begin();
  }

  /** `part`: where only that is asked for. */
  find(request: CheckRequest, part: Part | undefined, step: () => void): PartAnswer | undefined {
    const key = this.keyOf(request, part);
    const text = this.store.read(key);
    if (text === undefined) return undefined;
    const kept = parse(text);
    if (!kept) this.store.damaged(key);
    return kept && this.tree.isAsIn(kept.trace, step) ? kept.answer : undefined;
  }

  keep(request: CheckRequest, part: Part | undefined, answer: PartAnswer): void {
    const trace = this.tree.trace();
    if (trace) this.store.write(this.keyOf(request, part), JSON.stringify({ trace, answer }));
  }

  private keyOf({ paths, orders = [], scope, enabled = [] }: CheckRequest, part?: Part): string {
    return this.store.digest(JSON.stringify([this.name, paths, orders, scope, [...enabled].sort(), part?.sources, part?.architectures]));
  }
}

function parse(text: string): { trace: Trace; answer: PartAnswer } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { trace, answer } = value;
  if (!isRecord(trace) || !areTexts(trace['files']) || !areTexts(trace['folders']) || !isAnswer(answer)) return undefined;
  return { trace: { files: trace['files'], folders: trace['folders'] }, answer };
}

/** Whether a value has the shape that reports and the editor read. What its texts say is as little trusted as what a source says. */
function isAnswer(value: unknown): value is PartAnswer {
  if (!isRecord(value)) return false;
  const { findings, suppressed, problems, tally } = value;
  return (
    areAll(findings, isFinding) &&
    areAll(suppressed, (each) => isRecord(each) && typeof each['reason'] === 'string' && isFinding(each['finding'])) &&
    areAll(problems, (each) => isRecord(each) && isText(each['file']) && isText(each['message']) && isNumber(each['line'])) &&
    isRecord(tally) &&
    ['files', 'headers', 'rules', 'architectures'].every((name) => areAll(tally[name], isText)) &&
    isRecord(tally['counts']) &&
    Object.values(tally['counts']).every((counts) => areAll(counts, isNumber))
  );
}

function isFinding(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const texts = ['id', 'check', 'severity', 'confidence', 'message', 'function', 'acquires'];
  return (
    texts.every((name) => isText(value[name])) &&
    isRange(value['at']) &&
    areAll(value['held'], isText) &&
    areAll(value['reasons'], isText) &&
    areAll(value['witnesses'], (witness) => areAll(witness, isStep)) &&
    isAbsentOr(value['config'], (config) => areAll(config, isText)) &&
    isAbsentOr(value['order'], (order) => isRecord(order) && isText(order['file']) && isNumber(order['line']) && isText(order['text']))
  );
}

function isStep(value: unknown): boolean {
  return isRecord(value) && isRange(value['at']) && isText(value['function']) && isText(value['text']) && isAbsentOr(value['via'], isText);
}

function isRange(value: unknown): boolean {
  return isRecord(value) && isText(value['file']) && ['line', 'column', 'endLine', 'endColumn'].every((name) => isNumber(value[name]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every(isText);
}

function areAll(value: unknown, test: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(test);
}

function isAbsentOr(value: unknown, test: (value: unknown) => boolean): boolean {
  return value === undefined || test(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
