// npm start: builds and packs the extension, installs it in a real VS Code and opens the sample.
// `--port N` chooses the port; `-- --desktop` uses the VS Code of this machine instead of one served to the browser.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from '../test/e2e/lib/server.mjs';
import { setUpServer } from '../test/e2e/setup.mjs';
import { installMissing } from './install.mjs';
import { nodeTool, root, run } from './process.mjs';

const vsix = path.join(root, 'dist/lockstep.vsix');
const { values } = parseArgs({ options: { desktop: { type: 'boolean' }, port: { type: 'string' }, help: { type: 'boolean' } } });

const port = portOf(values.port);

if (values.help) {
  console.log('npm start [-- --port N | --desktop]');
} else {
  try {
    process.exitCode = (await buildAndPack()) ? await (values.desktop ? openDesktop() : serve()) : 1;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

async function buildAndPack() {
  await installMissing(root);
  console.log('Building');
  return (await nodeTool('scripts/build.mjs', [])) === 0 && (await nodeTool('scripts/package.mjs', [])) === 0;
}

/** Serves VS Code on loopback until Ctrl+C. */
async function serve() {
  const e2e = path.join(root, 'test/e2e');
  await installMissing(e2e);
  console.log('Starting VS Code');
  setUpServer();
  const stopped = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
  });
  // The sample is our own, so the window need not ask whether its authors are trusted.
  const settings = { 'security.workspace.trust.enabled': false };
  const sample = copySample();
  const server = await startServer({ name: 'start', keep: true, vsix, port, settings });
  console.log(`\nVS Code with Lockstep and the sample open:\n\n    ${server.address(sample)}\n`);
  console.log('Open tree/arch/riscv/kvm/vcpu_sbi_hsm.c there. Ctrl+C here stops it, and deletes this copy of the sample.');
  const code = await Promise.race([stopped.then(() => 0), server.exited.then(() => 1)]);
  if (code !== 0) console.error(`VS Code ended by itself: see ${server.log}`);
  await server.stop();
  fs.rmSync(path.dirname(sample), { recursive: true, force: true });
  return code;
}

/** A copy that may be edited, outside this repository: its git would be asked about, and its files changed. */
function copySample() {
  const copy = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-')), 'riscv-hsm');
  fs.cpSync(path.join(root, 'samples/riscv-hsm'), copy, { recursive: true });
  return copy;
}

/** Installs into the VS Code on PATH and opens the sample in it. */
async function openDesktop() {
  const shell = process.platform === 'win32';
  const quoted = (text) => (shell ? `"${text}"` : text);
  const installed = await run('code', ['--install-extension', quoted(vsix), '--force'], { shell });
  if (installed === 127) {
    console.error(
      `There is no 'code' on PATH. In VS Code, run "Shell Command: Install 'code' command in PATH", or install ${vsix} with "Extensions: Install from VSIX..."`,
    );
    return 2;
  }
  return installed === 0 ? run('code', [quoted(copySample())], { shell }) : installed;
}

/** Undefined: any free port. */
function portOf(text) {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  console.error(`--port needs a number from 1 to 65535, not ${text}`);
  process.exit(2);
}
