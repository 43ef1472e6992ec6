import { posix } from 'node:path';
import { readView } from '../protocol/diagram-messages.ts';
import type { Column, DiagramView, Rerun, Selected } from '../protocol/diagram.ts';
import type { Sequence, SequencePlace } from '../model/trace/sequence.ts';

/** Whether a URI may be opened or run: what was kept may name any. */
export type Allowed = (uri: string) => boolean;

type Limits = Rerun['params']['limits'];

interface Now {
  readonly isAllowed: Allowed;
  readonly limits: Limits;
}

/** A URI taken apart: its path is decoded. */
interface Parts {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

/**
 * A diagram as it was kept for a reload of the window. Places elsewhere lose their URI, a model elsewhere is not run again, and
 * `limits` take the place of those that were kept.
 */
export function restoreView(
  state: unknown,
  isAllowed: Allowed,
  limits: Limits,
): { view: DiagramView; selected: Selected | undefined } | undefined {
  const { view: kept, selected } = (state ?? {}) as { view?: unknown; selected?: unknown };
  const view = readView(kept);
  if (!view) return undefined;
  const safe = restored(view, { isAllowed, limits });
  return { view: safe, selected: readSelected(safe, selected) };
}

/** A `file:` URI in one of the folders. */
export function isWithin({ scheme, authority, path }: Parts, folders: readonly Parts[]): boolean {
  const whole = posix.normalize(path);
  return folders.some((folder) => {
    const root = posix.normalize(folder.path).replace(/\/$/, '');
    return scheme === 'file' && folder.scheme === 'file' && authority === folder.authority && whole.startsWith(`${root}/`);
  });
}

function restored(view: DiagramView, now: Now): DiagramView {
  switch (view.kind) {
    case 'path':
      return { ...view, paths: view.paths.map((each) => restoredSequence(each, now)) };
    case 'finding':
      return { ...view, sequence: restoredSequence(view.sequence, now) };
    case 'trace':
      return { ...view, column: restoredColumn(view.column, now) };
    case 'comparison':
      return { ...view, columns: view.columns.map((each) => restoredColumn(each, now)) };
  }
}

function restoredColumn({ rerun, ...column }: Column, now: Now): Column {
  const again = rerun && restoredRerun(rerun, now);
  return { ...column, sequence: restoredSequence(column.sequence, now), ...(again && { rerun: again }) };
}

function restoredRerun({ params: { near, ...params }, schedule }: Rerun, { isAllowed, limits }: Now): Rerun | undefined {
  if ('uri' in params.model && !isAllowed(params.model.uri)) return undefined;
  return { params: { ...params, limits, ...(near !== undefined && isAllowed(near) && { near }) }, schedule };
}

function restoredSequence(sequence: Sequence, now: Now): Sequence {
  const steps = sequence.steps.map(({ source, model, ...step }) => ({
    ...step,
    ...(source && { source: restoredPlace(source, now) }),
    ...(model && { model: restoredPlace(model, now) }),
  }));
  return { ...sequence, steps };
}

function restoredPlace({ uri, ...place }: SequencePlace, { isAllowed }: Now): SequencePlace {
  return uri !== undefined && isAllowed(uri) ? { uri, ...place } : place;
}

function readSelected(view: DiagramView, selected: unknown): Selected | undefined {
  const { column, step } = (selected ?? {}) as Partial<Record<'column' | 'step', unknown>>;
  const isThere = Number.isSafeInteger(column) && sequencesOf(view)[column as number]?.steps[step as number] !== undefined;
  return isThere ? { column: column as number, step: step as number } : undefined;
}

export function sequencesOf(view: DiagramView): readonly Sequence[] {
  if (view.kind === 'path') return view.paths;
  if (view.kind === 'finding') return [view.sequence];
  return view.kind === 'trace' ? [view.column.sequence] : view.columns.map(({ sequence }) => sequence);
}
