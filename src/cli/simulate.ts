import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createDiskTree } from '../host/disk-tree.ts';
import { loadCompiler, shippedModel, shippedNames } from '../host/models.ts';
import { reasonOf } from '../host/system-error.ts';
import { documentsBelow, readDocuments } from '../model/documented.ts';
import { plain } from '../model/report/plain.ts';
import { renderComparison, renderSimulation, renderSimulationJson, type SimulationReport } from '../model/report/simulation.ts';
import {
  properties,
  RequestError,
  RunError,
  simulate as run,
  simulateContention,
  simulateLockdep,
  type ModelProgram,
  type Property,
  type SimulationRequest,
} from '../model/simulate.ts';
import { LineIndex } from '../model/source/text.ts';
import { CannotRun, UsageError, type Command, type Surroundings } from './command.ts';
import { addOrders, findRoot } from './paths.ts';
import { simulationLine } from './progress.ts';

const statuses = { holds: 0, violated: 1, unknown: 3 } as const;

export const simulate: Command = {
  name: 'simulate',
  usage: `MODEL|NAME [--scenario S] [--vcpus N] [--rounds K] [--with NAME,…] [--property P]…
         [--compare MODEL|NAME] [--tree DIR] [--orders FILE]… [--max-states M] [--max-memory MB]
         [--no-reduction] [--format text|json]`,
  summary: 'Run every interleaving of a model of the locking, and show the shortest that goes wrong',
  help: `MODEL is a file in the model language (docs/model-language.md); it is compiled, never executed.
NAME is a model that comes with Lockstep: ${shippedNames.join(', ')}, RISC-V KVM's HSM calls before
2121cadec45a, with it, and with its follow-up.

  --scenario S           scenario of the model; default: its first
  --vcpus N, --rounds K  numbers of the model; default: its own
  --with NAME,…          optional threads that take part; default: all; none: no optional thread
  --property P           what to look for: ${properties.join(', ')};
                         may be given again; default: all, and the answer names the first that fails
  --compare MODEL|NAME   run the same with another model too, and set lock by lock side by side
  --tree DIR             kernel tree with documented orders to hold the model to
  --orders FILE          further documented orders; may be given again
  --max-states M         give up after so many states
  --max-memory MB        give up when states need more than this; default: 4096
  --no-reduction         look at every state, also where the order of steps makes no difference
  --format FORMAT        text (default) or json

Exit status: 0 holds; 1 violated; 2 could not run; 3 unknown, a limit was reached.
`,
  run: async (args, surroundings) => {
    const options = optionsOf(args);
    const reports: SimulationReport[] = [];
    for (const name of [options.model, ...options.compare]) reports.push(await report(name, options, surroundings));
    if (options.format === 'json') surroundings.stdout.write(renderSimulationJson(reports));
    else surroundings.stdout.write(reports.map(renderSimulation).join('\n') + (reports.length > 1 ? `\n${renderComparison(reports)}` : ''));
    return Math.max(...reports.map(({ simulation }) => statuses[simulation.answer]));
  },
};

interface Options {
  readonly model: string;
  readonly compare: readonly string[];
  readonly request: Omit<SimulationRequest, 'rules'>;
  readonly tree: string | undefined;
  readonly orders: readonly string[];
  readonly format: 'text' | 'json';
}

async function report(name: string, options: Options, surroundings: Surroundings): Promise<SimulationReport> {
  const program = await modelOf(name, surroundings);
  const rules = rulesOf(options, surroundings.cwd);
  const progress = simulationLine(surroundings.stderr);
  const started = performance.now();
  try {
    const request: SimulationRequest = { ...options.request, rules, progress: progress.show };
    const simulation = run(program, request);
    const seconds = (performance.now() - started) / 1000;
    const lines = new LineIndex(program.text);
    return {
      model: name,
      simulation,
      lockdep: simulateLockdep(program, request),
      contention: options.compare.length > 0 ? simulateContention(program, request) : undefined,
      place: (_, at) => at && { file: program.file, line: lines.line(at.start) },
      seconds,
    };
  } catch (error) {
    if (error instanceof RequestError) throw new UsageError(error.message);
    if (error instanceof RunError) throw new CannotRun(`cannot run ${name}: ${error.message}`);
    throw error;
  } finally {
    progress.clear();
  }
}

async function modelOf(name: string, { cwd, stderr }: Surroundings): Promise<ModelProgram> {
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
  for (const { at, message } of problems.slice(0, 20)) stderr.write(`${plain(`${name}:${lines.line(at.start)}: ${message}`)}\n`);
  if (problems.length > 0) throw new CannotRun(`${name} is no model that can be run: ${problems.length} problems`);
  return program;
}

/** Orders that documents state: those of the tree, and those that are named. */
function rulesOf({ tree, orders }: Options, cwd: string): SimulationRequest['rules'] {
  if (tree === undefined && orders.length === 0) return [];
  const root = findRoot(tree, [], cwd);
  const laid = addOrders(createDiskTree(root.folder), root, orders);
  const documents = tree === undefined ? [] : documentsBelow('Documentation', laid.tree);
  return readDocuments([...documents, ...laid.orders], laid.tree).rules;
}

function optionsOf(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const [model, ...more] = positionals;
  if (model === undefined) throw new UsageError(`simulate needs a MODEL or a NAME: ${shippedNames.join(', ')}`);
  if (more.length > 0) throw new UsageError(`simulate takes one MODEL; --compare names another`);
  const format = values.format ?? 'text';
  if (format !== 'text' && format !== 'json') throw new UsageError(`unknown format ${format}; there is: text, json`);
  const asked = (values.property ?? []).flatMap((each) => each.split(','));
  const unknown = asked.find((each) => !(properties as readonly string[]).includes(each));
  if (unknown !== undefined) throw new UsageError(`unknown property ${unknown}; there is: ${properties.join(', ')}`);
  const threads = values.with?.split(',').filter((each) => each !== '' && each !== 'none');
  return {
    model,
    compare: values.compare === undefined ? [] : [values.compare],
    request: {
      ...(values.scenario !== undefined && { scenario: values.scenario }),
      ...(values.vcpus !== undefined && { vcpus: numberOf('--vcpus', values.vcpus) }),
      ...(values.rounds !== undefined && { rounds: numberOf('--rounds', values.rounds) }),
      ...(threads && { with: threads }),
      ...(asked.length > 0 && { properties: properties.filter((each): each is Property => asked.includes(each)) }),
      isReduced: values['no-reduction'] !== true,
      limits: {
        ...(values['max-states'] !== undefined && { states: numberOf('--max-states', values['max-states']) }),
        memory: (values['max-memory'] === undefined ? 4096 : numberOf('--max-memory', values['max-memory'])) * 1e6,
      },
    },
    tree: values.tree,
    orders: values.orders ?? [],
    format,
  };
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new UsageError(`${option} takes a number from 1 on, not ${text}`);
  return number;
}

function parse(args: readonly string[]) {
  const string = { type: 'string' } as const;
  const strings = { type: 'string', multiple: true } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        scenario: string,
        vcpus: string,
        rounds: string,
        with: string,
        property: strings,
        compare: string,
        tree: string,
        orders: strings,
        'max-states': string,
        'max-memory': string,
        'no-reduction': { type: 'boolean' },
        format: string,
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message.split('. ')[0]!.replace(/^./, (c) => c.toLowerCase()));
    throw error;
  }
}
