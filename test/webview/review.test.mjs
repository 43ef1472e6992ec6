// The page of a review in a browser, with sample data and the content security policy that it has in the editor.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, shot, startPages, until } from './open-page.mjs';

let pages;

before(async () => {
  pages = await startPages();
});
after(() => pages?.close());

for (const theme of ['dark', 'light', 'hc', 'hc-light'])
  test(`review, ${theme}: axe finds nothing serious`, async () => {
    const opened = await pages.open(`review/${theme}`);
    const { page } = opened;
    await page.screenshot({ path: shot(`review-${theme}`) });
    await assertAccessible(opened);
    await page.close();
  });

test('the order before has what goes, the order after what comes, and both say so in words', async () => {
  const { page } = await pages.open('review/dark');
  const [without, together] = await page.locator('.order-picture').allTextContents();
  assert.match(without, /removed/);
  assert.doesNotMatch(without, /new|mp_state_lock/);
  assert.match(together, /new/);
  assert.doesNotMatch(together, /removed/);
  assert.match(
    await page.locator('.order-picture').last().getAttribute('aria-label'),
    /kvm_vcpu\.mutex before kvm_vcpu_arch\.mp_state_lock \(new\)/,
  );
  await page.close();
});

test('places are links by number, by keyboard too; the reply is a button', async () => {
  const { page, posted } = await pages.open('review/light');
  await page.locator('main .link').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('summary').first().focus();
  await page.keyboard.press('Enter');
  await until(async () => page.locator('details li .link').first().isVisible(), 'the chain is unfolded');
  await page.locator('details li .link').nth(1).click();
  const went = await posted('go');
  assert.equal(went.length, 2);
  assert.ok(went.every(({ link }) => Number.isInteger(link)));
  await page.getByRole('button', { name: 'Copy Reply' }).click();
  assert.equal((await posted('reply')).length, 1);
  await page.close();
});

test('another patch is chosen; one that changes nothing says so', async () => {
  const { page, posted } = await pages.open('review/dark');
  await page.locator('vscode-dropdown').click();
  await page.locator('vscode-option').nth(2).click();
  await until(async () => (await posted('painted')).length > 1, 'the other patch is shown');
  assert.match(await page.locator('main').innerText(), /No change in the locking/);
  await page.close();
});

test('the patch that was chosen is shown again with its review, and not with another one', async () => {
  const { page, posted } = await pages.open('review/dark');
  const show = async (what) => {
    const before = (await posted('painted')).length;
    await page.evaluate((hash) => (location.hash = hash), what);
    await until(async () => (await posted('painted')).length > before, `${what} is shown`);
    return page.locator('main').innerText();
  };
  await page.locator('vscode-dropdown').click();
  await page.locator('vscode-option').nth(2).click();
  await until(async () => (await posted('painted')).length > 1, 'the other patch is shown');
  assert.doesNotMatch(await show('hostile-review/dark'), /No change in the locking/);
  assert.match(await show('review/dark'), /No change in the locking/);
  await page.close();
});

test('a review that is told twice is drawn once', async () => {
  const { page, posted } = await pages.open('review/dark');
  await page.evaluate(() => (location.hash = 'review/light'));
  await until(() => page.evaluate(() => document.body.classList.contains('vscode-light')), 'the review is told again');
  await page.waitForTimeout(500);
  assert.equal((await posted('painted')).length, 1);
  await page.close();
});

test('a narrow page is one column, and nothing sticks out', async () => {
  const { page } = await pages.open('review/dark', { width: 420, height: 800 });
  await page.screenshot({ path: shot('review-narrow') });
  const widths = await page.locator('main').evaluate(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]);
  assert.ok(widths[0] <= widths[1], `${widths[0]} in ${widths[1]}`);
  await page.close();
});

test('names that want to be markup are text', async () => {
  const { page, errors } = await pages.open('hostile-review/dark');
  await page.screenshot({ path: shot('review-hostile') });
  assert.equal(await page.evaluate(() => globalThis.hurt), undefined);
  assert.equal(await page.locator('#page img').count(), 0);
  assert.deepEqual(errors, []);
  const text = await page.locator('#page').innerText();
  assert.ok(text.includes('<img src=x'));
  assert.ok(!text.includes('\u202e'));
  await page.close();
});
