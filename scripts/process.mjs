// Starts other programs. Always argument arrays, never a shell string.
import { spawn } from 'node:child_process';
import path from 'node:path';

export const root = path.dirname(import.meta.dirname);

/** The package that the editor's TypeScript loads, of `typescriptServerPlugins` in package.json. */
export const typescriptPluginName = 'lockstep-model-declarations';

/** Answers the exit code; 127 where there is no such program. With `quiet`, output is shown only if it failed. */
export function run(command, args, { cwd = root, env = {}, quiet = false, shell = false } = {}) {
  return new Promise((resolve) => {
    const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'];
    const child = spawn(command, args, { cwd, stdio, shell, env: { ...process.env, ...env } });
    const said = [];
    child.stdout?.on('data', (data) => said.push(data));
    child.stderr?.on('data', (data) => said.push(data));
    child.once('error', (error) => {
      if (error.code !== 'ENOENT') console.error(`cannot run ${command}: ${error.message}`);
      resolve(127);
    });
    child.once('close', (code) => {
      if (quiet && code !== 0) process.stderr.write(Buffer.concat(said));
      resolve(code ?? 1);
    });
  });
}

/** Runs a JavaScript file of an installed package, or of this repository, with this Node. */
export function nodeTool(file, args, options) {
  const script = file.startsWith('scripts/') ? path.join(root, file) : path.join(root, 'node_modules', file);
  return run(process.execPath, [script, ...args], options);
}

/** npm itself, however this was started. */
export function npm(args, options) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return run(process.execPath, [cli, ...args], options);
  return run('npm', args, { ...options, shell: process.platform === 'win32' });
}
