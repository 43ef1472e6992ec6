// Diagrams as a person meets them: the start path, a counterexample stepped through by keyboard, versions side by side, taking
// them along, and finding them again after a reload.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { startBrowser } from './lib/browser.mjs';
import { runFolder, startServer } from './lib/server.mjs';
import * as workbench from './lib/workbench.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const sample = path.join(runFolder, 'diagrams-sample');
const shots = path.join(runFolder, 'diagrams-shots');

let server;
let browser;
let page;
/** A step begins where the one before it ended. */
let failed = false;

before(async () => {
  for (const folder of [shots, sample]) fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(shots, { recursive: true });
  fs.cpSync(path.join(root, 'samples/riscv-hsm'), sample, { recursive: true });
  const settings = {
    'security.workspace.trust.startupPrompt': 'never',
    'security.workspace.trust.banner': 'never',
    'editor.minimap.enabled': false,
  };
  server = await startServer({ name: 'diagrams', vsix: path.join(root, 'dist/lockstep.vsix'), settings });
  browser = await startBrowser();
  page = await workbench.openWindow(browser, server.address(sample));
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

step('Show HSM Start Path draws the way from the system call, with the locks in order and the rule that is broken', async () => {
  await workbench.runCommand(page, 'Lockstep: Show HSM Start Path');
  await diagram().locator('svg .messageText').first().waitFor({ timeout: 60_000 });
  const steps = await stepTexts();
  const at = (words) => {
    const found = steps.findIndex((text) => text.includes(words));
    assert.ok(found >= 0, `no step says ${words}:\n${steps.join('\n')}`);
    return found;
  };
  assert.ok(at('struct kvm_vcpu.mutex') < at('struct kvm.srcu') && at('struct kvm.srcu') < at('takes struct kvm.lock'));
  await shot('start-path');
});

step('a run is opened from the answer, and its last step is found in a second', async () => {
  await workbench.runCommand(page, 'View: Close All Editors');
  await workbench.runCommand(page, 'Lockstep: Simulate…');
  await row('before').click();
  await workbench.pickerTitled(page, 'Simulate before');
  await row('Start against AIA init').click();
  for (const prompt of ['Number of vCPUs', 'Number of rounds']) await workbench.answerPrompt(page, prompt);
  await toast(/deadlock/).waitFor();
  await toast(/deadlock/).hover();
  await toast(/deadlock/)
    .getByRole('button', { name: 'Show Trace' })
    .click();
  await diagram().locator('svg .messageText').first().waitFor();
  await workbench.runCommand(page, 'Notifications: Clear All Notifications');
  await page.waitForTimeout(1500);
  await shot('trace');
});

step('arrow keys step through it, and the C line moves along without taking the focus', async () => {
  await diagram().locator('[role=option]').first().click();
  await page.locator('.tab[data-resource-name="kvm_main.c"]').waitFor();
  const first = await marked();
  await page.keyboard.press('ArrowDown');
  await workbench.untilEqual('another line is marked', async () => (await marked()) !== first, true);
  await page.keyboard.press('End');
  await page.locator('.monaco-editor .view-line', { hasText: 'synchronize_srcu_expedited' }).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.locator('.tab[data-resource-name="vcpu_sbi_hsm.c"]').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.locator('.tab[data-resource-name="kvm_main.c"]').waitFor();
  await page.waitForTimeout(500);
  await shot('trace-stepped');
});

step('a click on a line of the trace selects its step', async () => {
  const line = page.locator('.monaco-editor .view-line', { hasText: 'synchronize_srcu_expedited' });
  await line.click();
  await workbench.untilEqual('another step is selected', async () => /begins to wait/.test(await selectedStep()), true);
  await shot('line-clicked');
});

step('what if another thread goes on: a diagram of its own, in which nobody waits in the end', async () => {
  await diagram().locator('[role=option]').first().click();
  await diagram()
    .getByRole('button', { name: /What if/ })
    .click();
  await shot('what-if-menu');
  await diagram().getByRole('menuitem').first().click();
  await page.locator('.tab.active', { hasText: 'otherwise from step' }).waitFor();
  await diagram().locator('svg .messageText').first().waitFor();
  await page.waitForTimeout(500);
  await shot('what-if');
});

step('Copy as Text gives a trace that fits a mail', async () => {
  await diagram().getByRole('button', { name: 'Copy as Text' }).click();
  await diagram().getByText('text copied').waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /vm\.srcu/);
  assert.deepEqual(
    text.split('\n').filter((line) => line.length > 72),
    [],
  );
});

step('Save SVG writes a file that parses', async () => {
  await diagram().getByRole('button', { name: 'Save SVG' }).click();
  await page.locator('.quick-input-widget:visible').waitFor();
  await page.keyboard.press('Enter');
  await diagram()
    .getByText(/^saved /)
    .waitFor();
  const [name] = fs.readdirSync(sample).filter((file) => file.endsWith('.svg'));
  const svg = fs.readFileSync(path.join(sample, name), 'utf8');
  const root = await page.evaluate((text) => new DOMParser().parseFromString(text, 'image/svg+xml').documentElement.nodeName, svg);
  assert.equal(root, 'svg');
  await shot('saved');
});

step('Compare sets the versions side by side: after the patch the lock is another, and nobody waits', async () => {
  await workbench.runCommand(page, 'View: Close All Editors');
  await workbench.runCommand(page, 'Lockstep: Compare Before and After');
  await workbench.pickerTitled(page, 'Simulate before');
  await row('Start against AIA init').click();
  for (const prompt of ['Number of vCPUs', 'Number of rounds']) await workbench.answerPrompt(page, prompt);
  await page.locator('.tab.active', { hasText: 'Start against AIA init' }).waitFor({ timeout: 60_000 });
  await diagram().locator('svg .messageText').first().waitFor({ timeout: 60_000 });
  await workbench.runCommand(page, 'View: Close Primary Side Bar').catch(() => {});
  await page.waitForTimeout(1000);
  await shot('comparison');
  assert.equal(await diagram().locator('.column-head', { hasText: 'Nobody waits' }).count(), 2);
});

for (const [name, theme] of [
  ['light', 'Light Modern'],
  ['high-contrast', 'Dark High Contrast'],
]) {
  step(`the diagram follows the theme ${name}`, async () => {
    await workbench.runCommand(page, 'Preferences: Color Theme');
    await page.keyboard.type(theme);
    await row(theme).click();
    await page.waitForTimeout(2000);
    await shot(`comparison-${name}`);
  });
}

step('after a reload of the window the diagram is there again', async () => {
  await page.reload();
  await workbench.workbenchReady(page);
  await diagram().locator('svg .messageText').first().waitFor({ timeout: 60_000 });
  assert.equal(await diagram().locator('.column-head', { hasText: 'Nobody waits' }).count(), 2);
  await shot('reloaded');
});

async function marked() {
  return page.evaluate(() => {
    const line = [...document.querySelectorAll('.monaco-editor .view-overlays [class*="ced-"]')][0];
    return line ? `${line.getBoundingClientRect().top}` : '';
  });
}

async function selectedStep() {
  return diagram().locator('[role=option][aria-selected=true]').first().innerText();
}

function diagram() {
  return page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
}

async function stepTexts() {
  return diagram().locator('[role=option]').allInnerTexts();
}

function row(label) {
  return workbench.quickPickRow(page, label);
}

function toast(text) {
  return workbench.toast(page, text);
}

async function shot(name) {
  await page.screenshot({ path: path.join(shots, `${name}.png`) });
}

function step(name, work) {
  it(name, async () => {
    assert.ok(!failed, 'what it starts from is not there');
    try {
      await work();
    } catch (error) {
      failed = true;
      await shot(`FAILED ${name.replaceAll(/\W+/g, '-').slice(0, 60)}`);
      throw error;
    }
  });
}
