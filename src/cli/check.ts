import { parseArgs } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { createDiskTree } from '../host/disk-tree.ts';
import { loadGrammar } from '../host/grammar.ts';
import { checkRecords } from '../model/checks/records.ts';
import { renderJson } from '../model/report/json.ts';
import { renderSarif } from '../model/report/sarif.ts';
import { renderText } from '../model/report/text.ts';
import type { CheckResult } from '../model/reviewer-api.ts';
import { createReviewer } from '../model/reviewer.ts';
import { compareLocations, type Problem } from '../model/source/location.ts';
import { readBaseline, writeBaseline } from './baseline.ts';
import { UsageError, type Command, type Surroundings } from './command.ts';
import { addOrders, findRoot, targetIn } from './paths.ts';
import { progressLine } from './progress.ts';

const formats = ['text', 'json', 'sarif'] as const;
type Format = (typeof formats)[number];

interface CheckOptions {
  readonly paths: readonly string[];
  readonly tree: string | undefined;
  readonly orders: readonly string[];
  readonly format: Format;
  readonly baseline: string | undefined;
  readonly writeBaseline: string | undefined;
}

export const check: Command = {
  name: 'check',
  usage: 'PATH… [--tree DIR] [--orders FILE]… [--baseline FILE | --write-baseline FILE] [--format text|json|sarif]',
  summary: 'Find locks taken against the documented order, in circles, or across a wait for their own readers',
  help: `PATH is a folder or a file of the tree. For a folder, the sources below it and the headers they
include are read; for a file, also what is linked with it (its folder, and what the Makefile there
names), so that its callers are known. Findings are reported for places below the paths only.
A PATH is looked for from the current folder, then from the tree; with --tree the other way round.

  --tree DIR             root of the kernel tree; default: the nearest folder above the first PATH
                         that has MAINTAINERS, else the current folder
  --orders FILE          further documented orders, in the words of Documentation/**/locking.rst;
                         may be given again
  --baseline FILE        leave out the findings that FILE lists, and say how many
  --write-baseline FILE  list all findings in FILE, and report none
  --format FORMAT        text (default), json or sarif (2.1.0)

Exit status: 0 nothing found, or information only; 1 findings; 2 could not run, or nothing that was
named could be read.

Checks:
${checkRecords.map((record) => `  ${record.id.padEnd(22)} ${record.title}\n`).join('')}`,
  run: async (args, surroundings) => {
    const options = optionsOf(args);
    const known = options.baseline === undefined ? undefined : readBaseline(surroundings.cwd, options.baseline);
    const all = await runCheck(options, surroundings);
    if (options.writeBaseline !== undefined) writeBaseline(surroundings.cwd, options.writeBaseline, all.findings);
    const isKnown = (id: string): boolean => options.writeBaseline !== undefined || known?.has(id) === true;
    const findings = all.findings.filter((finding) => !isKnown(finding.id));
    const compared = known !== undefined || options.writeBaseline !== undefined;
    const inBaseline = compared ? { inBaseline: all.findings.length - findings.length } : {};
    surroundings.stdout.write(render({ ...all, findings }, options.format, inBaseline));
    return exitStatus({ ...all, findings });
  },
};

async function runCheck(options: CheckOptions, { cwd, stderr }: Surroundings): Promise<CheckResult> {
  const root = findRoot(options.tree, options.paths, cwd);
  const targets = options.paths.map((given) => targetIn(root, given));
  const unlisted = new Map<string, Problem>();
  const disk = createDiskTree(root.folder, {
    unlisted: (folder, reason) => unlisted.set(folder, { file: folder || '.', line: 0, message: `cannot list folder: ${reason}` }),
  });
  const { tree, orders } = addOrders(disk, root, options.orders);
  const progress = progressLine(stderr);
  const reviewer = await createReviewer({ tree, ...loadGrammar() });
  try {
    const result = reviewer.check({
      paths: targets.map((target) => target.path),
      orders,
      scope: targets.some((target) => target.kind === 'file') ? 'module' : 'paths',
      progress: progress.show,
    });
    return { ...result, problems: [...result.problems, ...unlisted.values()].sort(compareProblems) };
  } finally {
    progress.clear();
  }
}

function compareProblems(a: Problem, b: Problem): number {
  return compareLocations({ ...a, column: 0 }, { ...b, column: 0 });
}

function render(result: CheckResult, format: Format, inBaseline: { inBaseline?: number }): string {
  switch (format) {
    case 'text':
      return renderText(result, inBaseline);
    case 'json':
      return renderJson(result, inBaseline);
    case 'sarif':
      return renderSarif(checkRecords, result, { toolVersion: packageJson.version, ...inBaseline });
  }
}

function exitStatus({ findings, problems, stats }: CheckResult): number {
  if (findings.some((finding) => finding.severity !== 'information')) return 1;
  return stats.files === 0 && problems.length > 0 ? 2 : 0;
}

function optionsOf(args: readonly string[]): CheckOptions {
  const { values, positionals } = parse(args);
  const format = formats.find((each) => each === (values.format ?? 'text'));
  if (format === undefined) throw new UsageError(`unknown format ${values.format}; there is: ${formats.join(', ')}`);
  if (positionals.length === 0) throw new UsageError('check needs a PATH');
  const { baseline, 'write-baseline': toWrite } = values;
  if (baseline !== undefined && toWrite !== undefined) throw new UsageError('--baseline and --write-baseline exclude each other');
  return { paths: positionals, tree: values.tree, orders: values.orders ?? [], format, baseline, writeBaseline: toWrite };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        tree: { type: 'string' },
        orders: { type: 'string', multiple: true },
        baseline: { type: 'string' },
        'write-baseline': { type: 'string' },
        format: { type: 'string' },
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(lowerFirst(error.message.split('. ')[0] ?? ''));
    throw error;
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
