import { fork, type ChildProcess } from 'node:child_process';
import type { Explorations, FromSimulator, Job, JobAnswers, ToSimulator } from './simulator-messages.ts';

export interface SimulatorsOptions {
  /** Script of the process. */
  readonly script: string;
  readonly log: (message: string) => void;
  /** Megabytes of heap, besides the states themselves; for tests. */
  readonly heapLimit?: number;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (progress: Explorations) => void;
}

interface Pending {
  readonly id: number;
  readonly options: RunOptions;
  resolve(answer: JobAnswers[keyof JobAnswers] | undefined): void;
  reject(error: Error): void;
}

interface Simulator {
  readonly child: ChildProcess;
  pending: Pending | undefined;
  /** What it last wrote to stderr. */
  words: string;
  idleSince?: NodeJS.Timeout;
}

const defaultHeapLimit = 2048;
/** Milliseconds that a process with nothing to do is kept: starting one takes longer than many a simulation. */
const idlePatience = 300_000;
/** Jobs at a time; more wait for nothing and would only take each other's memory. */
const processLimit = 4;
const wordLimit = 4000;

/**
 * The processes that explore. One does one job at a time; one that has nothing to do is kept for the next. Memory is bounded
 * for each (limits of worker threads do not bound array buffers), cancelling ends the process at once, and one that crashes fails
 * its own job and nothing else.
 */
export class Simulators {
  private readonly all = new Set<Simulator>();
  private nextId = 1;

  constructor(private readonly options: SimulatorsOptions) {
    process.on('exit', this.kill);
  }

  /** Resolves to undefined when the signal is aborted. */
  run<K extends Job['kind']>(job: Job & { kind: K }, options: RunOptions = {}): Promise<JobAnswers[K] | undefined> {
    if (options.signal?.aborted) return Promise.resolve(undefined);
    const idle = [...this.all].find(({ pending }) => !pending);
    if (!idle && this.all.size >= processLimit)
      return Promise.reject(new Error(`${processLimit} simulations are under way: cancel one, or wait for it`));
    const simulator = idle ?? this.start();
    clearTimeout(simulator.idleSince);
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      // The process answers with the type that belongs to the kind: `answerJob` in simulation-jobs.ts.
      const pending: Pending = { id, options, resolve: resolve as Pending['resolve'], reject };
      simulator.pending = pending;
      options.signal?.addEventListener('abort', () => this.cancel(simulator, pending), { once: true });
      simulator.child.send({ id, job } satisfies ToSimulator, (error) => {
        if (error) this.fail(simulator, `the simulation could not be asked: ${error.message}`);
      });
    });
  }

  dispose(): void {
    process.off('exit', this.kill);
    this.kill();
  }

  private readonly kill = (): void => {
    for (const simulator of [...this.all]) {
      simulator.pending?.resolve(undefined);
      this.end(simulator);
    }
  };

  private start(): Simulator {
    const child = fork(this.options.script, [], {
      execArgv: [`--max-old-space-size=${this.heapLimit}`],
      // Where the server runs in the editor's own binary, this makes it Node. Standard output is the connection of the server.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const simulator: Simulator = { child, pending: undefined, words: '' };
    this.all.add(simulator);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      simulator.words = (simulator.words + text).slice(-wordLimit);
    });
    child.on('message', (message: FromSimulator) => this.receive(simulator, message));
    child.on('error', (error) => this.fail(simulator, `the simulation could not be started: ${error.message}`));
    // `close`, not `exit`: by then everything it wrote has come.
    child.on('close', (code, signal) => this.fail(simulator, this.reason(simulator, code, signal)));
    return simulator;
  }

  private get heapLimit(): number {
    return this.options.heapLimit ?? defaultHeapLimit;
  }

  private receive(simulator: Simulator, message: FromSimulator): void {
    const { pending } = simulator;
    if (pending?.id !== message.id) return;
    if (message.kind === 'progress') return pending.options.progress?.(message.progress);
    simulator.pending = undefined;
    this.rest(simulator);
    if (message.kind === 'answer') return pending.resolve(message.answer);
    if (message.isOurs) this.options.log(`simulation failed: ${message.error}`);
    pending.reject(new Error(message.error.split('\n', 1)[0]));
  }

  /** Keeps one process for what comes next, for some time. */
  private rest(simulator: Simulator): void {
    const others = [...this.all].some((other) => other !== simulator && !other.pending);
    if (others) this.end(simulator);
    else simulator.idleSince = setTimeout(() => this.end(simulator), idlePatience).unref();
  }

  private cancel(simulator: Simulator, pending: Pending): void {
    if (simulator.pending !== pending) return;
    this.end(simulator);
    pending.resolve(undefined);
  }

  private end(simulator: Simulator): void {
    this.all.delete(simulator);
    clearTimeout(simulator.idleSince);
    simulator.pending = undefined;
    simulator.child.kill('SIGKILL');
  }

  private fail(simulator: Simulator, reason: string): void {
    if (!this.all.has(simulator)) return;
    const { pending, words } = simulator;
    this.end(simulator);
    this.options.log(words === '' ? reason : `${reason}\n${words}`);
    pending?.reject(new Error(reason));
  }

  private reason({ words }: Simulator, code: number | null, signal: NodeJS.Signals | null): string {
    if (/heap out of memory|invalid array length Allocation/.test(words))
      return `the simulation needs more than ${this.heapLimit} MB besides its states: the model needs fewer threads, rounds or values`;
    if (signal === 'SIGKILL') return 'the simulation was killed from outside, perhaps because the machine has no memory left';
    return `the simulation ended with ${signal ?? `code ${code}`}; the log has what it said`;
  }
}
