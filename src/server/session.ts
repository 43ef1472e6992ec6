import type { ClientCapabilities, Connection, InitializeParams } from 'vscode-languageserver/node';
import { MarkupKind } from 'vscode-languageserver/node';
import type { InitializationOptions, ServerNotifications } from '../protocol/requests.ts';
import { userCacheFolder } from '../host/cache-folder.ts';
import { AnalysisThread } from './analysis-thread.ts';
import { ModelDiagnostics } from './model-diagnostics.ts';
import { markdown, plainText, type Writer } from './markdown.ts';
import type { OpenDocuments } from './open-documents.ts';
import { fileOf, placeOf, uriOf, type Place } from './places.ts';
import { PatchReviews } from './patch-reviews.ts';
import { Published } from './published.ts';
import { SettingsCache } from './settings.ts';
import { modelDrift } from './simulation.ts';
import { Simulators } from './simulation-process.ts';

/** What one connection owns. */
export interface Session {
  readonly connection: Connection;
  readonly documents: OpenDocuments;
  readonly published: Published;
  readonly settings: SettingsCache;
  /** Answers for open files, and keeps what it read of them. */
  readonly thread: AnalysisThread;
  /** Checks folders: no edit waits for it, and its memory is given back when it is done. */
  readonly folderThread: AnalysisThread;
  readonly reviews: PatchReviews;
  readonly simulators: Simulators;
  readonly models: ModelDiagnostics;
  readonly workspaceFolders: Set<string>;
  readonly relatedInformation: boolean;
  readonly hoverWriter: Writer;
  /** The client has the command that explains a finding. */
  readonly explains: boolean;
  readonly capabilities: ClientCapabilities;
  /** Path of the file whose check failed last, until a check succeeds. */
  failed: string | undefined;
  /** Somebody wants to see what is held: `lockstep.inlayHints` was on when it was asked for. */
  givesHints: boolean;
  notify<M extends keyof ServerNotifications>(method: M, params: ServerNotifications[M]): void;
}

/** Bundles beside the server's. */
export interface Scripts {
  /** The analysis thread. */
  readonly worker: string;
  /** The process that explores. */
  readonly simulator: string;
}

export function createSession(connection: Connection, documents: OpenDocuments, params: InitializeParams, scripts: Scripts): Session {
  const { capabilities } = params;
  const options: InitializationOptions = params.initializationOptions ?? {};
  const log = (message: string): void => connection.console.error(message);
  const createThread = (cache?: string) => new AnalysisThread({ script: scripts.worker, documents: () => documents.all(), log, cache });
  const simulators = new Simulators({ script: scripts.simulator, log });
  const session: Session = {
    connection,
    documents,
    capabilities,
    failed: undefined,
    givesHints: false,
    published: new Published({
      send: (diagnostics) => void connection.sendDiagnostics(diagnostics),
      uriOf: (file) => documents.get(file)?.uri ?? uriOf(file, ''),
      versionOf: (file) => documents.get(file)?.version,
    }),
    explains: options.explains === true,
    settings: new SettingsCache(connection, capabilities.workspace?.configuration === true, options.settings),
    thread: createThread(),
    // Open files are edited: what was said of them is of no use for the next keystroke.
    folderThread: createThread(userCacheFolder(process.env, process.platform)),
    reviews: new PatchReviews(createThread()),
    simulators,
    models: new ModelDiagnostics({
      ...{ simulators, log },
      publish: (diagnostics) => void connection.sendDiagnostics(diagnostics),
      drift: (uri, signal) => modelDrift(session, uri, signal),
    }),
    workspaceFolders: new Set(foldersOf(params)),
    relatedInformation: capabilities.textDocument?.publishDiagnostics?.relatedInformation === true,
    hoverWriter: capabilities.textDocument?.hover?.contentFormat?.includes(MarkupKind.Markdown) ? markdown : plainText,
    notify(method, notification) {
      if (options.notifications) void connection.sendNotification(method, notification);
    },
  };
  return session;
}

export function placeInSession(session: Session, file: string, folder?: string): Place {
  return placeOf(file, [...session.workspaceFolders], folder);
}

function foldersOf(params: InitializeParams): string[] {
  const uris = params.workspaceFolders?.map(({ uri }) => uri) ?? (params.rootUri ? [params.rootUri] : []);
  return uris.map(fileOf).filter((folder) => folder !== undefined);
}
