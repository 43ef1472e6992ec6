import { Worker } from 'node:worker_threads';
import { youngHeap } from '../host/young-heap.ts';
import type { Progress } from '../model/reviewer-api.ts';
import type { DocumentChange, FromWorker, ToWorker, WorkerAnswers, WorkerData, WorkerRequest } from './worker-messages.ts';

export interface OpenDocument {
  /** Absolute path. */
  readonly file: string;
  readonly text: string;
}

interface AnalysisThreadOptions {
  /** Script of the thread. */
  readonly script: string;
  /** All open documents, as they are now. */
  readonly documents: () => Iterable<OpenDocument>;
  readonly log: (message: string) => void;
  /** Folder where the thread keeps answers to checks; without it nothing is kept. */
  readonly cache?: string;
  /** Megabytes; for tests. */
  readonly heapLimit?: number;
}

export interface AskOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (progress: Progress) => void;
}

interface Pending {
  readonly request: WorkerRequest;
  readonly options: AskOptions;
  readonly cancel: SharedArrayBuffer;
  /** Threads that ended with this request first in line. */
  crashes: number;
  resolve(answer: WorkerAnswers[keyof WorkerAnswers] | undefined): void;
  reject(error: Error): void;
}

/** Milliseconds after which a cancelled request must have ended; a thread that goes on is ended and started again. */
const cancelPatience = 5000;
/** Megabytes of heap: a thread past it ends alone and is started again, the connection lives on. */
const defaultHeapLimit = 4096;
/** A question that has ended the thread so often is not asked again. One that needs more memory than there is ends it every time. */
const crashLimit = 2;

/**
 * The thread that analyzes, seen from the connection. Started by the first question; if it ends by itself
 * it is started again and asked the open questions again, except one that has now ended it twice.
 */
export class AnalysisThread {
  private worker: Worker | undefined;
  private nextId = 1;
  private diskChanged = false;
  /** In the order in which they were asked, which is the order of the answers. */
  private readonly pending = new Map<number, Pending>();
  /** Documents that the running thread has. Texts, not versions: those begin anew when a file is opened again. */
  private readonly sent = new Map<string, string>();

  constructor(private readonly options: AnalysisThreadOptions) {}

  private get heapLimit(): number {
    return this.options.heapLimit ?? defaultHeapLimit;
  }

  get idle(): boolean {
    return this.pending.size === 0;
  }

  /** Files may have changed on disk: the next question looks. */
  refresh(): void {
    this.diskChanged = true;
  }

  /** Resolves to undefined when the signal is aborted (and for a hover over nothing). */
  ask<K extends WorkerRequest['kind']>(
    request: WorkerRequest & { kind: K },
    options: AskOptions = {},
  ): Promise<WorkerAnswers[K] | undefined> {
    if (options.signal?.aborted) return Promise.resolve(undefined);
    const cancel = new SharedArrayBuffer(4);
    const id = this.nextId++;
    const stop = () => {
      Atomics.store(new Int32Array(cancel), 0, 1);
      setTimeout(() => this.endIfStuck(id), cancelPatience).unref();
    };
    options.signal?.addEventListener('abort', stop, { once: true });
    return new Promise((resolve, reject) => {
      // The thread answers with the type that belongs to the kind: `run` in answer-requests.ts.
      this.pending.set(id, { request, options, cancel, crashes: 0, resolve: resolve as Pending['resolve'], reject });
      this.post(id);
    });
  }

  async dispose(): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    this.sent.clear();
    for (const pending of this.pending.values()) pending.resolve(undefined);
    this.pending.clear();
    await worker?.terminate();
  }

  private post(id: number): void {
    const pending = this.pending.get(id);
    if (!pending) return;
    this.worker ??= this.start();
    const { request, cancel } = pending;
    const refresh = this.diskChanged;
    this.diskChanged = false;
    this.worker.postMessage({ id, documents: this.changedDocuments(), refresh, request, cancel } satisfies ToWorker);
  }

  private start(): Worker {
    const worker = new Worker(this.options.script, {
      resourceLimits: { maxOldGenerationSizeMb: this.heapLimit, maxYoungGenerationSizeMb: youngHeap },
      workerData: { cache: this.options.cache } satisfies WorkerData,
    });
    worker.on('message', (message: FromWorker) => this.receive(message));
    let reason = '';
    let isTooMuch = false;
    worker.on('error', (error: NodeJS.ErrnoException) => {
      reason = `: ${error.message}`;
      isTooMuch = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    });
    worker.on('exit', (code) => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      if (isTooMuch) this.recover(`analysis needs more than ${this.heapLimit} MB: check less at once`, crashLimit);
      else this.recover(`analysis ended with code ${code}${reason}`, 1);
    });
    return worker;
  }

  private receive(message: FromWorker): void {
    if (message.kind === 'notice') {
      this.options.log(message.notice);
      return;
    }
    const pending = this.pending.get(message.id);
    if (!pending) return;
    if (message.kind === 'progress') {
      pending.options.progress?.(message.progress);
      return;
    }
    this.pending.delete(message.id);
    if (message.kind === 'answer') pending.resolve(message.answer);
    else if (message.kind === 'cancelled') pending.resolve(undefined);
    else pending.reject(new Error(message.error));
  }

  private endIfStuck(id: number): void {
    const [first] = this.pending.keys();
    // Behind the first, a cancelled request only waits for its turn.
    if (first === id) void this.worker?.terminate();
    else if (this.pending.has(id)) setTimeout(() => this.endIfStuck(id), cancelPatience).unref();
  }

  /** `crashes`: for how many ends of the thread this one counts. */
  private recover(reason: string, crashes: number): void {
    this.options.log(`${reason}; started again`);
    this.sent.clear();
    const [first] = this.pending.values();
    if (first) first.crashes += crashes;
    for (const [id, pending] of [...this.pending]) {
      const cancelled = pending.options.signal?.aborted;
      if (!cancelled && pending.crashes < crashLimit) continue;
      this.pending.delete(id);
      if (cancelled) pending.resolve(undefined);
      else pending.reject(new Error(reason));
    }
    for (const id of [...this.pending.keys()]) this.post(id);
  }

  /** What the thread does not know yet of the open documents. */
  private changedDocuments(): DocumentChange[] {
    const changes: DocumentChange[] = [];
    const open = new Set<string>();
    for (const { file, text } of this.options.documents()) {
      open.add(file);
      if (this.sent.get(file) === text) continue;
      this.sent.set(file, text);
      changes.push({ file, text });
    }
    for (const file of [...this.sent.keys()]) {
      if (open.has(file)) continue;
      this.sent.delete(file);
      changes.push({ file });
    }
    return changes;
  }
}
