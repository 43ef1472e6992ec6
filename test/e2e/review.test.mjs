// Reviewing a patch as a person does it: the sample's mails in a git repository, from the explorer's menu to the copied reply.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { copySample, gitIn, startSession } from './lib/session.mjs';
import * as workbench from './lib/workbench.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const session = startSession('review', { 'security.workspace.trust.enabled': false, 'workbench.tree.enableStickyScroll': false });
const { shot, step } = session;
const [first, second] = fs.readdirSync(path.join(root, 'samples/riscv-hsm')).filter((name) => name.endsWith('.patch'));
const sample = copySample('review');
const git = gitIn(sample);
let page;

const mail = fs.readFileSync(path.join(sample, first), 'utf8').split('\n');

step('the mail is reviewed from the menu of the explorer', async () => {
  git('init', '-q', '-b', 'main');
  git('add', 'tree');
  git('commit', '-q', '-m', 'A kernel');
  page = await session.open(sample);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await fromExplorerMenu(first, 'Review Patch…');
  await row(/Give each vCPU a lock/).waitFor({ timeout: 60_000 });
  await page.waitForTimeout(1500);
  await shot('tree');
});

step('the tree has the files, what is fixed, and what may meet', async () => {
  const rows = await page.locator('.pane-body .monaco-list-row').allInnerTexts();
  const texts = rows.map((text) => text.replaceAll(/\s+/g, ' '));
  for (const wanted of [/vcpu_sbi_hsm\.c/, /access: guest_reset_context/, /fixed: kvm_vcpu\.mutex → kvm\.lock ?documented-order/])
    assert.ok(
      texts.some((text) => wanted.test(text)),
      `${wanted}: ${texts.join(' | ')}`,
    );
  await page.getByText('5 fixed, 2 accesses.').waitFor();
});

step('remarks are walked by keyboard, in the diff at their lines', async () => {
  await page.keyboard.press('Control+Alt+.');
  await diffShown('vcpu.c');
  await page.keyboard.press('Control+Alt+.');
  await diffShown('vcpu_sbi_hsm.c');
  await page.keyboard.press('Control+Alt+.');
  await workbench.untilEqual('problems before and after', underlined, ['mutex_lock(&kvm->lock);']);
  await page.waitForTimeout(1000);
  await shot('remark-fixed');
  await page.keyboard.press('Control+Alt+,');
  await workbench.untilEqual('the remark before', async () => (await underlined()).includes('reset->a1 = cp->a2;'), true);
  await page.waitForTimeout(1000);
  await shot('remark-access');
});

step('in a narrow window the diff is one column: what is fixed is told above its line all the same', async () => {
  await page.setViewportSize({ width: 1000, height: 800 });
  await page.keyboard.press('Control+Alt+.');
  const told = page.locator('.monaco-hover:visible', { hasText: 'This patch fixes' });
  await told.waitFor();
  const removed = page.locator('.view-zones .view-line', { hasText: 'mutex_lock(&kvm->lock);' });
  await page.waitForTimeout(1000);
  await shot('remark-narrow');
  const [box, line] = [await told.boundingBox(), await removed.boundingBox()];
  assert.ok(box.y + box.height <= line.y && line.y < box.y + box.height + 60, `${JSON.stringify(box)} above ${JSON.stringify(line)}`);
  await statusText(/^3 of 7: This patch fixes/).waitFor();
  await page.setViewportSize({ width: 1400, height: 940 });
});

step('a side bar that was closed stays so, and shows the remark once it is back', async () => {
  await page.keyboard.press('Control+b');
  await page.keyboard.press('Control+Alt+,');
  await statusText(/^2 of 7/).waitFor();
  assert.ok(!(await page.locator('.pane-body').first().isVisible()));
  await page.keyboard.press('Control+b');
  await page.locator('.pane-body .monaco-list-row.selected', { hasText: 'access: guest_reset_context' }).waitFor();
});

step('Problems has the chain of what is fixed', async () => {
  await workbench.openProblems(page);
  const problems = await workbench.problems(page);
  const fixed = problems.find(({ message }) => /This patch fixes.*documented outside it/.test(message));
  assert.ok(fixed, JSON.stringify(problems, null, 1));
  assert.match(fixed.message, /by removing "mutex_lock\(&kvm->lock\);"/);
  assert.match(fixed.related.at(-1), /locking\.rst/);
  await shot('problems');
  await page.keyboard.press('Control+Shift+M');
});

step('the same problems are in the mail, at its lines; an edit takes them away', async () => {
  await page.keyboard.press('Control+Shift+E');
  await workbench.openFromExplorer(page, first);
  await workbench.goToLine(page, mail.findIndex((line) => line === '-\t\tmutex_lock(&kvm->lock);') + 1);
  await workbench.untilEqual('lines of the mail', async () => (await underlined()).includes('-mutex_lock(&kvm->lock);'), true);
  await shot('mail');
  await page.keyboard.type(' ');
  await workbench.untilEqual('lines of the edited mail', underlined, []);
  await page.keyboard.press('Control+z');
});

step('the summary shows the order before and after, and leads to the diff', async () => {
  await workbench.runCommand(page, 'Lockstep: Show Review Summary');
  const summary = workbench.diagram(page);
  await summary.locator('.order-picture svg').nth(1).waitFor();
  await page.waitForTimeout(1000);
  await shot('summary');
  await summary.getByRole('heading', { name: 'Simulations that fit' }).scrollIntoViewIfNeeded();
  await page.waitForTimeout(500);
  await shot('summary-end');
  await summary.locator('body').evaluate(() => (globalThis.isSamePage = true));
  await summary.locator('button.link', { hasText: 'vcpu_sbi_hsm.c:61' }).first().click();
  await diffShown('vcpu_sbi_hsm.c');
});

step('behind another tab the summary stays as it is', async () => {
  await page.locator('.tab', { hasText: 'Review:' }).click();
  const summary = workbench.diagram(page);
  await summary.locator('.order-picture svg').nth(1).waitFor();
  assert.equal(await summary.locator('body').evaluate(() => globalThis.isSamePage), true);
  assert.ok((await summary.locator('main').evaluate(({ scrollTop }) => scrollTop)) > 0, 'it is where it was scrolled to');
});

step('a remark is ticked off, and the reply leaves it out: the rest is what the command line says', async () => {
  await page
    .locator('.activitybar .action-item', { has: page.locator('[aria-label*="Lockstep"]') })
    .first()
    .click();
  await row(/fixed: kvm_vcpu\.mutex → kvm\.lock\s*lock-order-cycle/)
    .locator('.monaco-custom-toggle')
    .click();
  await page.getByText('The reply says 5 of 7.').waitFor();
  await workbench.runCommand(page, 'Lockstep: Copy Review Reply');
  await page.locator('.tab.active', { hasText: 'Untitled' }).waitFor();
  await page.waitForTimeout(1000);
  await shot('reply');
  const [short, whole] = [await clipboard(), lockstep('--format', 'reply')];
  assert.match(whole, /aia_imsic_addr/);
  assert.doesNotMatch(short, /aia_imsic_addr/);
  assert.match(short, /^To: Jo Sample <jo@example\.org>\n[^]*Subject: Re: \[PATCH 1\/2\]/);
  assert.match(short, /^In-Reply-To: <20240408071200\.1-1-jo@example\.org>$/m);
  assert.match(short, /^> -\t\tmutex_lock\(&kvm->lock\);$/m);
});

step('ticked again, the reply is the one of the command line', async () => {
  await row(/fixed: kvm_vcpu\.mutex → kvm\.lock\s*lock-order-cycle/)
    .locator('.monaco-custom-toggle')
    .click();
  await page.getByText('The reply says 6 of 7.').waitFor();
  await workbench.runCommand(page, 'Lockstep: Copy Review Reply');
  await workbench.untilEqual('the reply', clipboard, lockstep('--format', 'reply'));
});

step('a commit from the list is put on the one before it', async () => {
  await workbench.runCommand(page, 'View: Close All Editors');
  if (await page.locator('.monaco-dialog-box').isVisible()) await page.getByRole('button', { name: "Don't Save" }).click();
  git('am', '-q', '--directory=tree', path.join(sample, first));
  await workbench.runCommand(page, 'Lockstep: Review Patch…');
  await workbench.pickerTitled(page, 'Review Patch');
  await shot('sources');
  await workbench.quickPickRow(page, 'Commit…').click();
  await workbench.pickerTitled(page, 'Review a Commit');
  await shot('commits');
  await workbench.quickPickRow(page, 'Give each vCPU a lock').click();
  await row(/RISCV: KVM: Give each vCPU a lock/).waitFor();
  await page.locator('.pane-body .monaco-list-row.selected').waitFor({ state: 'hidden' });
  await page.keyboard.press('Control+Alt+.');
  await diffShown('vcpu.c');
  await statusText(/^1 of 7/).waitFor();
});

step('a patch without the one before it is put on in part, and the view says why', async () => {
  git('reset', '-q', '--hard', 'HEAD~1');
  await page.keyboard.press('Control+Shift+E');
  await fromExplorerMenu(second, 'Review Patch…');
  await row(/Left out/).waitFor();
  await page.getByText('Fits in part').first().waitFor();
  assert.equal(await page.locator('.tab', { hasText: '(patch' }).count(), 0, 'the diff of the review before');
  assert.equal(await statusText(/^1 of/).count(), 0, 'the remark of the review before');
  await page.waitForTimeout(1000);
  await shot('partly');
});

step('unstaged changes to a comment change nothing in the locking, and that is said', async () => {
  const changed = path.join(sample, 'tree/arch/riscv/kvm/vcpu_sbi_hsm.c');
  fs.writeFileSync(changed, `/* HSM */\n${fs.readFileSync(changed, 'utf8')}`);
  await workbench.runCommand(page, 'Lockstep: Review Unstaged Changes');
  await page.getByText('No change in the locking.').waitFor();
  await row(/unstaged changes/).waitFor();
  await shot('unchanged');
  git('checkout', '-q', '--', '.');
});

step('after a reload the review is there again with its ticks and its summary, and it can be closed', async () => {
  await page.keyboard.press('Control+Shift+E');
  await fromExplorerMenu(first, 'Review Patch…');
  await row(/fixed: kvm_vcpu\.mutex → kvm\.lock\s*lock-order-cycle/)
    .locator('.monaco-custom-toggle')
    .click();
  await page.getByText('The reply says 5 of 7.').waitFor();
  await workbench.runCommand(page, 'Lockstep: Show Review Summary');
  await workbench.diagram(page).locator('.order-picture svg').nth(1).waitFor();
  await workbench.reloadWindow(page);
  await workbench.diagram(page).locator('.order-picture svg').nth(1).waitFor({ timeout: 60_000 });
  await shot('reloaded');
  await page.locator('.activitybar .action-label[aria-label*="Lockstep"]').first().click();
  await page.getByText('The reply says 5 of 7.').waitFor();
  await page.keyboard.press('Control+Alt+.');
  await diffShown('vcpu.c');
  await statusText(/^1 of 7/).waitFor();
  await workbench.runCommand(page, 'Lockstep: Close Review');
  await statusText(/^1 of 7/).waitFor({ state: 'hidden', timeout: 3000 });
  await page.locator('.pane-header[aria-label^="Review"]').waitFor({ state: 'hidden' });
  await workbench.untilEqual('tabs of the review', () => page.locator('.tab', { hasText: /\(patch|Review:/ }).count(), 0);
});

step('a review that cannot be made again after a reload says why, and takes its tab along', async () => {
  await page.keyboard.press('Control+Shift+E');
  await fromExplorerMenu(first, 'Review Patch…');
  await row(/Give each vCPU a lock/).waitFor();
  await workbench.runCommand(page, 'Lockstep: Show Review Summary');
  await workbench.diagram(page).locator('.order-picture svg').nth(1).waitFor();
  fs.rmSync(path.join(sample, first));
  await workbench.reloadWindow(page);
  await workbench.toast(page, `cannot review ${first}`).waitFor({ timeout: 60_000 });
  await shot('not-reloaded');
  await workbench.untilEqual('the tab of the summary', () => page.locator('.tab', { hasText: 'Review:' }).count(), 0);
});

async function clipboard() {
  return page.evaluate(() => navigator.clipboard.readText());
}

/** What the command line says of the first mail. */
function lockstep(...args) {
  const tree = path.join(sample, 'tree');
  const given = [path.join(root, 'dist/cli.cjs'), 'review', path.join(sample, first), '--tree', tree, ...args];
  return execFileSync(process.execPath, given, { encoding: 'utf8' });
}

async function diffShown(name) {
  await page.locator('.tab.active', { hasText: `${name} (patch` }).waitFor();
  await page.locator('.monaco-diff-editor .editor.modified .view-line').first().waitFor();
}

/** A new window learns of the entries of its extensions a little later. */
async function fromExplorerMenu(name, entry) {
  const file = page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
  const found = page.locator('.context-view .monaco-menu .action-item', { hasText: entry });
  for (let attempt = 0; attempt < 10; attempt++) {
    await file.click({ button: 'right' });
    await page.waitForTimeout(1000);
    if (await found.isVisible()) break;
    await page.keyboard.press('Escape');
  }
  await found.hover();
  await page.waitForTimeout(200);
  await page.keyboard.press('Enter');
}

/** Texts of the lines with any problem, also those that are only told; without white space at their ends and around marks. */
async function underlined() {
  return page.evaluate(() => {
    const middle = (element) => {
      const box = element.getBoundingClientRect();
      return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    };
    const found = [
      ...document.querySelectorAll('.monaco-editor .squiggly-error, .monaco-editor .squiggly-warning, .monaco-editor .squiggly-info'),
    ];
    const texts = found.map((mark) => {
      const [x, y] = middle(mark);
      const lines = [...mark.closest('.monaco-editor').querySelectorAll('.view-line')];
      const line = lines.find((each) => {
        const { top, bottom } = each.getBoundingClientRect();
        return top <= y && y <= bottom && x > 0;
      });
      return (line?.textContent ?? '')
        .replaceAll(/[\s\u00a0\u00b7\u2192]+/g, ' ')
        .trim()
        .replace(/^([-+]) /, '$1');
    });
    return [...new Set(texts)];
  });
}

function statusText(text) {
  return workbench.statusText(page, text);
}

function row(text) {
  return workbench.viewRow(page, text);
}
