import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { uncheckedPart, type PartAnswer } from '../model/part-answer.ts';
import type { Part } from '../model/parts.ts';
import { count } from '../model/report/plain.ts';
import { Cancelled, type Progress } from '../model/reviewer-api.ts';
import type { Problem } from '../model/source/location.ts';
import { ownFolder } from './beside.ts';
import type { FromPartWorker, PartsRequest, ToPartWorker } from './part-messages.ts';
import { youngHeap } from './young-heap.ts';

/** Megabytes of heap for a thread: twice what a part mostly takes. */
const heapLimit = 2048;
/** For a part that has ended its thread, when it is alone. */
const aloneLimit = 8192;
/** Megabytes that a thread takes from the system, about. */
const threadMemory = 1400;

export interface PoolOptions {
  /** Threads. */
  readonly jobs: number;
  /** Told what a person may want to know, in one line. */
  readonly log: (notice: string) => void;
  /** Told how much is done, from 0 to 1. */
  readonly progress?: (share: number) => void;
  readonly signal?: AbortSignal;
  readonly script: string;
  /** Megabytes of heap; for tests. */
  readonly limits?: { readonly heap: number; readonly alone: number };
}

interface CheckedParts {
  /** In the order of the parts. */
  readonly answers: readonly PartAnswer[];
  /** Folders that are there and cannot be listed. */
  readonly unlisted: readonly Problem[];
  /** Parts that could not be checked: their answers only say so. */
  readonly failed: number;
}

/** The script of the threads, beside the bundle that runs; undefined where the sources are run as they are. */
export function partScript(): string | undefined {
  const script = path.join(ownFolder(), 'part-worker.cjs');
  return existsSync(script) ? script : undefined;
}

/** As many threads as there are cores, but no more than there is memory for. */
export function defaultJobs(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(process.availableMemory() / (threadMemory * 1024 * 1024))));
}

/**
 * Checks parts on several threads, the largest first. A part whose thread ends is checked once more when all others are done, with all the
 * memory to itself. What the parts find does not depend on who checks them, nor when.
 */
export function checkParts(request: PartsRequest, parts: readonly Part[], options: PoolOptions): Promise<CheckedParts> {
  return new Pool(request, parts, options).run();
}

class Pool {
  private readonly answers: (PartAnswer | undefined)[];
  private readonly shares: number[];
  private readonly unlisted = new Map<string, Problem>();
  private readonly notices = new Set<string>();
  private readonly threads = new Set<PartThread>();

  constructor(
    private readonly request: PartsRequest,
    private readonly parts: readonly Part[],
    private readonly options: PoolOptions,
  ) {
    this.answers = parts.map(() => undefined);
    this.shares = parts.map(() => 0);
  }

  async run(): Promise<CheckedParts> {
    const { signal, jobs, limits = { heap: heapLimit, alone: aloneLimit } } = this.options;
    const end = (): Promise<unknown> => Promise.all([...this.threads].map((thread) => thread.end()));
    const stop = (): void => void end();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const waiting = [...this.parts.keys()].sort((a, b) => this.parts[b]!.size - this.parts[a]!.size || a - b);
      const threads = Math.min(jobs, waiting.length);
      const lost = (await Promise.all(Array.from({ length: threads }, () => this.work(waiting, limits.heap)))).flat();
      for (const { part, reason } of lost) this.notice(`${nameOf(this.parts[part]!)}: ${reason}; checked again alone`);
      const failed = await this.work(
        lost.map(({ part }) => part),
        limits.alone,
      );
      for (const { part, reason } of failed) this.answers[part] = uncheckedPart(problemOf(this.parts[part]!, reason));
      return { answers: this.answers.map((answer) => answer!), unlisted: [...this.unlisted.values()], failed: failed.length };
    } finally {
      signal?.removeEventListener('abort', stop);
      await end();
    }
  }

  /** Takes parts of a list until there are none; answers those whose thread has ended, and why. */
  private async work(waiting: number[], heap: number): Promise<readonly { readonly part: number; readonly reason: string }[]> {
    const lost: { part: number; reason: string }[] = [];
    let thread: PartThread | undefined;
    for (let part = this.next(waiting); part !== undefined; part = this.next(waiting)) {
      thread ??= this.start(heap);
      const end = await thread.check(this.parts[part]!, (message) => this.hear(part, message));
      if (this.options.signal?.aborted) throw new Cancelled();
      if (end.kind === 'failed') throw new Error(end.error);
      if (end.kind === 'answer') {
        for (const problem of end.unlisted) this.unlisted.set(problem.file, problem);
        this.answers[part] = end.answer;
        this.tell(part, 1);
      } else {
        lost.push({ part, reason: end.reason });
        this.threads.delete(thread);
        thread = undefined;
      }
    }
    await thread?.end();
    return lost;
  }

  private next(waiting: number[]): number | undefined {
    if (this.options.signal?.aborted) throw new Cancelled();
    return waiting.shift();
  }

  private start(heap: number): PartThread {
    const thread = new PartThread(this.options.script, this.request, heap);
    this.threads.add(thread);
    return thread;
  }

  private hear(part: number, message: Extract<FromPartWorker, { kind: 'progress' | 'notice' }>): void {
    if (message.kind === 'notice') this.notice(message.notice);
    else this.tell(part, shareOf(message.progress));
  }

  /** Each thread finds the same cache that is older, and the same disk that is full. */
  private notice(notice: string): void {
    if (this.notices.has(notice)) return;
    this.notices.add(notice);
    this.options.log(notice);
  }

  private tell(part: number, share: number): void {
    // A part that is done again does not go back.
    this.shares[part] = Math.max(this.shares[part]!, share);
    const total = this.parts.reduce((sum, { size }) => sum + size, 0);
    this.options.progress?.(this.parts.reduce((sum, { size }, i) => sum + this.shares[i]! * size, 0) / Math.max(total, 1));
  }
}

type End = Extract<FromPartWorker, { kind: 'answer' | 'failed' }> | { readonly kind: 'ended'; readonly reason: string };

class PartThread {
  private readonly worker: Worker;
  /** What its end is told to, if it has ended by itself. */
  private readonly ended: Promise<End>;

  constructor(script: string, request: PartsRequest, heap: number) {
    this.worker = new Worker(script, {
      workerData: request,
      resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: youngHeap },
    });
    this.ended = new Promise((resolve) => {
      let reason = '';
      this.worker.on('error', (error: NodeJS.ErrnoException) => {
        reason = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? `needs more than ${heap} MB` : error.message;
      });
      this.worker.on('exit', (code) => resolve({ kind: 'ended', reason: reason === '' ? `its thread ended with code ${code}` : reason }));
    });
  }

  async check(part: Part, hear: (message: Extract<FromPartWorker, { kind: 'progress' | 'notice' }>) => void): Promise<End> {
    let listen: ((message: FromPartWorker) => void) | undefined;
    const answered = new Promise<End>((resolve) => {
      listen = (message) => {
        if (message.kind === 'answer' || message.kind === 'failed') resolve(message);
        else hear(message);
      };
      this.worker.on('message', listen);
      this.worker.postMessage({ part } satisfies ToPartWorker);
    });
    const end = await Promise.race([answered, this.ended]);
    if (listen) this.worker.off('message', listen);
    return end;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

/** Where the phases begin, and how long they are, of all that there is to do for a part. */
const phases: Readonly<Record<Exclude<Progress['phase'], 'compare'>, readonly [start: number, length: number]>> = {
  index: [0, 0.05],
  read: [0.05, 0.4],
  analyze: [0.45, 0.5],
};

function shareOf({ phase, done, total }: Progress): number {
  if (phase === 'compare') return 1;
  const [start, length] = phases[phase];
  return start + (total > 0 ? (length * done) / total : 0);
}

function nameOf({ sources }: Part): string {
  return `${count(sources.length, 'file')} from ${sources[0]} to ${sources.at(-1)}`;
}

function problemOf(part: Part, reason: string): Problem {
  return { file: part.sources[0] ?? '.', line: 0, message: `${nameOf(part)} could not be checked: ${reason}` };
}
