import { Worker } from 'node:worker_threads';
import { answerJob, JobError, warmUp } from './simulation-jobs.ts';
import type { FromSimulator, ToSimulator } from './simulator-messages.ts';

/**
 * The process that explores, one job at a time. It reads no messages while it does: to cancel a job is to end the process.
 * When the server goes away, so does it.
 */
const send = (message: FromSimulator): void => {
  process.send?.(message);
};

/** Runs left until the machine code is as fast as it gets; given up as soon as there is work. */
let warmUps = 3;

process.on('disconnect', () => process.exit());
process.on('message', (message: ToSimulator) => void answer(message));
endWithServer();

async function answer({ id, job }: ToSimulator): Promise<void> {
  if (job.kind === 'simulate') warmUps = 0;
  try {
    send({ id, kind: 'answer', answer: await answerJob(job, (progress) => send({ id, kind: 'progress', progress })) });
  } catch (error) {
    send({ id, kind: 'failed', ...failure(error) });
  }
  if (job.kind === 'models') setImmediate(() => void warm());
}

function failure(error: unknown): { error: string; isOurs: boolean } {
  if (error instanceof JobError) return { error: error.message, isOurs: false };
  if (error instanceof RangeError && /allocation failed|invalid (?:typed )?array/i.test(error.message))
    return { error: 'there is not enough memory for so many states: the model needs fewer threads, rounds or values', isOurs: false };
  return { error: error instanceof Error ? (error.stack ?? error.message) : String(error), isOurs: true };
}

async function warm(): Promise<void> {
  if (warmUps-- <= 0) return;
  await warmUp();
  setImmediate(() => void warm());
}

/** A busy process does not hear that the connection was closed: a thread looks whether the server is still its parent. */
function endWithServer(): void {
  const script = `const { ppid } = process;
setInterval(() => {
  try {
    process.kill(ppid, 0);
    if (process.ppid === ppid) return;
  } catch {}
  process.kill(process.pid, 'SIGKILL');
}, 500);`;
  new Worker(script, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16 } }).unref();
}
