// Simulation as a person meets it: from the palette to the answer, its trace, and the C line of a step.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before } from 'node:test';
import { runFolder } from './lib/server.mjs';
import { copySample, startSession } from './lib/session.mjs';
import * as workbench from './lib/workbench.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const session = startSession('simulate');
const { shot, step } = session;
const cFile = fs.readFileSync(path.join(root, 'samples/riscv-hsm/tree/arch/riscv/kvm/vcpu_sbi_hsm.c'), 'utf8').split('\n');
const lockLine = cFile.findIndex((line) => line.trim() === 'mutex_lock(&kvm->lock);') + 1;

let page;

before(async () => {
  page = await session.open(copySample('simulate'));
});

step('Lockstep: Simulate… asks for model, scenario, numbers and threads, and answers with the deadlock', async () => {
  await workbench.runCommand(page, 'Lockstep: Simulate…');
  await row('before').waitFor();
  await shot('models');
  await row('before').click();
  await titled('Simulate before');
  await row('Everything together').waitFor();
  await shot('scenarios');
  await row('Everything together').click();
  for (const prompt of ['Number of vCPUs', 'Number of rounds']) await enter(prompt);
  await row('aia').waitFor();
  await shot('threads');
  const started = performance.now();
  await page.keyboard.press('Enter');
  await toast(/deadlock: vCPU 0 waits for vm\.lock/).waitFor();
  console.log(`from the last choice to the answer on the screen: ${(performance.now() - started).toFixed(0)} ms`);
  await page.waitForTimeout(500);
  await shot('answer');
});

step('Show Details opens the steps, and a click on one lands on its C line', async () => {
  await toast(/deadlock/).hover();
  await toast(/deadlock/)
    .getByRole('button', { name: 'Show Details' })
    .click();
  await page.locator('.tab.active', { hasText: 'before' }).waitFor();
  await line('kvm_sbi_ext_hsm_handler').waitFor();
  await line('SRCU annotated as before').waitFor();
  await page.locator('.monaco-editor .detected-link', { hasText: 'vcpu_sbi_hsm.c' }).waitFor();
  await shot('trace');
  await clickLink('vcpu_sbi_hsm.c');
  await page.locator('.tab.active[data-resource-name="vcpu_sbi_hsm.c"]').waitFor();
  await workbench.untilEqual('the line of the C function', () => workbench.cursorLine(page), lockLine);
  await shot('c-line');
});

step('a step without a C function leads to the model', async () => {
  await page.locator('.tab', { hasText: 'before' }).first().click();
  await clickLink('before.model.ts');
  await page.locator('.tab.active[data-resource-name="before.model.ts"]').waitFor();
  await shot('model-line');
});

step('what was chosen last is offered first', async () => {
  await workbench.runCommand(page, 'Notifications: Clear All Notifications');
  await workbench.runCommand(page, 'Lockstep: Simulate…');
  await row('Run again: before: Everything together').waitFor();
  await shot('run-again');
  await page.keyboard.press('Enter');
  await toast(/deadlock: vCPU 0 waits for vm\.lock/).waitFor();
});

step('a long run shows states and rate, and ends when it is cancelled', async () => {
  await workbench.runCommand(page, 'Notifications: Clear All Notifications');
  await workbench.runCommand(page, 'Lockstep: Simulate…');
  await row('followup').click();
  await titled('Simulate followup');
  await row('Everything together').click();
  await enter('Number of vCPUs', '4');
  await enter('Number of rounds', '3');
  await row('aia').waitFor();
  await page.keyboard.press('Enter');
  const progress = toast(/simulating followup/);
  await progress.filter({ hasText: /[\d,]+ states, [\d,]+ a second/ }).waitFor();
  await shot('progress');
  const exploring = simulators();
  const started = performance.now();
  await progress.getByRole('button', { name: 'Cancel' }).click();
  await progress.waitFor({ state: 'hidden' });
  console.log(`from Cancel to the notification gone: ${(performance.now() - started).toFixed(0)} ms`);
  await workbench.untilEqual('a process is gone', async () => simulators().length < exploring.length, true);
});

step('Compare Before and After sets three models side by side', async () => {
  await workbench.runCommand(page, 'Lockstep: Compare Before and After');
  await titled('Simulate before');
  await row('Start against vCPU creation').click();
  for (const prompt of ['Number of vCPUs', 'Number of rounds']) await enter(prompt);
  await page.locator('.tab.active', { hasText: 'before, patched, followup' }).waitFor({ timeout: 90_000 });
  // The text is not opened, but the diagrams lead there.
  await workbench.diagram(page).getByRole('button', { name: 'Details' }).click();
  await page.locator('.tab.active', { hasText: 'before, patched, followup: Start' }).waitFor();
  await line('What two threads can do at the same time').waitFor();
  await shot('compare');
});

step('New Model opens one that can be run as it is, and says what is outside the language', async () => {
  await workbench.runCommand(page, 'Lockstep: New Model');
  await page.locator('.codelens-decoration a', { hasText: 'Simulate' }).first().waitFor({ timeout: 60_000 });
  await shot('new-model');
  await page.locator('.codelens-decoration a', { hasText: 'Simulate' }).first().click();
  await toast(/open waits for dev\.list_lock, held by remove/).waitFor();
  await workbench.runCommand(page, 'Notifications: Clear All Notifications');
  await workbench.goToLine(page, 13);
  await page.keyboard.press('End');
  await page.keyboard.type('\neval("1");\n');
  await workbench.untilEqual(
    'what is outside is underlined',
    async () => (await workbench.squiggledLines(page)).some((each) => /eval/.test(each)),
    true,
  );
  await shot('outside');
});

step('ordinary TypeScript starts no server, until it has a scenario', async () => {
  const folder = path.join(runFolder, 'simulate-typescript');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'user.model.ts'), 'export class User {}\n');
  const others = processes('dist/server.cjs').length;
  page = await session.open(folder);
  await workbench.openFromExplorer(page, 'user.model.ts');
  await page.waitForTimeout(4000);
  assert.equal(processes('dist/server.cjs').length, others);
  await workbench.goToLine(page, 1);
  await page.keyboard.type("scenario('a', 'A', () => { eval('1'); });\n");
  await workbench.untilEqual('a server runs', async () => processes('dist/server.cjs').length, others + 1);
  await page.locator('.codelens-decoration, .squiggly-error').first().waitFor();
  await shot('typescript');
});

function row(label) {
  return workbench.quickPickRow(page, label);
}

function enter(prompt, text) {
  return workbench.answerPrompt(page, prompt, text);
}

function toast(text) {
  return workbench.toast(page, text);
}

function line(text) {
  return page.locator('.monaco-editor .view-line', { hasText: text }).first();
}

function titled(title) {
  return workbench.pickerTitled(page, title);
}

/** A link in a document, as a person follows it. */
async function clickLink(text) {
  const link = page.locator('.monaco-editor .detected-link', { hasText: text }).last();
  await link.waitFor();
  await link.click({ modifiers: ['Control'] });
}

/** Processes that explore. */
function simulators() {
  return processes('dist/simulator.cjs');
}

/** Processes of the editor of this test that run the script. */
function processes(script) {
  const ids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => {
    try {
      const command = fs.readFileSync(`/proc/${id}/cmdline`, 'utf8');
      return command.includes(session.server.folder) && command.includes(script);
    } catch {
      return false;
    }
  });
}
