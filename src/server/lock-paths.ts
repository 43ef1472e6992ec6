import { describeProgress, percentageOf } from '../model/report/progress.ts';
import { sequenceOf } from '../model/trace/from-path.ts';
import type { LockPaths, PathsParams } from '../protocol/requests.ts';
import { fileOf, placeOf } from './places.ts';
import { settingsOf } from './review.ts';
import { withUris } from './sequence-places.ts';
import type { Session } from './session.ts';

/** Ways to a function or a line, as diagrams show them. Undefined when it was cancelled. */
export async function lockPaths(
  session: Session,
  { uri, target, workDoneToken }: PathsParams,
  signal: AbortSignal,
): Promise<LockPaths | undefined> {
  const file = fileOf(uri);
  if (file === undefined) throw new Error(`${uri} is no file: a path is read from a tree on disk`);
  const place = placeOf(file, [...session.workspaceFolders]);
  const { root, path } = place;
  const { orders } = await settingsOf(session, place);
  const progress = session.connection.window.attachWorkDoneProgress(workDoneToken);
  progress.begin('Following calls', 0);
  try {
    const wanted = 'line' in target ? { file: path, line: target.line } : target;
    const found = await session.thread.ask(
      { kind: 'paths', root, orders, paths: [], target: wanted },
      { signal, progress: (step) => progress.report(percentageOf(step), describeProgress(step)) },
    );
    if (!found) return undefined;
    const { isCut, definitions, similar } = found;
    return { paths: found.paths.map((each) => withUris(root, sequenceOf(each))), isCut, definitions, similar };
  } finally {
    progress.done();
  }
}
