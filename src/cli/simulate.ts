import { createDiskTree } from '../host/disk-tree.ts';
import { shippedNames } from '../host/models.ts';
import { loadGrammar } from '../host/grammar.ts';
import { documentsBelow, readDocuments } from '../model/documented.ts';
import { findCLines, readDrift } from '../model/model-source.ts';
import { renderComparison, renderSimulation, renderSimulationJson, type SimulationReport } from '../model/report/simulation.ts';
import { sampleRun, simulate as run, simulateContention, simulateLockdep, type SimulationRequest } from '../model/simulate.ts';
import { LineIndex } from '../model/source/text.ts';
import type { Tree } from '../model/source/tree.ts';
import { sequenceOfRun } from '../model/trace/from-run.ts';
import { renderSequence } from '../model/trace/mermaid.ts';
import { type Command, type Surroundings } from './command.ts';
import { modelName, modelOf, runHelp, runOptions, runRequest, toCommandError } from './model.ts';
import { flag, numberOf, oneOf, parseOptions, string, strings } from './options.ts';
import { addOrders, findRoot } from './paths.ts';
import { simulationLine } from './progress.ts';

const statuses = { holds: 0, violated: 1, unknown: 3 } as const;

export const simulate: Command = {
  name: 'simulate',
  usage: `MODEL|NAME [--scenario S] [--vcpus N] [--rounds K] [--with NAME,…] [--property P]…
         [--compare MODEL|NAME] [--tree DIR] [--orders FILE]… [--max-states M] [--max-memory MB]
         [--no-reduction] [--format text|json|mermaid]`,
  summary: 'Run every interleaving of a model of the locking, and show the shortest that goes wrong',
  help: `MODEL is a file in the model language (docs/model-language.md); it is compiled, never executed.
NAME is a model that comes with Lockstep: ${shippedNames.join(', ')}, RISC-V KVM's HSM calls before
2121cadec45a, with it, and with its follow-up.

${runHelp}, and the answer names the first that fails
  --compare MODEL|NAME   run the same with another model too, and set lock by lock side by side
  --tree DIR             kernel tree: its documented orders are held against the model, and the model
                         against its C (model-drift); steps are shown at their C lines
  --orders FILE          further documented orders; may be given again
  --max-states M         give up after so many states
  --max-memory MB        give up when states need more than this; default: 4096
  --no-reduction         look at every state, also where the order of steps makes no difference
  --format FORMAT        text (default), json, or mermaid: the run as a sequence diagram

Exit status: 0 holds; 1 violated; 2 could not run; 3 unknown, a limit was reached.
`,
  run: async (args, surroundings) => {
    const options = optionsOf(args);
    const reports: Made[] = [];
    for (const name of [options.model, ...options.compare]) reports.push(await report(name, options, surroundings));
    if (options.format === 'mermaid') surroundings.stdout.write(reports.map(({ diagram }) => diagram()).join('\n'));
    else if (options.format === 'json') surroundings.stdout.write(renderSimulationJson(reports));
    else surroundings.stdout.write(reports.map(renderSimulation).join('\n') + (reports.length > 1 ? `\n${renderComparison(reports)}` : ''));
    return Math.max(...reports.map(({ simulation }) => statuses[simulation.answer]));
  },
};

const formats = ['text', 'json', 'mermaid'] as const;
type Format = (typeof formats)[number];

interface Options {
  readonly model: string;
  readonly compare: readonly string[];
  readonly request: Omit<SimulationRequest, 'rules'>;
  readonly tree: string | undefined;
  readonly orders: readonly string[];
  readonly format: Format;
}

/** A report, and the sequence diagram of its run: of one that shows how it goes, where nothing is wrong. */
type Made = SimulationReport & { readonly diagram: () => string };

async function report(name: string, options: Options, surroundings: Surroundings): Promise<Made> {
  const program = await modelOf(name, surroundings);
  const { rules, tree } = documentsOf(options, surroundings.cwd);
  const c = tree && findCLines(program, tree);
  const drift = tree && (await readDrift(program, { tree, ...loadGrammar() }));
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
      lockdep: simulateLockdep(program, request, simulation.acquisitions),
      contention: options.compare.length > 0 ? simulateContention(program, request) : undefined,
      drift,
      place: (fn, at) => c?.at(fn, at) ?? (at && { file: program.file, line: lines.line(at.start) }),
      modelLine: (at) => lines.line(at.start),
      seconds,
      diagram: () => {
        const made = simulation.counterexample ?? sampleRun(program, request);
        return renderSequence(sequenceOfRun(made, { title: `${name}: ${simulation.run.title}`, places: () => ({}) })).text;
      },
    };
  } catch (error) {
    throw toCommandError(error, program);
  } finally {
    progress.clear();
  }
}

/** Orders that documents state, those of the tree and those that are named; and the tree itself, if one is given. */
function documentsOf({ tree, orders }: Options, cwd: string): { rules: SimulationRequest['rules']; tree?: Tree } {
  if (tree === undefined && orders.length === 0) return { rules: [] };
  const root = findRoot(tree, [], cwd);
  const laid = addOrders(createDiskTree(root.folder), root, orders);
  const documents = tree === undefined ? [] : documentsBelow('Documentation', laid.tree);
  return { rules: readDocuments([...documents, ...laid.orders], laid.tree).rules, ...(tree !== undefined && { tree: laid.tree }) };
}

function optionsOf(args: readonly string[]): Options {
  const { values, positionals } = parseOptions(args, {
    ...runOptions,
    compare: string,
    tree: string,
    orders: strings,
    'max-states': string,
    'max-memory': string,
    'no-reduction': flag,
    format: string,
  });
  const format = oneOf('format', values.format ?? 'text', formats);
  return {
    model: modelName('simulate', positionals),
    compare: values.compare === undefined ? [] : [values.compare],
    request: {
      ...runRequest(values),
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
