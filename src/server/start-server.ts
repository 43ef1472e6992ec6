import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import {
  CodeActionKind,
  CodeLensRefreshRequest,
  createConnection,
  DidChangeConfigurationNotification,
  TextDocumentSyncKind,
  type Connection,
  type InitializeResult,
} from 'vscode-languageserver/node';
import type { ClientNotifications, Status } from '../protocol/requests.ts';
import { CheckQueue } from './check-queue.ts';
import { checkOpenFile } from './open-file-check.ts';
import { refreshHints } from './inlay-hints.ts';
import { OpenDocuments } from './open-documents.ts';
import { fileOf, isKernelSource } from './places.ts';
import { listenToRequests } from './requests.ts';
import { createSession, placeInSession, type Session } from './session.ts';

interface ServerOptions {
  /** Script of the analysis thread; the bundle beside the one that runs, unless told otherwise. */
  readonly worker?: string;
  /** Script of the process that explores; likewise. */
  readonly simulator?: string;
}

/** Serves one client over a pair of streams, as `--stdio` does. */
export function serveStreams(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): void {
  startServer(createConnection(input, output));
}

/**
 * Serves one client until it says goodbye.
 *
 * Nothing is watched on disk: a watcher on a kernel tree costs the editor more than the checks cost us. The client
 * says what is opened, edited and saved, and when the window gets the focus back (`lockstep/recheck`), which is when
 * files may have changed behind its back (a checkout, a build, another editor).
 */
export function startServer(connection: Connection, options: ServerOptions = {}): void {
  const documents = new OpenDocuments();
  const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const scripts = { worker: options.worker ?? beside('worker.cjs'), simulator: options.simulator ?? beside('simulator.cjs') };
  let current: Session | undefined;
  const session = (): Session => {
    if (!current) throw new Error('a request came before initialize');
    return current;
  };
  const queue = new CheckQueue({
    check: (file, signal, since) => checkOpenFile(session(), file, signal, since),
    busy(file) {
      session().notify('lockstep/status', statusOf(session(), file));
      if (file === undefined && session().givesHints) refreshHints(session());
    },
  });

  connection.onInitialize((params) => {
    current = createSession(connection, documents, params, scripts);
    return initializeResult;
  });
  connection.onInitialized(() => {
    const { capabilities, workspaceFolders } = session();
    connection.console.info(`server ${packageJson.version} started, Node ${process.version}, process ${process.pid}`);
    if (capabilities.workspace?.didChangeConfiguration?.dynamicRegistration) {
      void connection.client.register(DidChangeConfigurationNotification.type, { section: 'lockstep' });
    }
    if (!capabilities.workspace?.workspaceFolders) return;
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      for (const { uri } of removed) workspaceFolders.delete(fileOf(uri) ?? '');
      for (const { uri } of added) workspaceFolders.add(fileOf(uri) ?? '');
    });
  });

  const sources = () => documents.files().filter((file) => isKernelSource(file, documents.get(file)?.languageId));
  const recheck = () => {
    session().thread.refresh();
    session().published.clearMissing((file) => documents.get(file) !== undefined);
    for (const file of sources()) queue.add(file);
  };
  documents.listen(connection, {
    models: { changed: (document) => session().models.changed(document), closed: (document) => session().models.closed(document) },
    opened(file) {
      if (sources().includes(file)) queue.add(file);
    },
    changed(file) {
      const others = () => sources().filter((other) => other !== file);
      if (sources().includes(file)) queue.edited(file, others);
      else queue.later(others);
    },
    saved() {
      session().thread.refresh();
      queue.later(sources);
    },
    closed(file) {
      queue.drop(file);
      // What was asked for stays, but for the file as it is on disk.
      if (session().published.isKept(file)) queue.add(file);
      else session().published.clear(file);
      // What was not saved is gone for the others too.
      queue.later(sources);
    },
  });
  connection.onDidChangeConfiguration(({ settings }) => {
    session().settings.changed(settings);
    if (session().capabilities.workspace?.codeLens?.refreshSupport) void connection.sendRequest(CodeLensRefreshRequest.type);
    refreshHints(session());
    recheck();
  });
  connection.onNotification('lockstep/recheck' satisfies keyof ClientNotifications, recheck);
  connection.workspace.onDidDeleteFiles(recheck);
  connection.workspace.onDidRenameFiles(recheck);
  listenToRequests(connection, session);

  connection.onShutdown(async () => {
    queue.dispose();
    current?.models.dispose();
    current?.simulators.dispose();
    await Promise.all([current?.thread.dispose(), current?.folderThread.dispose(), current?.reviews.dispose()]);
  });
  connection.listen();
}

function statusOf(session: Session, checking: string | undefined): Status {
  if (checking !== undefined) return { state: 'checking', path: placeInSession(session, checking).path };
  return session.failed === undefined ? { state: 'idle' } : { state: 'failed', path: session.failed };
}

const anyFile = { filters: [{ scheme: 'file', pattern: { glob: '**' } }] };

const initializeResult: InitializeResult = {
  serverInfo: { name: 'lockstep', version: packageJson.version },
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
    hoverProvider: true,
    codeLensProvider: {},
    inlayHintProvider: {},
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.RefactorRewrite] },
    workspace: {
      workspaceFolders: { supported: true, changeNotifications: true },
      // Told only what is done in the editor: no watcher comes with it.
      fileOperations: { didDelete: anyFile, didRename: anyFile },
    },
  },
};
