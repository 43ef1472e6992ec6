import { createDiskTree } from '../host/disk-tree.ts';
import { loadGrammar } from '../host/grammar.ts';
import type { PathTarget } from '../model/path/lock-path.ts';
import { renderPaths, renderPathsJson } from '../model/report/path.ts';
import { plain } from '../model/report/plain.ts';
import type { PathsResult } from '../model/reviewer-api.ts';
import { createReviewer } from '../model/reviewer.ts';
import { sequenceOf } from '../model/trace/from-path.ts';
import { renderSequence } from '../model/trace/mermaid.ts';
import { CannotRun, UsageError, type Command, type Surroundings } from './command.ts';
import { numberOf, oneOf, parseOptions, string, strings } from './options.ts';
import { addOrders, findRoot, targetIn } from './paths.ts';
import { progressLine } from './progress.ts';

const formats = ['text', 'json', 'mermaid'] as const;

interface PathOptions {
  /** As the user wrote it: `kvm_vcpu_ioctl`, `virt/kvm/kvm_main.c:kvm_vcpu_ioctl`, `virt/kvm/kvm_main.c:4100`. */
  readonly target: string;
  readonly paths: readonly string[];
  readonly tree: string | undefined;
  readonly orders: readonly string[];
  /** Number of the one path that is asked for. */
  readonly only: number | undefined;
  readonly format: (typeof formats)[number];
}

export const path: Command = {
  name: 'path',
  usage: 'FUNCTION|FILE:LINE [PATH…] [--tree DIR] [--orders FILE]… [--only N] [--format text|json|mermaid]',
  summary: 'Show the ways from system calls and other entries to a function, with every lock on them',
  help: `FUNCTION is a name, or FILE:NAME where several files define it; FILE:LINE is a line of a C file. A path
begins at a function that nobody calls or that is kept in a pointer, and shows who calls whom, each
lock taken and given back, what is held at each call, the pointers that calls go through, and the
step that breaks a documented order. It ends at the function, after the locks it takes itself. The
shortest path comes first.

Read are the C files below each PATH and what is linked with the file that has the function; without
a PATH, that file is looked for in the whole tree.

  --tree DIR             root of the kernel tree; default: the nearest folder above the first PATH
                         that has MAINTAINERS, else the current folder
  --orders FILE          further documented orders; may be given again
  --only N               the Nth path alone
  --format FORMAT        text (default), json or mermaid: a sequence diagram of the first path, or
                         of that which --only names

Exit status: 0 no path breaks a documented order; 1 one does; 2 could not run.
`,
  run: async (args, surroundings) => {
    const options = optionsOf(args);
    const result = await runPath(options, surroundings);
    const shown = options.only === undefined ? result.paths : result.paths.slice(options.only - 1, options.only);
    if (shown.length === 0 && options.only !== undefined) throw new CannotRun(`no path ${options.only}: there are ${result.paths.length}`);
    surroundings.stdout.write(render({ ...result, paths: shown }, options, surroundings));
    return shown.some(({ steps }) => steps.some(({ breaks }) => breaks.length > 0)) ? 1 : 0;
  },
};

function render(result: PathsResult, { format, target }: PathOptions, { stderr }: Surroundings): string {
  if (format === 'json') return renderPathsJson(result);
  if (format === 'text') return renderPaths(result);
  const [first, ...others] = result.paths;
  if (!first) throw new CannotRun(`no path to ${target}`);
  if (others.length > 0) stderr.write(`lockstep: the first of ${others.length + 1} paths (--only N draws another)\n`);
  return renderSequence(sequenceOf(first)).text;
}

async function runPath(options: PathOptions, { cwd, stderr }: Surroundings): Promise<PathsResult> {
  const named = /^(.+\.[ch]):(\w+)$/.exec(options.target);
  const root = findRoot(options.tree, [...options.paths, ...(named ? [named[1]!] : [])], cwd);
  const { tree, orders } = addOrders(createDiskTree(root.folder), root, options.orders);
  if (root.isGuess) stderr.write(`lockstep: no MAINTAINERS above: using ${plain(root.folder)} as the tree (--tree DIR names another)\n`);
  const target = targetOf(options.target, named ? targetIn(root, named[1]!).path : undefined, named?.[2]);
  const paths = options.paths.map((given) => targetIn(root, given).path);
  const progress = progressLine(stderr);
  const reviewer = await createReviewer({ tree, ...loadGrammar() });
  try {
    const result = reviewer.paths({ paths, target, orders, progress: progress.show });
    const files = new Set(result.definitions.map(({ file }) => file));
    if (files.size === 0) throw new CannotRun(notFound(options.target, result.similar));
    if (files.size > 1) throw new CannotRun(ambiguous(options.target, result.definitions));
    return result;
  } finally {
    progress.clear();
  }
}

function targetOf(given: string, file: string | undefined, name: string | undefined): PathTarget {
  if (file === undefined || name === undefined) return { function: given };
  return /^\d+$/.test(name) ? { file, line: numberOf('FILE:LINE', name) } : { function: name, file };
}

function notFound(target: string, similar: readonly string[]): string {
  if (/\.h:/.test(target)) return `no function ${target} in what was read: name the files that include the header`;
  const hint = similar.length > 0 ? `: did you mean ${similar.join(', ')}?` : ' in what was read';
  return `no function ${target}${hint}`;
}

function ambiguous(target: string, definitions: PathsResult['definitions']): string {
  const places = definitions.slice(0, 5).map(({ file, line }) => `${file}:${line}`);
  const more = definitions.length > places.length ? ` and ${definitions.length - places.length} more` : '';
  return `${target} is defined at ${places.join(', ')}${more}: name one as ${definitions[0]!.file}:${target}`;
}

function optionsOf(args: readonly string[]): PathOptions {
  const { values, positionals } = parseOptions(args, { tree: string, orders: strings, only: string, format: string });
  const [target, ...paths] = positionals;
  if (target === undefined) throw new UsageError('path needs a FUNCTION');
  const format = oneOf('format', values.format ?? 'text', formats);
  const only = values.only === undefined ? undefined : numberOf('--only', values.only);
  return { target, paths, tree: values.tree, orders: values.orders ?? [], only, format };
}
