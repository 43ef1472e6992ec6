import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadCompiler, shippedModel, shippedNames } from '../host/models.ts';
import { reasonOf } from '../host/system-error.ts';
import { plain } from '../model/report/plain.ts';
import { properties, RequestError, RunError, type ModelProgram, type Property, type SimulationRequest } from '../model/simulate.ts';
import { LineIndex } from '../model/source/text.ts';
import { CannotRun, UsageError, type Surroundings } from './command.ts';
import { numberOf, string, strings } from './options.ts';

/** Options that say which run of a model is meant. */
export const runOptions = { scenario: string, vcpus: string, rounds: string, with: string, property: strings } as const;

export const runHelp = `  --scenario S           scenario of the model; default: its first
  --vcpus N, --rounds K  numbers of the model; default: its own
  --with NAME,…          optional threads that take part; default: all; none: no optional thread
  --property P           what to look for: ${properties.join(', ')};
                         may be given again; default: all`;

interface RunValues {
  readonly scenario?: string | undefined;
  readonly vcpus?: string | undefined;
  readonly rounds?: string | undefined;
  readonly with?: string | undefined;
  readonly property?: string[] | undefined;
}

export type RunRequest = Pick<SimulationRequest, 'scenario' | 'vcpus' | 'rounds' | 'with' | 'properties'>;

export function runRequest(values: RunValues): RunRequest {
  const asked = (values.property ?? []).flatMap((each) => each.split(','));
  const unknown = asked.find((each) => !(properties as readonly string[]).includes(each));
  if (unknown !== undefined) throw new UsageError(`unknown property ${unknown}; there is: ${properties.join(', ')}`);
  const threads = values.with?.split(',').filter((each) => each !== '' && each !== 'none');
  return {
    ...(values.scenario !== undefined && { scenario: values.scenario }),
    ...(values.vcpus !== undefined && { vcpus: numberOf('--vcpus', values.vcpus) }),
    ...(values.rounds !== undefined && { rounds: numberOf('--rounds', values.rounds) }),
    ...(threads && { with: threads }),
    ...(asked.length > 0 && { properties: properties.filter((each): each is Property => asked.includes(each)) }),
  };
}

/** The one model that a command is about. */
export function modelName(command: string, positionals: readonly string[]): string {
  const [model, ...more] = positionals;
  if (model === undefined) throw new UsageError(`${command} needs a MODEL or a NAME: ${shippedNames.join(', ')}`);
  if (more.length > 0) throw new UsageError(`${command} takes one MODEL`);
  return model;
}

/** A model that comes along, or a file; its problems go to stderr. */
export async function modelOf(name: string, { cwd, stderr }: Surroundings): Promise<ModelProgram> {
  const known = await shippedModel(name);
  if (known) return known;
  const file = path.resolve(cwd, name);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CannotRun(`cannot read ${name}: ${reasonOf(error, file)}; models that come along: ${shippedNames.join(', ')}`);
  }
  const compile = await loadCompiler();
  const { program, problems } = compile(text, name);
  const lines = new LineIndex(text);
  for (const { at, message } of problems) {
    const { line, column } = lines.location(name, at);
    stderr.write(`${plain(`${name}:${line}:${column}: error: ${message} [model]`)}\n`);
  }
  const { length } = problems;
  if (length > 0) throw new CannotRun(`${name} is no model that can be run: ${length} problem${length === 1 ? '' : 's'}`);
  return program;
}

/** What a model cannot be asked for, or does not survive, in words for the command line. */
export function toCommandError(error: unknown, { file, text }: ModelProgram): unknown {
  if (error instanceof RequestError) return new UsageError(error.message);
  if (!(error instanceof RunError)) return error;
  const { thread, function: name, at } = error.place;
  const { line, column } = new LineIndex(text).location(file, at ?? { start: 0, end: 0 });
  const who = [thread, name && `in ${name}`].filter((each) => each !== undefined).join(', ');
  return new CannotRun(`cannot run ${file}${at ? `:${line}:${column}` : ''}: ${error.message}${who === '' ? '' : ` (${who})`}`);
}
