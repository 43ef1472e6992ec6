import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { youngHeap } from '../host/young-heap.ts';

/** What the thread cannot tell of its streams. */
interface Terminals {
  readonly stdout: boolean;
  readonly stderr: boolean;
}

if (isMainThread) startThread();
else void runInThread(workerData as Terminals);

/** The memory for what is young can only be chosen for a thread; this one does nothing but pass on what is read and written. */
function startThread(): void {
  const { stdout, stderr } = process;
  // A reader that has seen enough (`| head`) closes the pipe; that is no error of ours.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      if (stream === stdout) stderr.write(`lockstep: cannot write the report: ${error.message}\n`);
      process.exit(2);
    });
  }
  const heap = Math.floor(getHeapStatistics().heap_size_limit / 2 ** 20);
  // Ctrl+C is left to the system: analysis is synchronous, and a handler would only run after it.
  const thread = new Worker(fileURLToPath(import.meta.url), {
    argv: process.argv.slice(2),
    stdin: true,
    workerData: { stdout: stdout.isTTY, stderr: stderr.isTTY } satisfies Terminals,
    resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: youngHeap },
  });
  // What nobody asks for is left to others: in a loop of the shell it is the loop's.
  let isReading = false;
  thread.once('message', () => {
    isReading = true;
    process.stdin.pipe(thread.stdin!);
  });
  thread.on('error', (error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? `needs more than ${heap} MB: check less at once` : error.message;
    stderr.write(`lockstep: ${reason}\n`);
    process.exitCode = 2;
  });
  thread.on('exit', (status) => {
    process.exitCode ??= status;
    if (isReading) process.stdin.destroy();
  });
}

async function runInThread({ stdout, stderr }: Terminals): Promise<void> {
  // Loaded here, so that the thread that only waits has none of it.
  const { run } = await import('./run.ts');
  const output = (stream: NodeJS.WriteStream, isTTY: boolean) => ({ write: (text: string) => stream.write(text), isTTY });
  process.exitCode = await run(process.argv.slice(2), {
    cwd: process.cwd(),
    input: () => {
      parentPort?.postMessage('stdin');
      return process.stdin;
    },
    stdout: output(process.stdout, stdout),
    stderr: output(process.stderr, stderr),
  });
  // What nobody has read keeps the thread waiting.
  process.stdin.destroy();
}
