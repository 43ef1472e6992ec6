import * as vscode from 'vscode';
import { LanguageClient, RevealOutputChannelOn, TransportKind } from 'vscode-languageclient/node';
import type { InitializationOptions, Requests } from '../protocol/requests.ts';

/** Models, on disk or not saved yet. The server leaves alone what is called like one and is none. */
export const modelSelector: { readonly scheme: string; readonly pattern: string }[] = [
  { scheme: 'file', pattern: '**/*.model.ts' },
  { scheme: 'untitled', pattern: '**/*.model.ts' },
];

/** Headers are `cpp` unless something says otherwise; the server looks at the name of the file. */
export const sourceSelector: vscode.DocumentFilter[] = [
  { scheme: 'file', language: 'c' },
  { scheme: 'file', language: 'cpp' },
];

export function createClient(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): LanguageClient {
  const module = context.asAbsolutePath('dist/server.cjs');
  const initializationOptions: InitializationOptions = { notifications: true, explains: true };
  return new LanguageClient(
    'lockstep',
    'Lockstep',
    {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6009'] } },
    },
    {
      // Documented orders as well: an edit of one counts before it is saved.
      documentSelector: [
        { scheme: 'file', language: 'c' },
        { scheme: 'file', language: 'cpp' },
        { scheme: 'file', pattern: '**/locking.rst' },
        ...modelSelector,
      ],
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions,
      markdown: { isTrusted: false, supportHtml: false },
    },
  );
}

/** A request of ours, with the types that belong to its name. Fails with the server's own words. */
export async function request<M extends keyof Requests>(
  client: LanguageClient,
  method: M,
  params: Requests[M]['params'],
  // Not optional: a token that is given as undefined would be sent along as a second parameter.
  token = new vscode.CancellationTokenSource().token,
): Promise<Requests[M]['result']> {
  try {
    return await client.sendRequest<Requests[M]['result']>(method, params, token);
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replace(/^Request \S+ failed with message: /, '');
    throw error;
  }
}

/** The URI as the server is told it with the documents. */
export function asUri(client: LanguageClient, uri: vscode.Uri): string {
  return client.code2ProtocolConverter.asUri(uri);
}
