import type { Readable } from 'node:stream';

/** Where a command writes. `isTTY` as Node has it: true on a terminal, else false or undefined. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

/** What a command may know of the process it runs in. */
export interface Surroundings {
  readonly cwd: string;
  /** Standard input. Nobody else can read it once it was asked for. */
  input(): Readable;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** One subcommand. Its file is the only place that knows its options. */
export interface Command {
  readonly name: string;
  /** Arguments and one line of what it does, for `lockstep --help`. */
  readonly usage: string;
  readonly summary: string;
  /** All of `lockstep NAME --help` below the usage. */
  readonly help: string;
  /** Exit status: 0 nothing found, 1 findings, 2 could not run. `args` are those after the name; never contains `--help`. */
  run(args: readonly string[], surroundings: Surroundings): Promise<number>;
}

/** Could not run, and the user can do something about it: `cannot read X: reason`. Status 2, without a stack. */
export class CannotRun extends Error {}

/** The command line itself is wrong. */
export class UsageError extends CannotRun {}
