// Diagrams as a person meets them: the start path, a counterexample stepped through by keyboard, versions side by side, taking
// them along, and finding them again after a reload.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before } from 'node:test';
import { copySample, startSession } from './lib/session.mjs';
import * as workbench from './lib/workbench.mjs';

const session = startSession('diagrams');
const { shot, step } = session;
let sample;
let page;
/** What tells the tabs apart. */
const tabs = { path: 'kvm_sbi_hsm_vcpu_start from', trace: 'before: Start against AIA init (2', comparison: 'before, patched, followup' };

before(async () => {
  sample = copySample('diagrams');
  page = await session.open(sample);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
});

step('Show HSM Start Path draws the way from the system call, with the locks in order and the rule that is broken', async () => {
  await workbench.runCommand(page, 'Lockstep: Show HSM Start Path');
  await workbench.diagramDrawn(page);
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
  await workbench.diagramDrawn(page);
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
  await page.locator('.tab.active', { hasText: /^What if 1: .*otherwise from step 1/ }).waitFor();
  await workbench.diagramDrawn(page);
  await workbench.untilEqual('no line of the other run is marked', marked, '');
  await shot('what-if');
  assert.equal(await diagram().getByRole('button', { name: 'Details' }).isVisible(), false, 'there is nothing that it could lead to');
});

step('another what if is told apart by its tab', async () => {
  const origin = page.locator('.tab', { hasText: 'before: Start against AIA init (2' });
  await origin.click();
  await workbench.diagramDrawn(page);
  await diagram().locator('[role=option]').nth(4).click();
  await diagram()
    .getByRole('button', { name: /What if/ })
    .click();
  await diagram().getByRole('menuitem').first().click();
  await page.locator('.tab.active', { hasText: /^What if 2: .*otherwise from step 5/ }).waitFor();
  await workbench.diagramDrawn(page);
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
  await workbench.diagramDrawn(page);
  await workbench.runCommand(page, 'View: Close Primary Side Bar').catch(() => {});
  await page.waitForTimeout(1000);
  await shot('comparison');
  assert.equal(await page.locator('.tab').count(), 1, 'the diagram alone is opened');
  assert.equal(await diagram().locator('.column-head', { hasText: 'Nobody waits' }).count(), 2);
});

step('path, trace and comparison follow the theme', async () => {
  await workbench.runCommand(page, 'Lockstep: Show HSM Start Path');
  await page.locator('.tab.active', { hasText: tabs.path }).waitFor();
  await workbench.diagramDrawn(page);
  await workbench.runCommand(page, 'Lockstep: Simulate…');
  await row('Run again: before: Start against AIA init').click();
  await toast(/deadlock/)
    .getByRole('button', { name: 'Show Trace' })
    .click();
  await page.locator('.tab.active', { hasText: tabs.trace }).waitFor();
  await workbench.diagramDrawn(page);
  await workbench.runCommand(page, 'Notifications: Clear All Notifications');
  for (const [name, theme] of [
    ['light', 'Light Modern'],
    ['high-contrast', 'Dark High Contrast'],
  ]) {
    await workbench.chooseTheme(page, theme);
    for (const kind of ['path', 'trace', 'comparison']) {
      await page.locator('.tab', { hasText: tabs[kind] }).click();
      await workbench.diagramDrawn(page);
      await page.waitForTimeout(1200);
      await shot(`${kind}-${name}`);
    }
  }
});

step('after a reload of the window the diagram is there again, at the same step, and its line is marked', async () => {
  await diagram().locator('[role=option]').nth(5).click();
  await workbench.untilEqual('a line is marked', async () => (await marked()) !== '', true);
  await diagram().locator('[aria-label="State beside the diagram"]').first().click();
  const before = await selectedStep();
  await page.waitForTimeout(1000);
  await workbench.reloadWindow(page);
  await workbench.diagramDrawn(page);
  assert.equal(await diagram().locator('.column-head', { hasText: 'Nobody waits' }).count(), 2);
  await workbench.untilEqual('a line is marked again', async () => (await marked()) !== '', true);
  assert.equal(await selectedStep(), before);
  assert.equal(await diagram().getByRole('region', { name: 'State' }).isVisible(), false);
  assert.equal(await diagram().getByRole('button', { name: 'Details' }).isVisible(), false);
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
  return workbench.diagram(page);
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
