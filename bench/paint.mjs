// What a diagram costs in the browser: from the message with the run to its picture on the screen, as the page measures it.
import { median } from './measure.mjs';

const samples = ['short', 'long', 'longest'];

/** Prints the first paint of runs of 30, 300 and 1000 steps: median of the rounds. */
export async function reportPaint(rounds) {
  const { installMissing } = await import('../scripts/install.mjs');
  const { browserProblem, setUpBrowser } = await import('../test/e2e/setup.mjs');
  const problem = browserProblem();
  if (problem !== undefined) return console.log(`no diagram was drawn: ${problem}`);
  await installMissing(new URL('../test/e2e', import.meta.url).pathname);
  setUpBrowser();
  const { startPages } = await import('../test/webview/open-page.mjs');
  const pages = await startPages();
  for (const sample of samples) {
    const times = [];
    let count = 0;
    for (let round = 0; round < rounds; round++) {
      const { page, posted } = await pages.open(`${sample}/dark`);
      const [{ steps, milliseconds }] = await posted('painted');
      times.push(milliseconds);
      count = steps;
      await page.close();
    }
    console.log(`diagram of ${count} steps: painted ${Math.round(median(times))} ms after it was asked for (median of ${rounds})`);
  }
  await pages.close();
}
