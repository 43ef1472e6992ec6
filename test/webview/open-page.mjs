import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSamplePage, samplePage } from '../../scripts/page.mjs';
import { startBrowser } from '../e2e/lib/browser.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A browser on the page with sample data, which is built first. */
export async function startPages() {
  await buildSamplePage();
  const browser = await startBrowser();
  return {
    close: () => browser.close(),
    open: async (what, { width = 1400, height = 820 } = {}) => {
      const page = await browser.newPage({ viewport: { width, height }, reducedMotion: 'reduce' });
      const errors = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.addInitScript(watchLongTasks);
      await page.goto(`${pathToFileURL(samplePage).href}#${what}`);
      const opened = { page, errors, posted: (type) => postedOf(page, type) };
      await until(async () => (await opened.posted('painted')).length > 0, `${what} is painted`);
      return opened;
    },
  };
}

/** Fails where axe finds something serious on the page, or the page had errors. */
export async function assertAccessible({ page, errors }) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await globalThis.axe.run()).violations);
  const serious = found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 120)} ${node.failureSummary}`).join('\n')}`),
    [],
  );
  assert.deepEqual(errors, []);
}

/** Where pictures go that a person looks at. */
export function shot(name) {
  return path.join(import.meta.dirname, '../e2e/.shots', `webview-${name}.png`);
}

/** Playwright's own waiting evaluates strings, which the page's policy forbids. */
export async function until(holds, what, milliseconds = 15_000) {
  const end = Date.now() + milliseconds;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

function postedOf(page, type) {
  return page.evaluate((wanted) => globalThis.posted.filter((message) => message.type === wanted), type);
}

/** Runs in the page. */
function watchLongTasks() {
  globalThis.longTasks = [];
  new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: 'longtask',
    buffered: true,
  });
}
