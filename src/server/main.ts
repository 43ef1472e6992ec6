import { createConnection } from 'vscode-languageserver/node';
import { startServer } from './start-server.ts';

// The transport is an argument: `--node-ipc` from the extension, `--stdio` from other editors.
startServer(createConnection());
