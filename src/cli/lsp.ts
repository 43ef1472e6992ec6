import { UsageError, type Command } from './command.ts';

export const lsp: Command = {
  name: 'lsp',
  usage: '--stdio',
  summary: 'Serve an editor as a language server on standard input and output',
  help: `Diagnostics and hovers for C files below a folder that has MAINTAINERS, else below the workspace
folder. Settings are those of section "lockstep": enable, minimumConfidence (high, medium, low),
orders (further files with documented orders), enableChecks (checks that are off otherwise), asked
from the editor, or given by it in initializationOptions.settings.
`,
  run: async (args, { input }) => {
    if (args.length !== 1 || args[0] !== '--stdio') throw new UsageError('lsp needs --stdio and nothing else');
    // Loaded here, so that the other commands do not wait for it.
    const { serveStreams } = await import('../server/start-server.ts');
    serveStreams(input(), process.stdout);
    // The connection ends the process: with 0 after `shutdown` and `exit`.
    return new Promise(() => {});
  },
};
