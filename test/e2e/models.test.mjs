// Models as files of a folder that nobody trusted and nobody set up: they know their language, and other TypeScript does not.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { startBrowser } from './lib/browser.mjs';
import { runFolder, startServer } from './lib/server.mjs';
import * as workbench from './lib/workbench.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(runFolder, 'models-folder');
const shots = path.join(runFolder, 'models-shots');

/** No module: in a project with the library of JavaScript its names would meet others. */
const model = `interface device { lock: mutex; name: int }
const name = object<device>();
function work(d: device): void {
  mutex_lock(d.lock);
  d.name++;
  mutex_unlock(d.lock);
}
scenario('s', 'S', () => {
  for (const status of choices) thread('work', work, status);
});
const choices = objects<device>(2);
`;
const plain = `export const now: Date = new Date();\nexport const first: number = [1, 2].map((each) => each + 1)[0] ?? 0;\nconst known: string = 1;\n`;
/** Lines of it that TypeScript underlines. */
const mistakes = ['const known: string = 1;', 'mutex_lock(1);'];
const files = {
  'one.model.ts': model,
  'two.model.ts': model,
  'own.model.ts': `${model}export {};\n`,
  'user.model.ts': `${plain}mutex_lock(1);\n`,
};

let server;
let browser;
let page;

before(async () => {
  for (const each of [shots, folder]) {
    fs.rmSync(each, { recursive: true, force: true });
    fs.mkdirSync(each, { recursive: true });
  }
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  const settings = { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' };
  server = await startServer({ name: 'models', vsix: path.join(root, 'dist/lockstep.vsix'), settings });
  browser = await startBrowser();
  page = await workbench.openWindow(browser, server.address(folder));
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

it('TypeScript that is no model is none, whatever it is called', async () => {
  await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
  await workbench.openFromExplorer(page, 'user.model.ts');
  await workbench.untilEqual('its mistakes', marked, mistakes, 60_000);
  await workbench.runCommand(page, 'View: Close Editor');
});

it('a model of a restricted folder has no squiggle, and its functions tell what they do', async () => {
  for (const name of ['one.model.ts', 'two.model.ts']) {
    await workbench.openFromExplorer(page, name);
    await hovers('mutex_lock(d.lock)', 'mutex_lock', /Takes the mutex/);
    await page.waitForTimeout(1500);
    assert.deepEqual(await marked(), []);
  }
  await page.screenshot({ path: path.join(shots, 'model.png') });
});

it('a mistake is underlined by TypeScript while it is typed', async () => {
  await workbench.goToLine(page, 4);
  await page.keyboard.type('spin_lock(d.lock);\n');
  await workbench.untilEqual('the mistake', marked, ['spin_lock(d.lock);']);
  await workbench.openProblems(page);
  const messages = async () => (await workbench.problems(page)).map(({ message }) => message).join();
  await workbench.untilEqual(
    'what TypeScript says',
    async () => /not assignable to parameter of type 'spinlock_t'/.test(await messages()),
    true,
  );
  await page.keyboard.press('Control+Shift+M');
  await workbench.runCommand(page, 'File: Revert File');
  await workbench.untilEqual('the mistake is gone', marked, []);
});

it('TypeScript beside an open model keeps its library, and the model its names', async () => {
  await workbench.openFromExplorer(page, 'user.model.ts');
  await page.waitForTimeout(3000);
  await workbench.untilEqual('its own mistakes alone', marked, mistakes);
  await workbench.openFromExplorer(page, 'own.model.ts');
  await page.waitForTimeout(3000);
  assert.deepEqual(await marked(), []);
});

it('a new model knows its language before it is saved, and details of its run are easy to read', async () => {
  await workbench.runCommand(page, 'Lockstep: New Model');
  await hovers('mutex_lock(d.lock)', 'mutex_lock', /Takes the mutex/);
  await page.waitForTimeout(1500);
  assert.deepEqual(await marked(), []);
  await page.locator('.codelens-decoration a', { hasText: 'Simulate' }).first().click();
  const answer = page.locator('.notification-toast', { hasText: /open waits for dev\.list_lock, held by remove/ });
  await answer.hover();
  await answer.getByRole('button', { name: 'Show Details' }).click();
  await page.locator('.statusbar-item', { hasText: 'Lockstep Trace' }).waitFor();
  await workbench.runCommand(page, 'Notifications: Clear All Notifications');
  await page.locator('.monaco-editor .view-line', { hasText: 'open takes' }).first().click();
  await page.waitForTimeout(1500);
  await page.screenshot({ path: path.join(shots, 'details.png') });
  const noise = '.unicode-highlight, .minimap canvas, .core-guide-indent, .wordHighlight, .wordHighlightText, .selectionHighlight';
  assert.equal(await page.locator(`.editor-instance :is(${noise}):visible`).count(), 0);
  const ends = await page.evaluate(() => {
    const box = document.querySelector('.editor-instance .lines-content').parentElement.getBoundingClientRect();
    return [...document.querySelectorAll('.editor-instance .view-line > span')].map(
      (line) => line.getBoundingClientRect().right - box.right,
    );
  });
  assert.ok(Math.max(...ends) <= 0, `a line ends ${Math.max(...ends)} pixels behind the editor`);
});

it('nothing was written into the folder', () => {
  assert.deepEqual(fs.readdirSync(folder).sort(), Object.keys(files).sort());
});

function marked() {
  return workbench.squiggledLines(page);
}

/** The language server of TypeScript takes its time to start. */
async function hovers(text, part, expected) {
  const shown = async () => {
    await page.mouse.move(700, 20);
    return expected.test(await (await workbench.hover(page, text, part)).innerText().catch(() => ''));
  };
  await workbench.untilEqual('what the hover says', () => shown().catch(() => false), true, 60_000);
}
