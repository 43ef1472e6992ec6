// What a person does in VS Code's window, as functions of the page.

const palette = '.quick-input-widget .quick-input-box input';
const paletteRow = '.quick-input-list .monaco-list-row';
const explorerRow = '.explorer-folders-view .monaco-list-row';
export const squiggle = '.monaco-editor .squiggly-error, .monaco-editor .squiggly-warning';

/** Opens a window on the address and waits until the workbench answers the keyboard. The first one takes 8 to 16 s. */
export async function openWindow(browser, address) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(address);
  await workbenchReady(page);
  return page;
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
    else if ((await row.getAttribute('aria-expanded')) !== 'true') await row.click();
  }
  await page.locator(`.tab.active[data-resource-name="${names.at(-1)}"]`).waitFor();
}

/** Puts the cursor at the start of a line, counted from 1. */
export async function goToLine(page, line) {
  await page.keyboard.press('Control+g');
  await page.locator(palette).fill(`:${line}`);
  await page.locator(palette).press('Enter');
  await page.locator(palette).waitFor({ state: 'hidden' });
  await page.locator('.monaco-editor.focused').first().waitFor();
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

/** Rests the mouse on `part` of the visible line that contains `text`; answers what the hover says. */
export async function hoverText(page, text, part) {
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
  const hover = page.locator('.monaco-hover:visible', { hasText: /\S/ });
  await hover.first().waitFor();
  return hover.first();
}

/** Opens Problems and answers its rows. */
export async function openProblems(page) {
  const rows = page.locator('.markers-panel .monaco-list-row');
  if (!(await page.locator('.markers-panel').isVisible())) await page.keyboard.press('Control+Shift+M');
  await page.locator('.markers-panel').waitFor();
  return rows;
}

/** Types the command's title into the palette and waits for its row. Escape closes it again. */
export async function findCommand(page, title) {
  await page.keyboard.press('F1');
  await page.locator(palette).fill(`>${title}`);
  const row = page.locator(paletteRow, { has: page.locator(`[aria-label^="${title}"], .label-name:has-text("${title}")`) }).first();
  await row.waitFor();
  return row;
}

export async function runCommand(page, title) {
  const row = await findCommand(page, title);
  await row.click();
}

export async function closePalette(page) {
  await page.keyboard.press('Escape');
  await page.locator(palette).waitFor({ state: 'hidden' });
}

/** Answers when `ready` does, asked again and again; fails with what it answered last. */
export async function until(what, ready, timeout = 30_000) {
  let last;
  for (const end = Date.now() + timeout; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    last = await ready();
    if (last) return last;
  }
  throw new Error(`${what}: not within ${timeout / 1000} s (last: ${JSON.stringify(last)})`);
}
