// An editor of its own with one window, and what a person does in it step by step: each begins where the one before it ended.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, it } from 'node:test';
import { startBrowser } from './browser.mjs';
import { runFolder, startServer } from './server.mjs';
import * as workbench from './workbench.mjs';

const root = path.resolve(import.meta.dirname, '../../..');
const quiet = {
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
  'editor.minimap.enabled': false,
};

/**
 * Ends with the tests of the file.
 * @param {string} name of the server, and of the folder with the pictures
 * @param {object} [settings] user settings on top of the quiet ones
 */
export function startSession(name, settings = {}) {
  const shots = path.join(runFolder, `${name}-shots`);
  let failed = false;
  const session = {
    server: undefined,
    browser: undefined,
    page: undefined,
    /** Opens a window, which is the session's from then on; the first time starts the editor. */
    open: async (folder) => {
      if (!session.server) await start();
      return (session.page = await workbench.openWindow(session.browser, session.server.address(folder)));
    },
    shot: async (shot) => session.page?.screenshot({ path: path.join(shots, `${shot}.png`) }),
    step: (title, work) =>
      it(title, async () => {
        assert.ok(!failed, 'what it starts from is not there');
        try {
          await work();
        } catch (error) {
          failed = true;
          await session.shot(`FAILED ${title.replaceAll(/\W+/g, '-').slice(0, 60)}`);
          throw error;
        }
      }),
  };
  const start = async () => {
    fs.rmSync(shots, { recursive: true, force: true });
    fs.mkdirSync(shots, { recursive: true });
    session.server = await startServer({ name, vsix: path.join(root, 'dist/lockstep.vsix'), settings: { ...quiet, ...settings } });
    session.browser = await startBrowser();
  };
  after(async () => {
    await session.browser?.close();
    await session.server?.stop();
  });
  return session;
}

/** A copy of the sample that may be written to. */
export function copySample(name) {
  const sample = path.join(runFolder, `${name}-sample`);
  fs.rmSync(sample, { recursive: true, force: true });
  fs.cpSync(path.join(root, 'samples/riscv-hsm'), sample, { recursive: true });
  return sample;
}

/** Runs git in a folder, as a person of ours and with no settings of the machine. */
export function gitIn(folder) {
  const who = ['-c', 'user.name=Jo Sample', '-c', 'user.email=jo@example.org'];
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  return (...args) => execFileSync('git', ['-C', folder, ...who, ...args], { env, encoding: 'utf8' });
}
