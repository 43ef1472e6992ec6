import path from 'node:path';
import process from 'node:process';
import packageJson from '../../package.json' with { type: 'json' };
import { analyzerVersion } from '../host/analyzer-version.ts';
import { userCacheFolder } from '../host/cache-folder.ts';
import { openDiskCache } from '../host/disk-cache.ts';
import { createDiskTree, unlistedProblem } from '../host/disk-tree.ts';
import { loadGrammar } from '../host/grammar.ts';
import type { PartsRequest } from '../host/part-messages.ts';
import { checkParts, defaultJobs, partScript } from '../host/part-pool.ts';
import { checkRecords } from '../model/checks/records.ts';
import type { Confidence, Finding } from '../model/checks/finding.ts';
import { resultOf } from '../model/part-answer.ts';
import { isConfident, leastConfidence } from '../model/report/confidence.ts';
import { renderJson } from '../model/report/json.ts';
import type { LeftOut } from '../model/report/left-out.ts';
import { plain } from '../model/report/plain.ts';
import { renderSarif } from '../model/report/sarif.ts';
import { renderText } from '../model/report/text.ts';
import type { CheckResult } from '../model/reviewer-api.ts';
import { createReviewer } from '../model/reviewer.ts';
import { compareLocations, type Problem } from '../model/source/location.ts';
import type { Tree } from '../model/source/tree.ts';
import { readBaseline, writeBaseline } from './baseline.ts';
import { CannotRun, UsageError, type Command, type Surroundings } from './command.ts';
import { flag, minimumConfidence, minimumConfidenceHelp, numberOf, oneOf, parseOptions, string, strings } from './options.ts';
import { addOrders, findRoot, sourcesOf, targetIn, type Target } from './paths.ts';
import { progressLine } from './progress.ts';

/** Checks that run only where they are asked for. */
const optionalChecks = checkRecords.flatMap(({ id, isOptional }) => (isOptional ? [id] : []));

const formats = ['text', 'json', 'sarif'] as const;
type Format = (typeof formats)[number];

interface CheckOptions {
  readonly paths: readonly string[];
  readonly tree: string | undefined;
  readonly orders: readonly string[];
  readonly minimumConfidence: Confidence;
  readonly format: Format;
  readonly enabled: readonly string[];
  readonly cache: string | undefined;
  readonly isCached: boolean;
  readonly jobs: number | undefined;
  readonly baseline: string | undefined;
  readonly writeBaseline: string | undefined;
}

export const check: Command = {
  name: 'check',
  usage: `PATH… [--tree DIR] [--orders FILE]… [--minimum-confidence LEVEL] [--enable CHECK]…
         [--baseline FILE | --write-baseline FILE] [--cache DIR | --no-cache]
         [--jobs N] [--format text|json|sarif]`,
  summary: 'Find locks taken against the documented order, in circles, or across a wait for their own readers',
  help: `PATH is a folder or a file of the tree. For a folder, the sources below it and the headers they
include are read; for a file, also what is linked with it (its folder, and what the Makefile there
names), so that its callers are known. Findings are reported for places below the paths only.
A PATH is looked for from the current folder, then from the tree; with --tree the other way round.
Sources of more than 14 MB are split into parts, by folders: calls between parts are not followed.

  --tree DIR             root of the kernel tree; default: the nearest folder above the first PATH
                         that has MAINTAINERS, else the current folder
  --orders FILE          further documented orders, in the words of Documentation/**/locking.rst;
                         may be given again
${minimumConfidenceHelp}\
  --enable CHECK         run a check that is off otherwise; may be given again: ${optionalChecks.join(', ')}
  --baseline FILE        leave out the findings that FILE lists, and say how many
  --write-baseline FILE  list all findings in FILE, whatever their confidence, and report none
  --cache DIR            where answers are kept: while nothing that was read for one has changed, it
                         is told again; default: lockstep below the user's folder of caches
  --no-cache             keep nothing, and believe nothing that was kept
  --jobs N               threads for what is checked in parts; default: one for each core that there
                         is memory for. What is found does not depend on it
  --format FORMAT        text (default), json or sarif (2.1.0)

Exit status: 0 nothing found, or information only; 1 findings; 2 could not run, or nothing that was
named could be read.

Checks:
${checkRecords.map((record) => `  ${record.id.padEnd(22)} ${record.title}${record.isOptional ? ' (--enable)' : ''}\n`).join('')}`,
  run: async (args, surroundings) => {
    const options = optionsOf(args);
    const known = options.baseline === undefined ? undefined : readBaseline(surroundings.cwd, options.baseline);
    const all = await runCheck(options, surroundings);
    if (options.writeBaseline !== undefined) writeBaseline(surroundings.cwd, options.writeBaseline, all.findings);
    const isKnown = (id: string): boolean => options.writeBaseline !== undefined || known?.has(id) === true;
    const unknown = all.findings.filter((finding) => !isKnown(finding.id));
    const isShown = (finding: Finding): boolean => isConfident(finding, options.minimumConfidence);
    const findings = unknown.filter(isShown);
    const suppressed = all.suppressed.filter(({ finding }) => isShown(finding));
    const lessSure = [...unknown, ...all.suppressed.map(({ finding }) => finding)].filter((finding) => !isShown(finding));
    const compared = known !== undefined || options.writeBaseline !== undefined;
    const leftOut: LeftOut = {
      ...(compared ? { inBaseline: all.findings.length - unknown.length } : {}),
      lessSure: lessSure.length,
      ...(lessSure.length > 0 && { shownAt: leastConfidence(lessSure) }),
    };
    surroundings.stdout.write(render({ ...all, findings, suppressed }, options.format, leftOut));
    if (findings.some((finding) => finding.severity !== 'information')) return 1;
    return all.isRead ? 0 : 2;
  },
};

/** A result, and whether anything of what was named could be read: what was not looked at is not clean. */
interface Checked extends CheckResult {
  readonly isRead: boolean;
}

async function runCheck(options: CheckOptions, { cwd, stderr }: Surroundings): Promise<Checked> {
  const root = findRoot(options.tree, options.paths, cwd);
  const targets = options.paths.map((given) => targetIn(root, given));
  const unlisted = new Map<string, Problem>();
  const disk = createDiskTree(root.folder, {
    unlisted: (folder, reason) => unlisted.set(folder || '.', unlistedProblem(folder, reason)),
  });
  const { tree, orders, outside } = addOrders(disk, root, options.orders);
  const say = (notice: string): void => void stderr.write(`lockstep: ${plain(notice)}\n`);
  if (root.isGuess) say(`no MAINTAINERS above ${options.paths[0] ?? ''}: using ${root.folder} as the tree (--tree DIR names another)`);
  const isRead = isAnyReadable(tree, targets, unlisted, say);
  const progress = progressLine(stderr);
  const kept = cacheOf(options, cwd);
  const answers = kept && { store: openDiskCache({ ...kept, log: say }), name: root.folder };
  const reviewer = await createReviewer({ tree, ...loadGrammar(), ...(answers && { answers }) });
  const checked = (result: CheckResult, isRead: boolean): Checked => {
    return { ...result, isRead, problems: [...result.problems, ...unlisted.values()].sort(compareProblems) };
  };
  try {
    const request: PartsRequest['request'] = {
      paths: targets.map((target) => target.path),
      orders,
      scope: targets.some((target) => target.kind === 'file') ? 'module' : 'paths',
      enabled: options.enabled,
    };
    const parts = reviewer.parts(request);
    const script = partScript();
    if (parts.length < 2 || script === undefined) return checked(reviewer.check({ ...request, progress: progress.show }), isRead);
    const asked: PartsRequest = { root: root.folder, laid: [...outside], request, ...(kept && { cache: kept }) };
    const { jobs = defaultJobs() } = options;
    const { answers, failed, ...found } = await checkParts(asked, parts, { jobs, script, log: say, progress: progress.showShare });
    for (const problem of found.unlisted) unlisted.set(problem.file, problem);
    return checked(resultOf(answers), isRead && failed === 0);
  } finally {
    progress.clear();
  }
}

/** Where answers are kept, unless that is not wanted, or nobody can tell one build of the analyzer from another. */
function cacheOf({ cache, isCached }: CheckOptions, cwd: string): PartsRequest['cache'] {
  const version = analyzerVersion() ?? (cache === undefined ? undefined : 'source');
  const folder = cache === undefined ? userCacheFolder(process.env, process.platform) : path.resolve(cwd, cache);
  return isCached && version !== undefined && folder !== undefined ? { folder, version } : undefined;
}

/** Whether a source that is named can be read. Says which folders have none, and gives up where there is none at all. */
function isAnyReadable(
  tree: Tree,
  targets: readonly Target[],
  unlisted: ReadonlyMap<string, Problem>,
  say: (notice: string) => unknown,
): boolean {
  const empty: string[] = [];
  let isAny = false;
  for (const target of targets) {
    let isEmpty = true;
    for (const source of sourcesOf(tree, target)) {
      isEmpty = false;
      isAny ||= 'text' in tree.read(source);
      if (isAny) break;
    }
    if (isEmpty) empty.push(target.given);
  }
  // What could not be listed is a problem of the report.
  if (empty.length === targets.length && unlisted.size === 0) throw new CannotRun(`no C file below ${empty.join(', ')}`);
  for (const given of empty) say(`no C file below ${given}`);
  return isAny;
}

function compareProblems(a: Problem, b: Problem): number {
  return compareLocations({ ...a, column: 0 }, { ...b, column: 0 });
}

function render(result: CheckResult, format: Format, leftOut: LeftOut): string {
  switch (format) {
    case 'text':
      return renderText(result, leftOut);
    case 'json':
      return renderJson(result, leftOut);
    case 'sarif':
      return renderSarif(checkRecords, result, { toolVersion: packageJson.version, leftOut });
  }
}

function optionsOf(args: readonly string[]): CheckOptions {
  const { values, positionals } = parseOptions(args, {
    tree: string,
    orders: strings,
    enable: strings,
    'minimum-confidence': string,
    cache: string,
    'no-cache': flag,
    jobs: string,
    baseline: string,
    'write-baseline': string,
    format: string,
  });
  const format = oneOf('format', values.format ?? 'text', formats);
  if (positionals.length === 0) throw new UsageError('check needs a PATH');
  if (values.cache !== undefined && values['no-cache'] === true) throw new UsageError('--cache and --no-cache exclude each other');
  const { baseline, 'write-baseline': toWrite } = values;
  if (baseline !== undefined && toWrite !== undefined) throw new UsageError('--baseline and --write-baseline exclude each other');
  return {
    paths: positionals,
    tree: values.tree,
    orders: values.orders ?? [],
    enabled: (values.enable ?? []).map((id) => oneOf('check that is off', id, optionalChecks)),
    minimumConfidence: minimumConfidence(values['minimum-confidence']),
    format,
    cache: values.cache,
    isCached: values['no-cache'] !== true,
    jobs: values.jobs === undefined ? undefined : numberOf('--jobs', values.jobs),
    baseline,
    writeBaseline: toWrite,
  };
}
