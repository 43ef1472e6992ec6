// The page of the diagrams in a browser, with sample data and the content security policy that it has in the editor.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertAccessible, shot, startPages, until } from './open-page.mjs';

const root = path.join(import.meta.dirname, '../..');
const themes = ['dark', 'light', 'hc', 'hc-light'];
let pages;

before(async () => {
  pages = await startPages();
});
after(() => pages?.close());

for (const theme of themes)
  for (const what of ['deadlock', 'comparison', 'path', 'long'])
    test(`${what}, ${theme}: axe finds nothing serious`, async () => {
      const opened = await pages.open(`${what}/${theme}`);
      const { page } = opened;
      await until(async () => what !== 'deadlock' || (await page.locator('.waits-graph svg').count()) === 1, 'who waits for whom is drawn');
      await page.screenshot({ path: shot(`${what}-${theme}`) });
      await assertAccessible(opened);
      await page.close();
    });

test('the whole page by keyboard: steps, places, replay, zoom, what if', async () => {
  const { page, posted } = await pages.open('deadlock/dark');
  assert.equal(await selected(page), 6, 'the step that closes the cycle is selected first');
  await page.keyboard.press('Home');
  assert.equal(await selected(page), 0);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  assert.equal(await selected(page), 2);
  await page.keyboard.press('ArrowUp');
  assert.deepEqual((await posted('select')).at(-1), { type: 'select', column: 0, step: 1 });
  await page.keyboard.press('Enter');
  await page.keyboard.press('m');
  assert.deepEqual(
    (await posted('open')).map(({ step, where }) => [step, where]),
    [
      [1, 'source'],
      [1, 'model'],
    ],
  );
  await page.keyboard.press('ArrowDown');
  const width = () => page.locator('.viewport svg').evaluate((svg) => svg.clientWidth);
  const before = await width();
  await page.keyboard.press('+');
  assert.ok((await width()) > before);
  await page.keyboard.press('0');
  assert.equal(await width(), before);

  await page.getByRole('button', { name: 'What if…' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.deepEqual(await posted('what-if'), [{ type: 'what-if', column: 0, step: 2, move: 1 }]);

  await page.keyboard.press('Home');
  await page.locator('.row[aria-selected=true]').focus();
  await page.keyboard.press('Space');
  await until(async () => (await selected(page)) === 1, 'it plays');
  await page.keyboard.press('Space');
  await page.close();
});

test('every control is reached by Tab, and its focus is seen', async () => {
  const { page } = await pages.open('deadlock/dark');
  const reached = [];
  for (let press = 0; press < 40; press++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const { activeElement } = document;
      if (!activeElement || activeElement === document.body) return undefined;
      const inner = activeElement.shadowRoot?.activeElement ?? activeElement;
      const { outlineStyle, borderStyle } = getComputedStyle(inner);
      const name = activeElement.getAttribute('aria-label') ?? activeElement.textContent;
      return { name, isSeen: outlineStyle !== 'none' || borderStyle !== 'none' };
    });
    if (focused) reached.push(focused);
  }
  const names = reached.map(({ name }) => name);
  for (const name of [
    'Compare',
    'Copy Mermaid',
    'Copy as Text',
    'Save SVG',
    'Save PNG',
    'Zoom in',
    'State',
    'Previous step',
    'Play',
    'Step',
  ])
    assert.ok(names.includes(name), `${name} is not among ${names.join(', ')}`);
  assert.deepEqual(
    reached.filter(({ isSeen }) => !isSeen),
    [],
  );
  await page.close();
});

test('a click on a message or a note of the diagram selects its step', async () => {
  const { page, posted } = await pages.open('deadlock/light');
  await page.locator('.messageText', { hasText: 'vm.slots_lock' }).first().click({ force: true });
  assert.equal(await selected(page), 4);
  await page.locator('.noteText', { hasText: 'requests' }).first().click({ force: true });
  assert.equal(await selected(page), 2);
  assert.deepEqual(
    (await posted('select')).map(({ step }) => step),
    [4, 2],
  );
  const band = await page.locator('.band').boundingBox();
  const note = await page.locator('[data-et=note]').first().boundingBox();
  assert.ok(band.y <= note.y && band.y + band.height >= note.y + note.height, 'the band lies around the note');
  await page.close();
});

test('a comparison: one selection moves both columns, and the lock of one version stands out', async () => {
  const { page, posted } = await pages.open('comparison/dark');
  assert.deepEqual(await page.locator('.badge').allTextContents(), ['Deadlock', 'Holds']);
  assert.deepEqual(await page.locator('.column-head .own').allTextContents(), ['vcpus[1].mp_state_lock']);
  assert.match(await page.locator('.column-head .run').innerText(), /^Judged by deadlock — /);
  await page.locator('.row').nth(6).locator('[data-column="1"]').click();
  assert.deepEqual((await posted('select')).at(-1), { type: 'select', column: 1, step: 6 });
  const words = await page.locator('.row[aria-selected=true] .words').allTextContents();
  assert.deepEqual(words, ['waits for vm.lock', 'takes vcpus[1].mp_state_lock']);
  assert.equal(await page.locator('.band').count(), 2);
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.locator('.row[aria-selected=true] .blank').count(), 1, 'the run that stands has no step here');
  await page.close();
});

test('of three versions the lock that one of them lacks stands out in both others', async () => {
  const { page } = await pages.open('three/dark');
  assert.deepEqual(await page.locator('.column-head .own').allTextContents(), ['vcpus[1].mp_state_lock', 'vcpus[1].mp_state_lock']);
  await page.close();
});

test('versions side by side: heads and pictures begin at one height, and every lane is in sight', async () => {
  for (const width of [900, 1100, 1400])
    for (const what of ['comparison', 'three']) {
      const { page } = await pages.open(`${what}/dark`, { width });
      const boxes = (selector) =>
        page
          .locator(selector)
          .evaluateAll((all) => all.map((each) => (({ x, y, right, bottom }) => ({ x, y, right, bottom }))(each.getBoundingClientRect())));
      for (const selector of ['.column-head', '.column-head :is(.waits, .calm)', '.column-head .locks', '.viewport'])
        assert.equal(new Set((await boxes(selector)).map(({ y }) => Math.round(y))).size, 1, `${selector} at ${width}`);
      const frames = await boxes('.viewport');
      const pictures = await boxes('.viewport svg');
      for (const [column, { right }] of pictures.entries()) {
        // Seven lanes in 300 pixels cannot be read: the last is beside the frame.
        const slack = what === 'three' && width === 900 ? 60 : 1;
        assert.ok(right <= frames[column].right + slack, `${what}, column ${column} at ${width}: ${right} of ${frames[column].right}`);
      }
      const [zoom] = await boxes('.zoom');
      assert.ok(
        frames.every(({ y }) => zoom.bottom <= y),
        'zoom covers no picture',
      );
      await page.close();
    }
});

test('versions side by side are drawn alike, also where there is just room for whole texts', async () => {
  for (let width = 1538; width <= 1542; width++) {
    const { page } = await pages.open('comparison/dark', { width });
    const heights = await page
      .locator('[data-et=participant] rect.actor')
      .evaluateAll((all) => all.map((rect) => rect.getAttribute('height')));
    assert.equal(new Set(heights).size, 1, `${width}`);
    await page.close();
  }
});

test('names of lanes lie in their boxes, however long they are', async () => {
  for (const width of [480, 1000, 1400])
    for (const what of ['three', 'path', 'hostile']) {
      const { page } = await pages.open(`${what}/dark`, { width });
      const beside = await page.locator('[data-et=participant]').evaluateAll((all) =>
        all.flatMap((lane) => {
          const [box, ...lines] = [...lane.querySelectorAll('rect.actor, tspan')].map((part) => part.getBoundingClientRect());
          return lines.every(({ top, bottom }) => top >= box.top && bottom <= box.bottom) ? [] : [lane.textContent];
        }),
      );
      assert.deepEqual(beside, [], `${what} at ${width}`);
      await page.close();
    }
});

test('the selected step stays in sight when the panel or the scale is another', async () => {
  const { page } = await pages.open('deadlock/dark');
  const isSeen = () =>
    page.evaluate(() => {
      const parts = ['main', '.viewport', '.band', '.list', '.row[aria-selected=true]'];
      const found = parts.map((part) => document.querySelector(part));
      if (found.includes(null)) return false;
      const [main, frame, band, list, row] = found.map((part) => part.getBoundingClientRect());
      const isIn = (part, around) => part.top >= around.top - 1 && part.bottom <= Math.min(around.bottom, main.bottom) + 1;
      return isIn(band, frame) && isIn(row, list);
    });
  await until(isSeen, 'it is in sight at first');
  for (const [width, height] of [
    [1400, 420],
    [700, 820],
    [480, 900],
    [1400, 820],
  ]) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(400);
    await until(isSeen, `it is in sight at ${width} x ${height}`);
  }
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await until(isSeen, 'it is in sight when it is larger');
  await page.close();
});

test('a comparison says at a glance who waits, for what, and which lock is another', async () => {
  const { page } = await pages.open('comparison/light');
  assert.deepEqual(await page.locator('.column-head :is(.waits, .calm)').allTextContents(), [
    'vCPU 0 waits for vm.lock; AIA init waits for readers of vm.srcu',
    'Nobody waits.',
  ]);
  assert.match(await page.locator('.column-head .waits').getAttribute('title'), /^vCPU 0 waits for vm\.lock;/);
  assert.deepEqual(await page.locator('.column-head .wanted').allTextContents(), ['vm.srcu', 'vm.lock']);
  const lines = (column) =>
    page
      .locator('.picture')
      .nth(column)
      .locator('[data-et=life-line]')
      .evaluateAll((all) => all.filter((line) => line.style.stroke !== '').length);
  assert.deepEqual([await lines(0), await lines(1)], [2, 1], 'lanes that stand out');
  await page.close();
});

test('a comparison folds what all versions have in common, in all of them', async () => {
  const { page } = await pages.open('three/dark');
  assert.match(await page.locator('.fold').textContent(), /5 steps that are the same in all/);
  assert.equal(await page.locator('.fold-note').count(), 3);
  await page.locator('.fold').click();
  await until(async () => (await page.locator('.fold-note').count()) === 0, 'unfolded in all');
  await page.close();
});

test('a way opens with where it begins in sight, and says through which pointer it goes', async () => {
  const { page } = await pages.open('path/dark');
  await page.locator('vscode-dropdown').click();
  await page.locator('vscode-option').nth(3).click();
  await until(async () => (await page.locator('.row').count()) === 11, 'the last way');
  await until(async () => (await page.locator('.hit').count()) > 0, 'it is drawn');
  assert.match(await page.locator('.via').first().textContent(), /^via pointer kvm_vcpu_sbi_extension\.handler$/);
  const left = () => page.locator('.viewport').evaluate((frame) => frame.scrollLeft);
  await until(async () => (await left()) === 0, 'the entry is in sight');
  await page.close();
  const narrow = await pages.open('path/dark', { width: 620 });
  await narrow.page.locator('vscode-dropdown').click();
  await narrow.page.locator('vscode-option').nth(3).click();
  await until(
    async () => (await narrow.page.locator('.row').count()) === 11 && (await selected(narrow.page)) === 0,
    'it begins at the entry',
  );
  await narrow.page.close();
});

test('of several ways one is shown, and another can be chosen', async () => {
  const { page, posted } = await pages.open('path/dark');
  assert.equal(await page.locator('.row').count(), 5);
  await page.locator('vscode-dropdown').click();
  await page.locator('vscode-option').nth(1).click();
  await until(async () => (await page.locator('.row').count()) === 7, 'the second way');
  assert.equal((await posted('select')).at(-1).column, 1);
  await page.close();
});

test('a trace of 300 steps draws a part, and stepping and scrolling block nothing for 100 ms', async () => {
  const { page, posted } = await pages.open('long/dark');
  const [{ steps, milliseconds }] = await posted('painted');
  assert.equal(steps, 300);
  assert.ok(milliseconds < 1500, `painted in ${milliseconds} ms`);
  assert.ok((await page.locator('[data-et=message], [data-et=note]').count()) <= 80);
  await page.waitForTimeout(500);
  // Other programs take the processor away at times: the best of three counts.
  let longest = Infinity;
  for (let attempt = 0; attempt < 3 && longest >= 100; attempt++) longest = Math.min(longest, await longestWhileStepping(page));
  console.log(`300 steps painted in ${Math.round(milliseconds)} ms; longest task while stepping ${Math.round(longest)} ms`);
  assert.ok(longest < 100, `${longest} ms`);
  await page.close();
});

test('a trace of 1000 steps can be used', async () => {
  const { page, posted } = await pages.open('longest/dark');
  const [{ milliseconds }] = await posted('painted');
  assert.ok(milliseconds < 3000, `painted in ${milliseconds} ms`);
  await page.keyboard.press('Home');
  await until(async () => (await page.locator('.hit[data-step="0"]').count()) === 1, 'the start is drawn');
  assert.equal(await selected(page), 0);
  await page.close();
});

test('hostile names are text: they create no element and run nothing', async () => {
  const { page, errors } = await pages.open('hostile/light');
  for (const key of ['Home', 'ArrowDown', 'ArrowDown', 'End']) await page.keyboard.press(key);
  await until(async () => (await page.locator('.waits-graph svg').count()) === 1, 'who waits for whom is drawn');
  assert.equal(await page.locator('img, script:not([nonce]), iframe').count(), 0);
  assert.equal(await page.evaluate(() => globalThis.hurt), undefined);
  assert.ok((await page.locator('h1').textContent()).startsWith('<img src=x onerror="window.hurt=1"> ; # -> %% end'));
  assert.match(await page.locator('.viewport svg').first().textContent(), /<img src=x/);
  assert.ok(!(await page.locator('#page').textContent()).includes('\u202e'), 'nothing reorders a line');
  await page.getByRole('button', { name: 'What if…' }).click();
  assert.match(await page.getByRole('menuitem').first().textContent(), /<img src=x/);
  assert.deepEqual(errors, []);
  await page.close();
});

test('messages that are none are ignored', async () => {
  const { page, errors } = await pages.open('deadlock/dark');
  await page.evaluate(() => {
    const lanes = [{ name: 'a', kind: 'thread', group: '' }];
    const step = { lane: 7, action: 'acquire', text: '', functions: [], held: [], changed: {}, waiting: [] };
    const path = { title: '', summary: '', lanes, steps: [step] };
    const wrong = [
      null,
      'show',
      { type: 'show' },
      { type: 'other' },
      { type: 'select', column: 0, step: -1 },
      { type: 'select', column: 5, step: 0 },
      { type: 'show', view: { kind: 'path', title: 'a lane that is not there', paths: [path], isCut: false }, hasDetails: false },
    ];
    for (const message of wrong) postMessage(message);
  });
  await page.waitForTimeout(200);
  assert.equal(await page.locator('h1').textContent(), 'before: Start against AIA init');
  assert.equal(await selected(page), 6);
  await page.evaluate(() => postMessage({ type: 'select', column: 0, step: 3 }));
  await until(async () => (await selected(page)) === 3, 'a message is followed');
  assert.deepEqual(errors, []);
  await page.close();
});

test('pictures to save: an SVG that parses and is itself, and a PNG', async () => {
  const { page, posted } = await pages.open('deadlock/light');
  await page.getByRole('button', { name: 'Save SVG' }).click();
  await page.getByRole('button', { name: 'Save PNG' }).click();
  await until(async () => (await posted('save')).length === 2, 'both are posted');
  const [svg, png] = await posted('save');
  const parts = await page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
    return ['parsererror', '.messageText', '.hit', '.head'].map((selector) => parsed.querySelectorAll(selector).length);
  }, svg.text);
  assert.equal(parts[0], 0, 'it parses');
  assert.ok(parts[1] > 5 && parts[2] === 0 && parts[3] === 0, `messages, no areas for clicks, no second names: ${parts.join(' ')}`);
  assert.equal(Buffer.from(png.base64, 'base64').subarray(1, 4).toString(), 'PNG');
  assert.ok(png.base64.length > 10_000);
  await page.close();
});

test('the theme is followed live', async () => {
  const { page } = await pages.open('deadlock/dark');
  const ink = () =>
    page
      .locator('.messageText')
      .first()
      .evaluate((text) => getComputedStyle(text).fill);
  assert.equal(await ink(), 'rgb(204, 204, 204)');
  await page.evaluate(() => {
    document.body.className = 'vscode-light';
    document.body.dataset.vscodeThemeKind = 'vscode-light';
  });
  await until(async () => (await ink()) === 'rgb(59, 59, 59)', 'drawn anew in the colours of the other theme');
  await page.close();
});

test('a reload finds view and selection again', async () => {
  const { page } = await pages.open('comparison/dark');
  await page.keyboard.press('Home');
  await page.waitForTimeout(500);
  await page.reload();
  await until(async () => (await page.locator('.row[aria-selected=true]').count()) === 1, 'it is there again');
  assert.equal(await selected(page), 0);
  assert.equal(await page.locator('.badge').count(), 2);
  await page.close();
});

test('a narrow panel: nothing is wider than the page', async () => {
  for (const what of ['deadlock', 'comparison', 'path']) {
    const { page } = await pages.open(`${what}/dark`, { width: 480, height: 900 });
    await page.screenshot({ path: shot(`${what}-narrow`) });
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('header, main, footer, .steps-pane, .pictures-pane, .state')]
        .filter((part) => part.scrollWidth > part.clientWidth + 1 || part.getBoundingClientRect().right > innerWidth + 1)
        .map((part) => part.className || part.tagName),
    );
    assert.deepEqual(wide, [], what);
    const { height } = await page.locator('.viewport').first().boundingBox();
    assert.ok(height >= 200, `${what}: ${height} pixels are left for the picture`);
    await page.close();
  }
});

test('the bundle stays under 1.8 MB', () => {
  const { size } = fs.statSync(path.join(root, 'dist/webview.js'));
  console.log(`dist/webview.js ${(size / 1e6).toFixed(2)} MB`);
  assert.ok(size < 1_800_000);
});

/** Milliseconds of the longest task while a hundred steps go by and the list is scrolled. */
async function longestWhileStepping(page) {
  await page.evaluate(() => globalThis.longTasks.splice(0));
  await page.keyboard.press('Home');
  for (let step = 0; step < 100; step++) {
    await page.keyboard.press('ArrowDown');
    await page.waitForTimeout(20);
  }
  await until(async () => (await page.locator('.hit[data-step="100"]').count()) === 1, 'the part around the selection is drawn');
  await page.mouse.move(100, 400);
  for (let turn = 0; turn < 10; turn++) await page.mouse.wheel(0, 1200);
  await page.waitForTimeout(300);
  return page.evaluate(() => Math.max(0, ...globalThis.longTasks));
}

/** Number of the selected row. */
async function selected(page) {
  return Number(await page.locator('.row[aria-selected=true]').getAttribute('data-row'));
}
