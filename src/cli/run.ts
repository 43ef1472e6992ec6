import packageJson from '../../package.json' with { type: 'json' };
import { plain } from '../model/report/plain.ts';
import { check } from './check.ts';
import { CannotRun, UsageError, type Command, type Surroundings } from './command.ts';
import { exportCommand } from './export.ts';
import { lsp } from './lsp.ts';
import { path } from './path.ts';
import { review } from './review.ts';
import { simulate } from './simulate.ts';

/** A new command is a file of its own and an entry here. */
const commands: readonly Command[] = [check, review, path, simulate, exportCommand, lsp];

/** Runs one command line and answers its exit status. Whatever goes wrong ends up on stderr. */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const [name, ...args] = argv;
  try {
    if (name === '--help' || name === '-h') return print(stdout, args[0] === undefined ? overview() : helpOf(commandNamed(args[0])));
    if (name === '--version') return print(stdout, `${packageJson.version}\n`);
    const command = commandNamed(name);
    if (asksForHelp(args)) return print(stdout, helpOf(command));
    return await command.run(args, surroundings);
  } catch (error) {
    stderr.write(`lockstep: ${describe(error, name)}\n`);
    return 2;
  }
}

function print(stdout: Surroundings['stdout'], text: string): number {
  stdout.write(text);
  return 0;
}

function commandNamed(name: string | undefined): Command {
  const names = commands.map((command) => command.name).join(', ');
  if (name === undefined) throw new UsageError(`no command given; there is: ${names}`);
  const command = commands.find((each) => each.name === name);
  if (command) return command;
  throw new UsageError(`unknown ${name.startsWith('-') ? 'option' : 'command'} ${name}; commands: ${names}`);
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === '--help' || arg === '-h');
}

function describe(error: unknown, name: string | undefined): string {
  if (error instanceof UsageError) {
    const known = commands.some((command) => command.name === name);
    return `${plain(error.message)}\nsee lockstep ${known ? `${name} ` : ''}--help`;
  }
  if (error instanceof CannotRun) return plain(error.message);
  const lines = String(error instanceof Error ? error.stack : error).split('\n');
  return ['failed by a mistake of its own, please report it', ...lines.map(plain)].join('\n');
}

function overview(): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    'Usage: lockstep COMMAND …',
    '',
    'Lock-order diagnostics for Linux kernel source, with no kernel build.',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'lockstep COMMAND --help tells more. --version prints the version.',
    '',
  ].join('\n');
}

function helpOf(command: Command): string {
  return `Usage: lockstep ${command.name} ${command.usage}\n\n${command.summary}\n\n${command.help}`;
}
