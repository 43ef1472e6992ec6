// What a person does in VS Code's window, as functions of the page.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

const palette = '.quick-input-widget .quick-input-box input';
const explorerRow = '.explorer-folders-view .monaco-list-row';
const squiggle = '.monaco-editor .squiggly-error, .monaco-editor .squiggly-warning';

/** Opens a window on the address and waits until the workbench answers the keyboard. The first one takes 8 to 16 s. */
export async function openWindow(browser, address) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 940 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(address);
  await workbenchReady(page);
  return page;
}

/** As VS Code does it: what a browser reloads by itself comes back as it was some seconds before. */
export async function reloadWindow(page) {
  const reloaded = page.waitForEvent('load');
  await runCommand(page, 'Developer: Reload Window');
  await reloaded;
  await workbenchReady(page);
}

export async function workbenchReady(page) {
  await page.locator('.monaco-workbench .statusbar-item').first().waitFor({ timeout: 90_000 });
}

/** Opens a file by expanding its folders in the explorer, one click each. */
export async function openFromExplorer(page, file) {
  const names = file.split('/');
  for (const [depth, name] of names.entries()) {
    const row = page.locator(`${explorerRow}[aria-level="${depth + 1}"]`, {
      has: page.locator(`.monaco-highlighted-label:text-is("${name}")`),
    });
    await row.first().waitFor({ timeout: 60_000 });
    if (depth === names.length - 1) await row.dblclick();
    else await unfold(page, row);
  }
  await page.locator(`.tab.active[data-resource-name="${names.at(-1)}"]`).waitFor();
}

/** The explorer unfolds folders by itself where it shows the active file: a click at that moment folds them. */
async function unfold(page, row) {
  const isOpen = async () => (await row.getAttribute('aria-expanded')) === 'true';
  for (let tries = 0; tries < 20; tries++) {
    if (!(await isOpen())) await row.click();
    await page.waitForTimeout(200);
    if (await isOpen()) return;
  }
}

/** Puts the cursor at the start of a line, counted from 1. */
export async function goToLine(page, line) {
  await page.keyboard.press('Control+g');
  await page.locator(palette).fill(`:${line}`);
  await accept(page);
  await page.locator('.monaco-editor.focused').first().waitFor();
}

/** Takes what the palette offers; it offers nothing yet right after it was asked, and Enter does nothing then. */
async function accept(page) {
  for (let tries = 0; tries < 20 && (await page.locator(palette).isVisible()); tries++) {
    await page.locator(palette).press('Enter');
    await page
      .locator(palette)
      .waitFor({ state: 'hidden', timeout: 1000 })
      .catch(() => undefined);
  }
  await page.locator(palette).waitFor({ state: 'hidden' });
}

/** Texts of the visible lines that have a squiggle under them, from top to bottom. */
export async function squiggledLines(page) {
  return page.evaluate((selector) => {
    const middle = (element) => {
      const box = element.getBoundingClientRect();
      return (box.top + box.bottom) / 2;
    };
    const lines = [...document.querySelectorAll('.monaco-editor .view-line')].map((line) => ({ at: middle(line), text: line.textContent }));
    const under = [...document.querySelectorAll(selector)].map((mark) => {
      const at = middle(mark);
      return lines.reduce((best, line) => (Math.abs(line.at - at) < Math.abs(best.at - at) ? line : best));
    });
    const found = [...new Set(under)].sort((a, b) => a.at - b.at);
    return found.map((line) => line.text.replaceAll('\u00a0', ' ').replaceAll('\u00b7', ' ').trim());
  }, squiggle);
}

/** Rests the mouse on `part` of the visible line that contains `text`; answers the hover that opens. */
export async function hover(page, text, part) {
  const at = await page.evaluate(
    ([whole, some]) => {
      const plain = (node) => node.textContent.replaceAll('\u00a0', ' ');
      const line = [...document.querySelectorAll('.monaco-editor .view-line')].find((each) => plain(each).includes(whole));
      if (!line) return undefined;
      const wanted = plain(line).indexOf(whole) + whole.indexOf(some) + Math.floor(some.length / 2);
      const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      for (let seen = 0, node = walker.nextNode(); node; node = walker.nextNode()) {
        if (seen + node.length > wanted) {
          const range = document.createRange();
          range.setStart(node, wanted - seen);
          range.setEnd(node, wanted - seen + 1);
          const box = range.getBoundingClientRect();
          return { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
        }
        seen += node.length;
      }
      return undefined;
    },
    [text, part],
  );
  if (!at) throw new Error(`no visible line contains ${text}`);
  await page.mouse.move(at.x - 3, at.y + 1);
  await page.mouse.move(at.x, at.y, { steps: 4 });
  const shown = page.locator('.monaco-hover:visible', { hasText: /\S/ }).first();
  await shown.waitFor();
  await page.locator('.monaco-hover:visible', { hasText: 'Loading...' }).waitFor({ state: 'hidden' });
  return shown;
}

export async function openProblems(page) {
  if (!(await page.locator('.markers-panel').isVisible())) await page.keyboard.press('Control+Shift+M');
  await page.locator('.markers-panel').waitFor();
}

/** All problems of the panel, each with its row and its related places; scrolls, as rows out of sight do not exist. */
export async function problems(page) {
  const panel = page.locator('.markers-panel .monaco-list').first();
  const rows = new Map();
  await scrollProblems(page, 0);
  for (let last = false; !last; await page.mouse.wheel(0, 100)) {
    await sleep(100);
    const seen = await panel.locator('.monaco-list-row').evaluateAll((elements) =>
      elements.map(({ dataset, ariaLevel, innerText }) => ({
        index: Number(dataset.index),
        last: dataset.lastElement === 'true',
        level: Number(ariaLevel),
        text: innerText.replaceAll(/\s+/g, ' ').trim(),
      })),
    );
    for (const row of seen) rows.set(row.index, row);
    last = seen.some((row) => row.last) || seen.length === 0;
  }
  assert.equal(rows.size, Math.max(...rows.keys()) + 1, 'rows of Problems that were passed over');
  const found = [];
  for (const { index, level, text } of [...rows.values()].sort((a, b) => a.index - b.index)) {
    if (level === 2) found.push({ row: index, message: text, related: [] });
    if (level === 3) found.at(-1)?.related.push(text);
  }
  return found;
}

/** Scrolls Problems so that the row is among the first ones in sight. */
export async function scrollProblems(page, row) {
  const panel = page.locator('.markers-panel .monaco-list').first();
  const list = await panel.boundingBox();
  const height = async (index) => {
    const at = panel.locator(`.monaco-list-row[data-index="${index}"]`);
    return (await at.isVisible()) ? (await at.boundingBox()).y - list.y : undefined;
  };
  await panel.hover();
  await untilEqual('the first row of Problems is in sight', () => page.mouse.wheel(0, -2000).then(() => height(0)), 0);
  const near = async () => {
    const y = await height(row);
    if (y !== undefined && y < 40) return true;
    await page.mouse.wheel(0, 10);
    return false;
  };
  await untilEqual('the row of Problems is in sight', near, true);
  // Off the rows again: a row under the mouse shows a tooltip.
  if (row > 0) await page.mouse.move(700, 60);
}

/** Types the command's title into the palette and runs it; fails where the palette has no such command. */
export async function runCommand(page, title) {
  // After the title, the row's label may tell the key, or that the command was used before.
  const row = page.locator(`.quick-input-list .monaco-list-row:is([aria-label="${title}"], [aria-label^="${title},"])`).first();
  // The palette lists what it knew when it opened; a new window learns of its extensions a little later.
  for (let attempt = 1; ; attempt++) {
    await page.keyboard.press('F1');
    await page.locator(palette).fill(`>${title}`);
    try {
      return await row.click({ timeout: 4000 });
    } catch (error) {
      if (attempt === 4) throw error;
      await page.keyboard.press('Escape');
      await page.locator(palette).waitFor({ state: 'hidden' });
    }
  }
}

export function quickPickRows(page) {
  return page.locator('.quick-input-list .monaco-list-row');
}

/** Answers VS Code's own dialog for something to open with its button. A folder ends in a slash. */
export async function pickPath(page, wanted) {
  const dialog = page.locator('.quick-input-widget:visible');
  const box = dialog.locator('.quick-input-box input');
  // The dialog writes its first folder into the box when it has read it: only then does it take another.
  await untilEqual('the dialog shows a folder', async () => (await box.inputValue()).endsWith('/'), true);
  await untilEqual('the dialog took the path', () => filled(box, wanted), true);
  await dialog.locator('.quick-input-action .monaco-button').first().click();
}

/** Answers VS Code's own dialog for a file to be saved. */
export async function saveAs(page, file) {
  const dialog = page.locator('.quick-input-widget:visible');
  const box = dialog.locator('.quick-input-box input');
  await untilEqual('the dialog names a file', async () => /[^/]$/.test(await box.inputValue()), true);
  await untilEqual('the dialog took the name', () => filled(box, file), true);
  const pressed = async () => {
    // It reads the folder first, and until then it takes no answer.
    await dialog
      .locator('.quick-input-action .monaco-button')
      .first()
      .click({ timeout: 1000 })
      .catch(() => {});
    await sleep(500);
    return dialog.isVisible();
  };
  await untilEqual('the dialog is gone', pressed, false);
}

/** Fills a box and answers whether that lasted. */
async function filled(box, text) {
  await box.fill(text);
  await sleep(300);
  return (await box.inputValue()) === text;
}

/** Line of the cursor, from the status bar. */
export async function cursorLine(page) {
  const text = await page.locator('.statusbar-item', { hasText: /^Ln \d+/ }).innerText();
  return Number(/\d+/.exec(text)[0]);
}

/** Asks again until the answer is as expected; fails with the answer it had last. */
export async function untilEqual(what, ask, expected, timeout = 30_000) {
  let last;
  for (const end = Date.now() + timeout; Date.now() < end; await sleep(100)) {
    last = await ask();
    if (isDeepStrictEqual(last, expected)) return;
  }
  assert.deepEqual(last, expected, `${what}, after ${timeout / 1000} s`);
}

export function quickPickRow(page, label) {
  return quickPickRows(page).filter({ hasText: label }).first();
}

/** Answers a prompt of the quick input, with what it offers if no text is given. */
export async function answerPrompt(page, prompt, text) {
  const widget = page.locator('.quick-input-widget:visible', { hasText: prompt });
  await widget.waitFor();
  if (text !== undefined) await widget.locator('.quick-input-box input').fill(text);
  await page.keyboard.press('Enter');
}

/** Until the picker has this title: its rows are those of the one before, filled anew. */
export async function pickerTitled(page, title) {
  await page.locator(`.quick-input-title:text-is("${title}")`).waitFor();
}

/** A row of the view in the side bar. */
export function viewRow(page, text) {
  return page.locator('.pane-body .monaco-list-row', { hasText: text }).first();
}

export function statusText(page, text) {
  return page.locator('.statusbar-item', { hasText: text });
}

export function toast(page, text) {
  return page.locator('.notification-toast', { hasText: text });
}

/** The page of the diagram in sight. */
export function diagram(page) {
  return page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
}

/** Until the diagram in sight is drawn. */
export async function diagramDrawn(page, timeout = 60_000) {
  await diagram(page).locator('svg .messageText').first().waitFor({ timeout });
}

export async function chooseTheme(page, theme) {
  await runCommand(page, 'Preferences: Color Theme');
  await page.keyboard.type(theme);
  await quickPickRow(page, theme).click();
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
}
