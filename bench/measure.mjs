// Runs whole processes and says what they cost.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** GNU time counts the processes that the program starts too, which `process.resourceUsage()` does not. */
export const timeTool = '/usr/bin/time';
const fields = '%U %S %M';

let counter = 0;

/** Why nothing can be measured here, if so. */
export function timeProblem() {
  return fs.existsSync(timeTool) ? undefined : `no ${timeTool} (GNU time; package time)`;
}

/** Where GNU time writes, and what to put in front of a command. */
export function timed() {
  const report = path.join(os.tmpdir(), `lockstep-bench-${process.pid}-${counter++}`);
  return { report, prefix: ['-q', '-o', report, '-f', fields] };
}

/** CPU seconds (user and system), and peak MB of the largest process. */
export function readCost(report) {
  const text = fs.readFileSync(report, 'utf8').trim().split('\n').at(-1);
  fs.rmSync(report);
  const [user, system, kilobytes] = text.split(' ').map(Number);
  return { seconds: user + system, megabytes: kilobytes / 1024 };
}

/** Runs one command to its end. Answers its cost, its exit code and all that it wrote, errors included. */
export function runTimed({ program, args, cwd }) {
  const { report, prefix } = timed();
  return new Promise((resolve, reject) => {
    const child = spawn(timeTool, [...prefix, program, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    const errors = [];
    child.stdout.on('data', (data) => output.push(data));
    child.stderr.on('data', (data) => errors.push(data));
    child.once('error', reject);
    child.once('close', (code) => {
      const [stdout, stderr] = [output, errors].map((parts) => Buffer.concat(parts).toString());
      resolve({ ...readCost(report), code, stdout, stderr });
    });
  });
}

export function median(values) {
  return percentile(values, 0.5);
}

/** The nearest of the values, for a share from 0 to 1. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
