import { after } from 'node:test';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type Diagnostic,
  type InitializeParams,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver/node';
import { compileModel } from '../../src/model/compile-model.ts';
import type { Settings } from '../../src/protocol/requests.ts';
import { bundleInto } from '../host/bundle.ts';

// A server that outlives its test must not keep the run from ending: its pipes would.
after(() => {
  setTimeout(() => process.exit(), 10_000).unref();
});

const patience = 15_000;

/** A tree in a temporary folder, the real server process over it, and the end of the wire. */
export interface Client {
  readonly connection: ProtocolConnection;
  readonly server: ChildProcess;
  readonly folder: string;
  readonly logged: string[];
  readonly published: PublishDiagnosticsParams[];
  settings: Partial<Settings>;
  uri(file: string): string;
  open(file: string, text: string): void;
  change(file: string, version: number, text: string): void;
  close(file: string): void;
  /** The newest diagnostics of a file, once they answer the question. */
  diagnostics(file: string, wanted: (diagnostics: readonly Diagnostic[], version?: number) => boolean): Promise<readonly Diagnostic[]>;
  waitFor(what: string, condition: () => boolean): Promise<void>;
  dispose(): Promise<void>;
}

export interface ClientOptions {
  /** Script of the analysis thread, relative to the repository. */
  readonly worker: string;
  /** Script of the process, and its arguments. */
  readonly entry?: readonly [script: string, ...args: string[]];
  readonly capabilities?: InitializeParams['capabilities'];
  /** The process that explores, and what it reads, are there too. */
  readonly simulator?: boolean;
  /** The client has the command that explains a finding. */
  readonly explains?: boolean;
}

export async function startClient(files: Readonly<Record<string, string>>, options: ClientOptions): Promise<Client> {
  const { worker, entry = ['src/server/main.ts', '--stdio'], capabilities = editor, simulator = false, explains = false } = options;
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'lockstep-server-')));
  writeFiles(folder, { MAINTAINERS: '', ...files });
  const [script, ...args] = entry;
  const server = spawn(process.execPath, [bundle(path.join(folder, '.server'), script, worker, simulator), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createProtocolConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
  const client = createClient(connection, server, folder);
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities,
    initializationOptions: { notifications: true, explains },
  });
  await connection.sendNotification('initialized', {});
  return client;
}

export const editor: InitializeParams['capabilities'] = {
  workspace: { configuration: true },
  textDocument: { publishDiagnostics: { relatedInformation: true }, hover: { contentFormat: ['markdown'] } },
};

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
}

function createClient(connection: ProtocolConnection, server: ChildProcess, folder: string): Client {
  const published: PublishDiagnosticsParams[] = [];
  const logged: string[] = [];
  const uri = (file: string) => pathToFileURL(path.join(folder, file)).href;
  const client: Client = {
    ...{ connection, server, folder, logged, published, settings: {}, uri },
    open: (file, text) =>
      void connection.sendNotification('textDocument/didOpen', { textDocument: { uri: uri(file), languageId: 'c', version: 1, text } }),
    change: (file, version, text) =>
      void connection.sendNotification('textDocument/didChange', { textDocument: { uri: uri(file), version }, contentChanges: [{ text }] }),
    close: (file) => void connection.sendNotification('textDocument/didClose', { textDocument: { uri: uri(file) } }),
    async diagnostics(file, wanted) {
      const newest = () => published.findLast((params) => params.uri === uri(file));
      await client.waitFor(`diagnostics of ${file}`, () => {
        const params = newest();
        return params !== undefined && wanted(params.diagnostics, params.version);
      });
      return newest()?.diagnostics ?? [];
    },
    async waitFor(what, condition) {
      const end = Date.now() + patience;
      while (!condition()) {
        if (Date.now() > end)
          throw new Error(`waited in vain for ${what}; published ${JSON.stringify(published)}; logged ${logged.join('\n')}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async dispose() {
      connection.dispose();
      server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => void published.push(params));
  connection.onNotification('window/logMessage', ({ message }: { message: string }) => void logged.push(message));
  connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => client.settings));
  connection.onRequest('client/registerCapability', () => null);
  return client;
}

/** The server as it is shipped: one script, with its worker and what that reads beside it. */
function bundle(folder: string, script: string, worker: string, simulator: boolean): string {
  const server = path.join(folder, 'server.cjs');
  const root = path.join(import.meta.dirname, '../..');
  const entries = { 'server.cjs': script, 'worker.cjs': worker };
  bundleInto(folder, simulator ? { ...entries, ...simulatorEntries } : entries);
  if (simulator) {
    const models = ['before', 'patched', 'followup'].map((name) => {
      const file = `${name}.model.ts`;
      return { name, file, program: compileModel(readFileSync(path.join(root, 'src/model/vcpu', file), 'utf8'), file).program };
    });
    writeFileSync(path.join(folder, 'models.json'), JSON.stringify(models));
  }
  return server;
}

const simulatorEntries = { 'simulator.cjs': 'src/server/simulator.ts', 'model-compiler.cjs': 'src/model/compile-model.ts' };
