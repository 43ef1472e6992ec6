import { createConnection } from 'vscode-languageserver/node';
import { startServer } from '../server/start-server.ts';

/** `lockstep lsp --stdio`: serves an editor on standard input and output. The connection ends the process. */
export function runLsp(): void {
  startServer(createConnection(process.stdin, process.stdout));
}
