// Starts a real VS Code server on loopback, with extensions installed from .vsix files.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const here = path.dirname(import.meta.dirname);
const entry = path.join(here, 'node_modules/code-server/out/node/entry.js');
/** Where servers keep settings, extensions and logs; not in git. */
export const runFolder = path.join(here, '.run');

/** Quiet, the same everywhere, and nothing that asks the network. */
const settings = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.colorTheme': 'Default Dark Modern',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'chat.commandCenter.enabled': false,
  'files.autoSave': 'off',
  'git.openRepositoryInParentFolders': 'never',
};
/** An empty gallery: no request leaves the machine. */
const noGallery = '{"serviceUrl":"","itemUrl":"","resourceUrlTemplate":""}';

/**
 * @param {object} options
 * @param {string} options.name folder of this server below `runFolder`
 * @param {string} options.vsix the extension to install
 * @param {boolean} [options.keep] keep settings and window state of the last run
 * @param {number} [options.port] a free one where not given
 * @param {object} [options.settings] user settings on top of the quiet ones
 */
export async function startServer({ name, vsix, keep = false, port: wanted, settings: more = {} }) {
  const port = await freePort(wanted);
  const folder = path.join(runFolder, name);
  if (!keep) fs.rmSync(folder, { recursive: true, force: true });
  const config = path.join(folder, 'config.yaml');
  const data = path.join(folder, 'data');
  fs.mkdirSync(path.join(data, 'User'), { recursive: true });
  fs.mkdirSync(path.join(data, 'logs'), { recursive: true });
  fs.writeFileSync(config, 'auth: none\n');
  const userSettings = path.join(data, 'User/settings.json');
  if (!fs.existsSync(userSettings)) fs.writeFileSync(userSettings, JSON.stringify({ ...settings, ...more }, null, 2));

  const common = ['--config', config, '--user-data-dir', data, '--extensions-dir', path.join(folder, 'extensions')];
  const env = { ...process.env, EXTENSIONS_GALLERY: noGallery };
  // Inside a terminal of VS Code these would make the entry point talk to that window instead of starting a server.
  delete env.VSCODE_IPC_HOOK_CLI;
  const log = path.join(folder, 'server.log');
  const out = fs.openSync(log, 'w');
  // A process group of its own: the server's extension hosts and language servers end with it.
  const detached = process.platform !== 'win32';
  const node = (args) => spawn(process.execPath, [entry, ...common, ...args], { env, detached, stdio: ['ignore', out, out] });

  const installed = await exitCode(node(['--install-extension', vsix, '--force']));
  if (installed !== 0) throw new Error(`cannot install ${vsix}: see ${log}`);
  const address = ['--bind-addr', `127.0.0.1:${port}`, '--auth', 'none'];
  const child = node([...address, '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override']);
  const exited = exitCode(child);
  const base = `http://127.0.0.1:${port}/`;
  const end = (signal) => signalGroup(child, signal);
  const leave = endWithProcess(() => end('SIGKILL'));
  const stop = async () => {
    end('SIGTERM');
    const late = setTimeout(() => end('SIGKILL'), 5000);
    await exited;
    clearTimeout(late);
    end('SIGKILL');
    leave();
    fs.closeSync(out);
  };
  for (const deadline = Date.now() + 60_000; !(await answers(`${base}healthz`)); await sleep(200)) {
    if (child.exitCode === null && Date.now() < deadline) continue;
    await stop();
    throw new Error(`the VS Code server did not start: see ${log}`);
  }
  return {
    folder,
    log,
    exited,
    stop,
    /** Address of a window with this folder open, or of an empty window. */
    address: (workspace) => base + (workspace ? `?folder=${encodeURIComponent(posixPath(workspace))}` : '?ew=true'),
  };
}

/** Nothing may outlive the process that started it, however that ends. A program with its own signal handlers calls `stop` itself. */
function endWithProcess(work) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'].filter((signal) => process.listenerCount(signal) === 0);
  const interrupted = () => process.exit(130);
  process.once('exit', work);
  for (const signal of signals) process.once(signal, interrupted);
  return () => {
    process.off('exit', work);
    for (const signal of signals) process.off(signal, interrupted);
  };
}

function signalGroup(child, signal) {
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
  } catch {
    // It has ended already.
  }
}

function exitCode(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
}

/** The port itself, where one is asked for. */
function freePort(wanted = 0) {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', (error) => reject(new Error(`cannot use port ${wanted}: ${error.message}`)));
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function posixPath(folder) {
  const slashes = folder.split(path.sep).join('/');
  return slashes.startsWith('/') ? slashes : `/${slashes}`;
}
