import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { findTree } from '../host/find-tree.ts';
import { reasonOf } from '../host/system-error.ts';
import type {
  ContinueParams,
  DriftView,
  FollowParams,
  ModelOutline,
  ModelReference,
  RunParams,
  SimulateParams,
  SimulationAnswer,
  SimulationTrace,
  SimulationViews,
  ViewsParams,
} from '../protocol/simulation.ts';
import { fileOf, uriOf } from './places.ts';
import type { Session } from './session.ts';
import type { Explorations, ModelDrift, ModelText, Run, Simulated, TreeFolder } from './simulator-messages.ts';

/** Bytes; longer files are no models, and the compiler refuses far shorter ones. */
const modelSizeLimit = 16 * 1024 * 1024;
/** Folders right below a workspace folder that are looked at for MAINTAINERS. */
const folderLimit = 200;

/** Explores a run in a process of its own. Undefined when it was cancelled. */
export async function simulate(
  session: Session,
  { near, workDoneToken, ...run }: SimulateParams,
  signal: AbortSignal,
): Promise<SimulationAnswer | undefined> {
  const job = { kind: 'simulate', run: toRun(session, run), trees: await treesOf(session, near) } as const;
  const answer = await withProgress(session, `Simulating ${nameOf(run.model)}`, workDoneToken, (progress) =>
    session.simulators.run(job, { signal, progress }),
  );
  return answer && toAnswer(nameOf(run.model), answer);
}

export async function simulationViews(
  session: Session,
  { near, verdicts, lockdep, contention, drift, workDoneToken, ...run }: ViewsParams,
  signal: AbortSignal,
): Promise<SimulationViews | undefined> {
  const trees = await treesOf(session, near);
  const job = { kind: 'views', run: toRun(session, run), trees, verdicts, lockdep, contention, drift } as const;
  const views = await withProgress(session, `Simulating ${nameOf(run.model)}`, workDoneToken, (progress) =>
    session.simulators.run(job, { signal, progress }),
  );
  if (!views) return undefined;
  const { drift: differences, ...rest } = views;
  return { ...rest, ...(differences && { drift: toDriftView(differences) }) };
}

function toDriftView({ tree, findings, ...rest }: ModelDrift): DriftView {
  return {
    ...rest,
    findings: findings.map(({ message, at, c }) => ({
      ...{ message, modelLine: at.line },
      ...(c && { source: { uri: uriOf(tree, c.file), path: c.file, line: c.line, isOperation: true } }),
    })),
  };
}

export async function continueRun(
  session: Session,
  { near, turn, workDoneToken, ...run }: ContinueParams,
  signal: AbortSignal,
): Promise<SimulationTrace | undefined> {
  const job = { kind: 'continue', run: toRun(session, run), trees: await treesOf(session, near), turn } as const;
  return withProgress(session, `Following a run of ${nameOf(run.model)}`, workDoneToken, (progress) =>
    session.simulators.run(job, { signal, progress }),
  );
}

export async function followRun(
  session: Session,
  { near, like, workDoneToken, ...run }: FollowParams,
  signal: AbortSignal,
): Promise<SimulationTrace | undefined> {
  const job = { kind: 'follow', run: toRun(session, run), trees: await treesOf(session, near), like } as const;
  return withProgress(session, `Following a run of ${nameOf(run.model)}`, workDoneToken, (progress) =>
    session.simulators.run(job, { signal, progress }),
  );
}

/** How an open model differs from the C of its tree, or of a tree of the workspace; undefined where no tree has any of it. */
export async function modelDrift(session: Session, uri: string, signal: AbortSignal): Promise<ModelDrift | undefined> {
  const job = { kind: 'drift', model: modelText(session, { uri }), trees: await treesOf(session, uri) } as const;
  return session.simulators.run(job, { signal });
}

/** What may be run of a model, and what of it is outside the language. */
export async function modelOutline(session: Session, model: ModelReference, signal: AbortSignal): Promise<ModelOutline | undefined> {
  const open = 'uri' in model ? await session.models.outline(model.uri) : undefined;
  return open ?? session.simulators.run({ kind: 'outline', model: modelText(session, model) }, { signal });
}

/** The text of a model: as it is open, else as it is on disk. */
function modelText(session: Session, model: ModelReference): ModelText {
  if ('name' in model) return { name: model.name };
  const open = session.models.text(model.uri);
  if (open !== undefined) return { ...model, file: nameOf(model), text: open };
  const file = fileOf(model.uri);
  if (file === undefined) throw new Error(`cannot read ${nameOf(model)}: it is neither open nor a file`);
  try {
    const size = statSync(file).size;
    if (size > modelSizeLimit) throw new Error(`${nameOf(model)} has ${size} bytes: models are far smaller`);
    return { ...model, file: nameOf(model), text: readFileSync(file, 'utf8') };
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new Error(`cannot read ${nameOf(model)}: ${reasonOf(error, file)}`);
    throw error;
  }
}

/** What a person calls the model. */
export function nameOf(model: ModelReference): string {
  if ('name' in model) return model.name;
  const last = model.uri.split('/').at(-1) ?? model.uri;
  try {
    return decodeURIComponent(last).replace(/^untitled:/, '');
  } catch {
    return last;
  }
}

function toRun(session: Session, { model, limits, ...run }: RunParams): Run {
  const { states, memory } = limits;
  return {
    ...run,
    model: modelText(session, model),
    limits: { ...(states !== undefined && { states }), ...(memory !== undefined && { memory: memory * 1e6 }) },
  };
}

/** The tree that the file is in, then those of the workspace: a folder in a tree, one that is a tree, or one with trees right below. */
async function treesOf(session: Session, near: string | undefined): Promise<TreeFolder[]> {
  const file = near === undefined ? undefined : fileOf(near);
  const first = file === undefined ? [] : [findTree(path.dirname(file))];
  const trees = [...first, ...[...session.workspaceFolders].flatMap((folder) => [findTree(folder), ...treesBelow(folder)])];
  const roots = [...new Set(trees.filter((tree) => tree !== undefined))];
  return Promise.all(roots.map(async (root) => ({ root, orders: (await session.settings.of(root, uriOf(root, ''))).orders })));
}

function treesBelow(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const below = entries.slice(0, folderLimit).map(({ name }) => path.join(folder, name));
    return below.filter((each) => findTree(each) === each).sort();
  } catch {
    // A folder that cannot be listed has no tree to offer.
    return [];
  }
}

async function withProgress<R>(
  { connection }: Session,
  title: string,
  token: number | string | undefined,
  work: (progress: (progress: Explorations) => void) => Promise<R>,
): Promise<R> {
  const progress = connection.window.attachWorkDoneProgress(token);
  progress.begin(title);
  try {
    return await work((explored) => progress.report(describe(explored)));
  } finally {
    progress.done();
  }
}

function describe({ states, rate, depth, memory }: Explorations): string {
  const number = (n: number): string => n.toLocaleString('en-US');
  return `${number(states)} states, ${number(rate)} a second, depth ${depth}, ${(memory / 1e6).toFixed(0)} MB`;
}

function toAnswer(model: string, { simulation, trace, milliseconds, documentedOrders }: Simulated): SimulationAnswer {
  const { run, verdicts, limit, answer, message, states, transitions, depth, memory } = simulation;
  return {
    ...{ model, ...run, answer, message, verdicts, states, transitions, depth, memory, milliseconds, documentedOrders },
    ...(limit && { limit }),
    ...(trace && { trace }),
  };
}
