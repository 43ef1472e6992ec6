// Reviewing a patch as a person does it: the sample's mails in a git repository, from the explorer's menu to the copied reply.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { copySample, startSession } from './lib/session.mjs';
import * as workbench from './lib/workbench.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const session = startSession('review', { 'security.workspace.trust.enabled': false, 'workbench.tree.enableStickyScroll': false });
const { shot, step } = session;
const [first] = fs.readdirSync(path.join(root, 'samples/riscv-hsm')).filter((name) => name.startsWith('0001-'));
const sample = copySample('review');
let page;

step('the mail is reviewed from the menu of the explorer', async () => {
  git('init', '-q', '-b', 'main');
  git('add', 'tree');
  git('commit', '-q', '-m', 'A kernel');
  page = await session.open(sample);
  await fromExplorerMenu(first, 'Review Patch…');
  await row(/Give each vCPU a lock/).waitFor({ timeout: 60_000 });
  await page.waitForTimeout(1500);
  await shot('tree');
});

step('the next remark opens its line in the diff, with problems on both sides', async () => {
  await page.keyboard.press('Control+Alt+.');
  await diffShown('vcpu.c');
  await page.waitForTimeout(1500);
  await shot('remark-1');
  await page.keyboard.press('Control+Alt+.');
  await diffShown('vcpu_sbi_hsm.c');
  await page.waitForTimeout(1500);
  await shot('remark-2');
  await page.keyboard.press('Control+Alt+.');
  await page.waitForTimeout(1500);
  await shot('remark-3');
});

async function diffShown(name) {
  await page.locator('.tab.active', { hasText: `${name} (patch` }).waitFor();
  await page.locator('.monaco-diff-editor .editor.modified .view-line').first().waitFor();
}

/** A new window learns of the entries of its extensions a little later. */
async function fromExplorerMenu(name, entry) {
  const file = page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
  const found = page.locator('.context-view .monaco-menu .action-item', { hasText: entry });
  for (let attempt = 0; attempt < 10; attempt++) {
    await file.click({ button: 'right' });
    await page.waitForTimeout(1000);
    if (await found.isVisible()) break;
    await page.keyboard.press('Escape');
  }
  await found.hover();
  await page.waitForTimeout(200);
  await page.keyboard.press('Enter');
}

function row(text) {
  return page.locator('.pane-body .monaco-list-row', { hasText: text }).first();
}

function git(...args) {
  const who = ['-c', 'user.name=Jo Sample', '-c', 'user.email=jo@example.org'];
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  return execFileSync('git', ['-C', sample, ...who, ...args], { env, encoding: 'utf8' });
}
