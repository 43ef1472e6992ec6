// What may be reviewed besides a mail in a file, as a person picks it: ranges, series, the clipboard, mailboxes, what is staged, trees.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { copySample, gitIn, startSession } from './lib/session.mjs';
import * as workbench from './lib/workbench.mjs';

const session = startSession('review-sources', { 'security.workspace.trust.enabled': false, 'workbench.tree.enableStickyScroll': false });
const { shot, step } = session;
const sample = copySample('review-sources');
const git = gitIn(sample);
const mails = fs.readdirSync(sample).filter((name) => name.endsWith('.patch'));
const [first, second] = mails.map((name) => fs.readFileSync(path.join(sample, name), 'utf8'));
const [one, two] = [/1\/2 RISCV: KVM: Give each vCPU a lock/, /2\/2 RISCV: KVM: Guard the reset context/];
let page;

step('a range is typed, and each of its commits is a patch of the series', async () => {
  makeBranches();
  page = await session.open(sample);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'tree' }).waitFor();
  await choose('Range…');
  await workbench.answerPrompt(page, 'A range or a revision', 'main..topic');
  await reviewed('main..topic');
  await row(one).waitFor();
  await row(two).waitFor();
  await shot('range');
});

step('a revision that is none is told as such, and the review before stays', async () => {
  await choose('Range…');
  await workbench.answerPrompt(page, 'A range or a revision', 'main..nowhere');
  await workbench.toast(page, 'no commit is called `nowhere`').waitFor();
  await page.waitForTimeout(500);
  await shot('no-revision');
  await workbench.runCommand(page, 'Notifications: Clear All Notifications');
  await row(two).waitFor();
});

step('the summary shows the patch that was chosen, after a reload too', async () => {
  await workbench.runCommand(page, 'Lockstep: Show Review Summary');
  const summary = workbench.diagram(page);
  await summary.locator('vscode-dropdown').click();
  await summary.locator('vscode-option', { hasText: '2/2' }).click();
  const counts = summary.locator('.figures');
  await workbench.untilEqual('what the patch does', () => counts.innerText(), '1 access');
  await shot('series-summary');
  await workbench.reloadWindow(page);
  await counts.waitFor({ timeout: 60_000 });
  assert.equal(await counts.innerText(), '1 access');
  await page.locator('.activitybar .action-label[aria-label*="Lockstep"]').first().click();
});

step('a branch of b4 is picked by its subject, and called so, in a summary behind another tab too', async () => {
  await workbench.runCommand(page, 'File: New Untitled Text File');
  await choose('Series Under Review…');
  await workbench.pickerTitled(page, 'Review a Series');
  await shot('series');
  await workbench.quickPickRow(page, 'b4/review/20240408-hsm').click();
  await reviewed('HART_START without kvm->lock');
  await row(two).waitFor();
  await page.locator('.tab', { hasText: 'Review: HART_START without kvm->lock' }).click();
  await workbench.diagram(page).getByRole('heading', { name: 'HART_START without kvm->lock' }).waitFor();
  await workbench.diagram(page).locator('.order-picture svg').nth(1).waitFor();
  await workbench.runCommand(page, 'View: Close All Editors');
});

step('what is copied is reviewed from the clipboard; what is no patch is told as such', async () => {
  await copy('Hello, list!\n');
  await choose('Clipboard');
  await workbench.toast(page, 'no patch in clipboard').waitFor();
  await workbench.runCommand(page, 'Notifications: Clear All Notifications');
  await row(two).waitFor();
  await copy(first);
  await choose('Clipboard');
  await reviewed('clipboard');
  await page.getByText('5 fixed, 2 accesses.').waitFor();
  await row(two).waitFor({ state: 'detached' });
});

step('a mailbox is a series called as its cover letter; each of its patches has a reply of its own', async () => {
  fs.writeFileSync(path.join(sample, 'series.mbox'), mailbox());
  await choose('Patch File or Mailbox…');
  await workbench.pickPath(page, path.join(sample, 'series.mbox'));
  await reviewed('HART_START takes no lock of the VM');
  await row(one).waitFor();
  await workbench.runCommand(page, 'Lockstep: Copy Review Reply');
  await workbench.pickerTitled(page, 'Copy Review Reply: To Which Patch?');
  await shot('to-which-patch');
  await workbench.quickPickRow(page, '2/2').click();
  await page.locator('.tab.active', { hasText: 'Untitled' }).waitFor();
  const reply = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(reply, /^Subject: Re: \[PATCH 2\/2\] RISCV: KVM: Guard the reset context with a lock$/m);
  assert.match(reply, /^In-Reply-To: <20240408071200\.1-2-jo@example\.org>$/m);
  await workbench.runCommand(page, 'View: Close All Editors');
  await page.getByRole('button', { name: "Don't Save" }).click();
});

step('what is staged is reviewed from the menu of Source Control', async () => {
  git('apply', '--index', '--directory=tree', path.join(sample, mails[0]));
  await page.keyboard.press('Control+Shift+G');
  const group = page.locator('.scm-view .monaco-list-row', { hasText: 'Staged Changes' }).first();
  await group.waitFor();
  await group.click({ button: 'right' });
  const entry = page.locator('.context-view .monaco-menu .action-item', { hasText: 'Review Staged Changes' });
  await entry.hover();
  await shot('staged-menu');
  await page.keyboard.press('Enter');
  await reviewed('staged changes');
  await page.getByText('5 fixed, 2 accesses.').waitFor();
  git('reset', '-q', '--hard');
});

step('a review that takes long is cancelled, and what was shown stays', async () => {
  fs.writeFileSync(path.join(sample, 'long.mbox'), longSeries(900));
  await choose('Patch File or Mailbox…');
  await workbench.pickPath(page, path.join(sample, 'long.mbox'));
  const running = workbench.toast(page, 'Lockstep: reviewing long.mbox');
  await running.getByText(/patch \d+ of 900/).waitFor();
  await shot('running');
  assert.match(await described(), /staged changes/);
  await running.getByRole('button', { name: 'Cancel' }).click();
  await running.waitFor({ state: 'hidden' });
  await page.waitForTimeout(1000);
  await shot('cancelled');
  assert.match(await described(), /staged changes/);
  await page.getByText('5 fixed, 2 accesses.').waitFor();
  assert.equal(await page.locator('.notification-toast').count(), 0, 'nothing is told of what was asked for');
});

step('another review takes the place of one that takes long', async () => {
  await copy(first);
  await choose('Patch File or Mailbox…');
  await workbench.pickPath(page, path.join(sample, 'long.mbox'));
  const running = workbench.toast(page, 'Lockstep: reviewing long.mbox');
  await running.getByText(/patch \d+ of 900/).waitFor();
  const began = Date.now();
  await choose('Clipboard');
  await reviewed('clipboard');
  assert.ok(Date.now() - began < 8000, `${Date.now() - began} ms`);
  await running.waitFor({ state: 'hidden' });
  await workbench.untilEqual('nothing is told of the other one', () => page.locator('.notification-toast').count(), 0, 5000);
});

step('of several trees it is asked which, and the one that was chosen stands first', async () => {
  const several = path.join(path.dirname(sample), 'review-sources-several');
  fs.rmSync(several, { recursive: true, force: true });
  for (const name of ['older', 'newer']) fs.cpSync(path.join(sample, 'tree'), path.join(several, name), { recursive: true });
  page = await session.open(several);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'older' }).waitFor();
  await copy(first);
  await choose('Clipboard');
  await workbench.pickerTitled(page, 'Review Patch: On Which Tree?');
  assert.match(await workbench.quickPickRows(page).first().innerText(), /^newer/);
  await shot('which-tree');
  await workbench.quickPickRow(page, 'older').click();
  await reviewed('clipboard');
  await choose('Clipboard');
  await workbench.pickerTitled(page, 'Review Patch: On Which Tree?');
  assert.match(await workbench.quickPickRows(page).first().innerText(), /^older/);
  await page.keyboard.press('Escape');
});

/** `topic` has both patches, and so has a branch as b4 makes it; `main`, which is checked out, has none. */
function makeBranches() {
  git('init', '-q', '-b', 'main');
  git('add', 'tree');
  git('commit', '-q', '-m', 'A kernel');
  git('checkout', '-q', '-b', 'topic');
  for (const name of mails) git('am', '-q', '--directory=tree', path.join(sample, name));
  git('checkout', '-q', '-b', 'b4/review/20240408-hsm');
  const told = { series: { 'base-commit': revision('main'), 'first-patch-commit': revision('topic~1') } };
  git('commit', '-q', '--allow-empty', '-m', `HART_START without kvm->lock\n\n--- b4-review-tracking ---\n${JSON.stringify(told)}`);
  git('checkout', '-q', 'main');
}

function revision(name) {
  return git('rev-parse', name).trim();
}

function mailbox() {
  const cover = [
    ...['From befaf03f9beb59217ad70b853ecf29c62c6292bc Mon Sep 17 00:00:00 2001', 'Message-Id: <20240408071200.1-0-jo@example.org>'],
    ...['From: Jo Sample <jo@example.org>', 'Date: Mon, 8 Apr 2024 09:00:00 +0200'],
    ...['Subject: [PATCH 0/2] HART_START takes no lock of the VM', '', 'Two patches.', '', ''],
  ];
  return cover.join('\n') + first + second;
}

/** Patches that each add a line to one file. */
function longSeries(count) {
  const file = 'arch/riscv/kvm/vcpu_sbi_hsm.c';
  const [line] = fs.readFileSync(path.join(sample, 'tree', file), 'utf8').split('\n');
  const patches = Array.from({ length: count }, (_, i) => {
    const head = ['From: Jo Sample <jo@example.org>', 'Date: Mon, 8 Apr 2024 09:00:00 +0200', `Message-Id: <${i}@example.org>`];
    const hunk = [`@@ -1 +1,2 @@`, `+extern int line_${i};`, ` ${i === 0 ? line : `extern int line_${i - 1};`}`];
    const diff = [`diff --git a/${file} b/${file}`, `--- a/${file}`, `+++ b/${file}`, ...hunk];
    const from = 'From befaf03f9beb59217ad70b853ecf29c62c6292bc Mon Sep 17 00:00:00 2001';
    return [from, ...head, `Subject: [PATCH ${i + 1}/${count}] One more line`, '', 'Why not.', '---', ...diff, '', ''].join('\n');
  });
  return patches.join('');
}

async function choose(source) {
  await workbench.runCommand(page, 'Lockstep: Review Patch…');
  await workbench.pickerTitled(page, 'Review Patch');
  await workbench.quickPickRow(page, source).click();
}

async function reviewed(title) {
  await page.locator('.pane-header', { hasText: title }).waitFor({ state: 'attached', timeout: 60_000 });
}

/** Title of the view, with what is reviewed. */
async function described() {
  return page.locator('.pane-header', { hasText: 'Review' }).first().textContent();
}

/** Only a page that has the focus may write to the clipboard, and a summary that was closed may have taken it along. */
async function copy(text) {
  await page
    .locator('.pane-body, .explorer-folders-view')
    .first()
    .click({ position: { x: 5, y: 5 } });
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
}

function row(text) {
  return workbench.viewRow(page, text);
}
