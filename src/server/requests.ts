import { statSync } from 'node:fs';
import path from 'node:path';
import { LSPErrorCodes, ResponseError, type CancellationToken, type Hover, type HoverParams } from 'vscode-languageserver/node';
import { describeProgress, percentageOf } from '../model/report/progress.ts';
import type { Progress } from '../model/reviewer-api.ts';
import type {
  CheckFileParams,
  CheckFolderParams,
  CheckSummary,
  DocumentedOrder,
  DocumentedOrdersParams,
  GuardedFields,
  GuardedParams,
  LockClasses,
  Requests,
} from '../protocol/requests.ts';
import { codeLenses } from './code-lenses.ts';
import { codeActions } from './code-actions.ts';
import { explainFinding } from './explanation.ts';
import { toHover } from './hover.ts';
import { inlayHints } from './inlay-hints.ts';
import { lockPaths } from './lock-paths.ts';
import { reviewPatches, reviewText, revisions } from './patch-requests.ts';
import { fileOf, isKernelSource, uriOf, type Place } from './places.ts';
import { review, settingsOf } from './review.ts';
import { placeInSession, type Session } from './session.ts';
import { continueRun, followRun, modelOutline, simulate, simulationViews } from './simulation.ts';

/** Answers the custom requests and hovers. An error goes to the client, which asked, and with its stack to the log. */
export function listenToRequests(connection: Session['connection'], session: () => Session): void {
  // What a person asks for is answered from the disk as it is now.
  on('lockstep/checkFile', checkFile);
  on('lockstep/checkFolder', checkFolder);
  on('lockstep/paths', lockPaths);
  on('lockstep/documentedOrders', documentedOrders);
  on('lockstep/review', reviewPatches);
  answer('lockstep/explain', explainFinding);
  answer('lockstep/locks', locks);
  answer('lockstep/guarded', guarded);
  answer('lockstep/reviewText', reviewText);
  answer('lockstep/reply', async (asked, params) => ({ text: asked.reviews.reply(params) }));
  answer('lockstep/revisions', revisions);
  answer('lockstep/models', (asked, _, signal) => asked.simulators.run({ kind: 'models' }, { signal }));
  answer('lockstep/modelOutline', modelOutline);
  answer('lockstep/modelText', (asked, { name }, signal) => asked.simulators.run({ kind: 'text', name }, { signal }));
  answer('lockstep/simulate', simulate);
  answer('lockstep/continue', continueRun);
  answer('lockstep/follow', followRun);
  answer('lockstep/simulationViews', simulationViews);
  connection.onCodeAction((params, token) => codeActions(session(), params, toSignal(token)));
  connection.onCodeLens((params, token) => codeLenses(session(), params, toSignal(token)));
  connection.languages.inlayHint.on((params, token) => inlayHints(session(), params, toSignal(token)));
  connection.onHover((params, token) => hover(session(), params, token));

  function on<M extends keyof Requests>(method: M, handler: Handler<M>): void {
    answer(method, (asked, params, signal) => {
      asked.thread.refresh();
      asked.folderThread.refresh();
      asked.reviews.thread.refresh();
      return handler(asked, params, signal);
    });
  }

  function answer<M extends keyof Requests>(method: M, handler: Handler<M>): void {
    connection.onRequest(method, async (params: Requests[M]['params'], token: CancellationToken) => {
      const result = await handler(session(), params, toSignal(token)).catch((error: unknown) => {
        if (error instanceof ResponseError) throw error;
        const text = error instanceof Error ? error.message : String(error);
        connection.console.error(`${method} failed: ${text}`);
        throw new ResponseError(LSPErrorCodes.RequestFailed, text.split('\n', 1)[0] ?? text);
      });
      if (result === undefined) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
      return result;
    });
  }
}

/** Undefined when the request was cancelled. */
type Handler<M extends keyof Requests> = (
  session: Session,
  params: Requests[M]['params'],
  signal: AbortSignal,
) => Promise<Requests[M]['result'] | undefined>;

async function checkFile(session: Session, { uri }: CheckFileParams, signal: AbortSignal): Promise<CheckSummary | undefined> {
  const { file, place } = locate(session, uri, 'file');
  const movedOn = editsFromNow(session);
  const reviewed = await review(session, session.thread, place, { signal });
  if (!reviewed) return undefined;
  if (!movedOn(file)) session.published.keep(file, reviewed.byFile.get(file) ?? [], session.documents.get(file)?.version);
  return reviewed.summary;
}

async function checkFolder(
  session: Session,
  { uri, workDoneToken }: CheckFolderParams,
  signal: AbortSignal,
): Promise<CheckSummary | undefined> {
  const { file: folder, place } = locate(session, uri, 'folder');
  const progress = session.connection.window.attachWorkDoneProgress(workDoneToken);
  progress.begin(`Checking ${path.basename(folder)}`, 0);
  try {
    const movedOn = editsFromNow(session);
    const report = (step: Progress) => progress.report(percentageOf(step), describeProgress(step));
    const reviewed = await review(session, session.folderThread, place, { signal, progress: report });
    if (!reviewed) return undefined;
    session.published.keepFolder(folder, reviewed.byFile, movedOn);
    return reviewed.summary;
  } finally {
    progress.done();
    if (session.folderThread.idle) await session.folderThread.dispose();
  }
}

async function documentedOrders(
  session: Session,
  { uri }: DocumentedOrdersParams,
  signal: AbortSignal,
): Promise<readonly DocumentedOrder[] | undefined> {
  const { place } = locate(session, uri);
  const { root } = place;
  const { orders } = await settingsOf(session, place);
  const rules = await session.thread.ask({ kind: 'orders', root, paths: [place.path], orders }, { signal });
  return rules?.map((rule) => ({ ...rule, uri: uriOf(root, rule.file) }));
}

async function locks(session: Session, { uri }: DocumentedOrdersParams, signal: AbortSignal): Promise<LockClasses | undefined> {
  const { place } = locate(session, uri);
  const { root, path: file } = place;
  const { orders } = await settingsOf(session, place);
  const found = await session.thread.ask({ kind: 'locks', root, path: file, orders }, { signal });
  return found && { root: uriOf(root, ''), file, locks: found };
}

async function guarded(session: Session, { uri, lockClass }: GuardedParams, signal: AbortSignal): Promise<GuardedFields | undefined> {
  const { place } = locate(session, uri);
  const { root, path: file } = place;
  const { orders } = await settingsOf(session, place);
  const fields = await session.thread.ask({ kind: 'guarded', root, path: file, lockClass, orders }, { signal });
  return fields && { root: uriOf(root, ''), fields };
}

async function hover(session: Session, { textDocument, position }: HoverParams, token: CancellationToken): Promise<Hover | null> {
  const file = fileOf(textDocument.uri);
  if (file === undefined || !isKernelSource(file, session.documents.get(file)?.languageId)) return null;
  const place = placeInSession(session, file);
  const { root, path } = place;
  try {
    const { orders } = await settingsOf(session, place);
    const at = { line: position.line + 1, column: position.character + 1 };
    const found = await session.thread.ask({ kind: 'hover', root, path, ...at, orders }, { signal: toSignal(token) });
    return found ? toHover(root, found, session.hoverWriter) : null;
  } catch (error) {
    session.connection.console.error(`cannot show a hover in ${path}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** What a request names: its absolute path, and its place in a tree. */
function locate(session: Session, uri: string, kind?: 'file' | 'folder'): { file: string; place: Place } {
  const file = fileOf(uri);
  const found = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
  const right = kind === undefined || (kind === 'folder' ? found?.isDirectory() : found?.isFile());
  if (file === undefined || !found || !right) {
    throw new ResponseError(LSPErrorCodes.RequestFailed, `cannot check ${file ?? uri}: no such ${kind ?? 'file or folder'}`);
  }
  return { file, place: placeInSession(session, file, found.isDirectory() ? file : undefined) };
}

/** Whether a file was opened, edited or closed since; the queue has a check of its own for it then. */
function editsFromNow({ documents }: Session): (file: string) => boolean {
  const versions = new Map(documents.files().map((file) => [file, documents.get(file)?.version]));
  return (file) => documents.get(file)?.version !== versions.get(file);
}

function toSignal(token: CancellationToken): AbortSignal {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  else token.onCancellationRequested(() => abort.abort());
  return abort.signal;
}
