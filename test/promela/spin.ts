import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface SpinOptions {
  /** For the preprocessor: name → value. */
  readonly defines?: Readonly<Record<string, string | number>>;
  /** What counts as an error: invalid end states, assertions, or (as SPIN has it) both. */
  readonly property?: 'deadlock' | 'assertions' | 'both';
  /** SPIN's partial-order reduction. On unless told otherwise. */
  readonly reduction?: boolean;
  /** Of the C compiler, 2 unless told otherwise. 1 builds in half the time and searches a little slower. */
  readonly optimization?: 0 | 1 | 2;
  /** Further definitions for the C compiler: `COLLAPSE`, `BFS`. */
  readonly panDefines?: readonly string[];
  /** The search is interrupted after this time; building is not counted. */
  readonly timeoutSeconds?: number;
  /** For states, hash table and stack together, as pan counts them. */
  readonly memoryLimitMb?: number;
  /** Longest path that is searched, in steps. A longer one makes the answer unknown. */
  readonly depth?: number;
  /** The hash table starts with two to this power slots, of 8 bytes. */
  readonly hashBits?: number;
}

export interface SpinResult {
  readonly answer: 'holds' | 'violated' | 'unknown';
  /** What was violated, with its depth, or why nothing is known. */
  readonly reason?: string;
  readonly states: number;
  readonly transitions: number;
  /** Wall time of the search. */
  readonly seconds: number;
  /** Wall time of making and compiling the verifier. */
  readonly buildSeconds: number;
  /** As pan counts: the hash table in full, from the start. 0 where pan did not live to say. */
  readonly peakMemoryKb: number;
  /** Statements that no path reaches, as pan writes them: `model.pml:12, state 3, "x = 1"`. Complete only where the answer is `holds`. */
  readonly unreached: readonly string[];
}

/** Why SPIN cannot run here, if so. */
export function spinProblem(): string | undefined {
  if (spawnSync('spin', ['-V']).error !== undefined) return 'there is no spin (package spin)';
  if (spawnSync('gcc', ['--version']).error !== undefined) return 'there is no gcc, which SPIN needs';
  return undefined;
}

/** Searches all states of a model, given as text or as a file. A model that does not build is an error. */
export async function runSpin(model: string | URL, options: SpinOptions = {}): Promise<SpinResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-spin-'));
  try {
    const file = path.join(folder, 'model.pml');
    if (typeof model === 'string') writeFileSync(file, model);
    else copyFileSync(model, file);

    const start = performance.now();
    await build(folder, options);
    const buildSeconds = (performance.now() - start) / 1000;

    const { depth = 100_000, hashBits = 24, property = 'both', timeoutSeconds = 60 } = options;
    const only = { deadlock: ['-A'], assertions: ['-E'], both: [] }[property];
    const ran = await run(folder, path.join(folder, 'pan'), [`-m${depth}`, `-w${hashBits}`, ...only], timeoutSeconds);
    return { ...readReport(ran), buildSeconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function build(folder: string, options: SpinOptions): Promise<void> {
  const { defines = {}, panDefines = [], memoryLimitMb = 4000, optimization = 2, reduction = true } = options;
  const values = Object.entries(defines).map(([name, value]) => `${name}=${value}`);
  // SPIN puts these into a shell command.
  for (const value of values) if (!/^\w+=\w*$/.test(value)) throw new Error(`not a definition: ${value}`);
  const flags = ['SAFETY', `MEMLIM=${memoryLimitMb}`, ...(reduction ? [] : ['NOREDUCE']), ...panDefines];
  const steps: [program: string, args: string[]][] = [
    ['spin', ['-a', ...values.map((value) => `-D${value}`), 'model.pml']],
    ['gcc', [`-O${optimization}`, '-w', ...flags.map((flag) => `-D${flag}`), '-o', 'pan', 'pan.c']],
  ];
  for (const [program, args] of steps) {
    const { status, output } = await run(folder, program, args);
    if (status !== 0) throw new Error(`${program}: ${output}`);
  }
}

interface Ran {
  readonly status: number | null;
  readonly output: string;
  readonly seconds: number;
  readonly interrupted: boolean;
}

/** Answers when the process has ended. On an interrupt pan still reports what it counted; if it does not end, it is killed. */
function run(cwd: string, program: string, args: readonly string[], timeoutSeconds?: number): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const written: Buffer[] = [];
    const timers: NodeJS.Timeout[] = [];
    let interrupted = false;
    const interrupt = (): void => {
      interrupted = true;
      child.kill('SIGINT');
    };
    if (timeoutSeconds !== undefined) {
      timers.push(setTimeout(interrupt, timeoutSeconds * 1000));
      timers.push(setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000 + 5000));
    }
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => written.push(data));
    child.once('error', reject);
    child.once('close', (status) => {
      timers.forEach(clearTimeout);
      resolve({ status, output: Buffer.concat(written).toString(), seconds: (performance.now() - start) / 1000, interrupted });
    });
  });
}

/** pan's exit status says nothing: only what it wrote does. */
function readReport({ output, seconds, interrupted }: Ran): Omit<SpinResult, 'buildSeconds'> {
  const number = (pattern: RegExp): number | undefined => {
    const text = pattern.exec(output)?.[1];
    return text === undefined ? undefined : Number(text);
  };
  const counted = {
    states: number(/^\s*([\d.e+]+) states, stored/m) ?? 0,
    transitions: number(/^\s*([\d.e+]+) transitions \(/m) ?? 0,
    seconds,
    peakMemoryKb: Math.round((number(/^\s*([\d.]+)\s+total actual memory usage/m) ?? 0) * 1024),
    unreached: [...output.matchAll(/^\t(\S+:\d+, state \d+, .*)$/gm)].map(([, place]) => place!),
  };
  const errors = number(/errors: (\d+)/);
  if (errors !== undefined && errors > 0) {
    const reason = /^pan:\s*1:\s*(.*)$/m.exec(output)?.[1];
    return { answer: 'violated', ...(reason !== undefined && { reason }), ...counted };
  }
  const reason = interrupted ? `interrupted after ${Math.round(seconds)} s` : gap(output);
  if (reason !== undefined) return { answer: 'unknown', reason, ...counted };
  if (errors === 0) return { answer: 'holds', ...counted };
  return { answer: 'unknown', reason: output.trim().slice(-300), ...counted };
}

/** Why not all states were seen, as pan says it: what ended the search before what only bounded it. */
function gap(output: string): string | undefined {
  const ends = [/^.*(?:reached -DMEMLIM bound|out of memory|VECTORSZ).*$/im, /^.*max search depth too small.*$/im];
  const said = ends.map((pattern) => pattern.exec(output)?.[0]).find((text) => text !== undefined);
  return said ?? (output.includes('Search not completed') ? 'the search was not completed' : undefined);
}
