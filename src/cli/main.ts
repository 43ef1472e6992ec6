import process from 'node:process';
import { run } from './run.ts';

// A reader that has seen enough (`| head`) closes the pipe; that is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    if (stream === process.stdout) process.stderr.write(`lockstep: cannot write the report: ${error.message}\n`);
    process.exit(2);
  });
}

// Ctrl+C is left to the system: analysis is synchronous, and a handler would only run after it.
const { stdin, stdout, stderr } = process;
void run(process.argv.slice(2), { cwd: process.cwd(), stdin, stdout, stderr }).then((status) => {
  process.exitCode = status;
});
