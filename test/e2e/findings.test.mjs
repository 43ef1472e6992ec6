// What was found, as a person meets it: the view, the explanation, what can be done about a finding and taken back, the walk by keyboard.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { copySample, startSession } from './lib/session.mjs';
import * as workbench from './lib/workbench.mjs';

const kernels = process.env.LOCKSTEP_KERNELS;
const hsm = 'arch/riscv/kvm/vcpu_sbi_hsm.c';
const lock = 'mutex_lock(&kvm->lock);';

/** Leaves a lock held, and takes two in both orders. */
const own = `// SPDX-License-Identifier: GPL-2.0
#include <linux/mutex.h>
#include <linux/lockdep.h>

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

int leaves(int flag)
{
	mutex_lock(&first);
	if (flag)
		return -22;
	mutex_unlock(&first);
	return 0;
}

void forth(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
}

void back(void)
{
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static int counted;

static void count(int by)
{
	int now = counted + by;

	counted = now;
	if (counted > 9)
		counted = 0;
}

int peek(void)
{
	return counted;
}

void counts(void)
{
	mutex_lock(&first);
	count(1);
	mutex_unlock(&first);
}
`;

/** One finding of each kind that has to do with what else runs on a CPU. */
const cpu = `// SPDX-License-Identifier: GPL-2.0
#include <linux/spinlock.h>
#include <linux/lockdep.h>

static DEFINE_SPINLOCK(ring);
static DEFINE_SPINLOCK(queue);
static DEFINE_MUTEX(table);
static int entries;

static irqreturn_t ring_interrupt(int irq, void *data)
{
	spin_lock(&ring);
	entries++;
	spin_unlock(&ring);
	return 1;
}

static int ring_thread(void *data)
{
	spin_lock(&ring);
	entries = 0;
	spin_unlock(&ring);
	return 0;
}

int ring_start(int irq)
{
	kthread_run(ring_thread, NULL, "ring");
	return request_irq(irq, ring_interrupt, 0, "ring", NULL);
}

void queue_flush(void)
{
	spin_lock_bh(&queue);
	entries = 1;
	spin_unlock(&queue);
}

void queue_fill(void)
{
	spin_lock(&queue);
	mutex_lock(&table);
	mutex_unlock(&table);
	spin_unlock(&queue);
}

static void table_set(int value)
{
	lockdep_assert_held(&table);
	entries = value;
}

void table_clear(void)
{
	mutex_lock(&table);
	entries = 2;
	mutex_unlock(&table);
	table_set(0);
}
`;
const explained = [
  ['irq-inversion', 'takes ring with interrupts on', /The hardirq waits for ring, which CPU 0 has taken/],
  ['mismatched-release', 'gives queue back with spin_unlock()', /No softirq runs on this CPU/],
  ['sleep-in-atomic', 'table is taken here with queue held', /one that wants it spins/],
  ['lock-contract', 'calls table_set without table held', /another task may be inside at once/i],
];

/** Hints are there as long as these are pressed: other steps read lines as they are. */
const showHints = ['Control', 'Alt'];

const session = startSession('findings', {
  'lockstep.inlayHints': true,
  'editor.inlayHints.enabled': 'offUnlessPressed',
  'editor.detectIndentation': false,
  'editor.insertSpaces': false,
  'editor.tabSize': 8,
  'files.autoSave': 'off',
  'files.watcherExclude': { '**': true },
  'git.enabled': false,
  'explorer.compactFolders': false,
});
const { shot, step } = session;
const sample = copySample('findings');
fs.writeFileSync(path.join(sample, 'tree/virt/kvm/own.c'), own);
fs.writeFileSync(path.join(sample, 'tree/virt/kvm/cpu.c'), cpu);
fs.writeFileSync(path.join(sample, 'tree/include/linux/lockdep.h'), '#define lockdep_assert_held(lock) do { (void)(lock); } while (0)\n');
let page;

step('the view has the findings of an open file by check and file, each with the places that lead to it', async () => {
  page = await session.open(sample);
  await workbench.openFromExplorer(page, `tree/${hsm}`);
  await workbench.goToLine(page, lineOf(path.join(sample, 'tree', hsm), lock));
  await until('the lock is underlined', async () => (await workbench.squiggledLines(page)).includes(lock));
  await workbench.runCommand(page, 'Lockstep: Focus on Findings View');
  await workbench.viewRow(page, 'documented-order').waitFor();
  await workbench.viewRow(page, 'vcpu_sbi_hsm.c').waitFor();
  const finding = workbench.viewRow(page, 'is taken inside struct kvm_vcpu.mutex');
  await finding.click();
  await finding.locator('.monaco-tl-twistie').click();
  await workbench.viewRow(page, 'takes struct kvm_vcpu.mutex').waitFor();
  await shot('view');
});

step('the lock classes of the file are below: who takes them, what nests inside and outside', async () => {
  await workbench.runCommand(page, 'Lockstep: Focus on Locks View');
  const lockClass = lockRow(/^struct kvm\.lock/);
  await lockClass.waitFor();
  await lockClass.locator('.monaco-tl-twistie').click();
  for (const list of ['taken by', 'outside it']) await lockRow(list).locator('.monaco-tl-twistie').click();
  await lockRow('kvm_sbi_ext_hsm_handler').waitFor();
  await lockRow('struct kvm_vcpu.mutex').waitFor();
  await shot('locks');
});

step('the orders around a lock are drawn', async () => {
  const row = lockRow(/^struct kvm\.lock/);
  await row.hover();
  await row.locator('.action-label[aria-label^="Show Orders"]').click();
  await until('the graph is drawn', async () => (await inFrames('.orders svg')) > 0);
  assert.match(await frameText(), /Orders around struct kvm\.lock/);
  await page.waitForTimeout(500);
  await shot('orders');
  await page.keyboard.press('Control+w');
});

step('the function says above itself what it takes', async () => {
  const lenses = async () =>
    (await page.locator('.monaco-editor .codelens-decoration').allTextContents()).map((text) => text.replaceAll('\u00a0', ' '));
  await until('the lens is there', async () =>
    (await lenses()).some((text) => text.includes('takes struct kvm.lock · always called with')),
  );
});

step('what is held stands behind the lines', async () => {
  const hints = async () => {
    const lines = await page.locator('.monaco-editor .view-line').allTextContents();
    return lines.flatMap((line) => /\/\/ (?:holds|callers|no lock) .*/.exec(line.replaceAll('\u00a0', ' '))?.[0] ?? []);
  };
  assert.deepEqual(await hints(), []);
  for (const key of showHints) await page.keyboard.down(key);
  await until('the hint is there', async () => (await hints()).includes('// holds kvm.lock, kvm.srcu, kvm_vcpu.mutex'));
  const tooltip = await workbench.hover(page, '// holds kvm.srcu, kvm_vcpu.mutex', 'kvm.srcu');
  assert.match(await tooltip.innerText(), /Held from here on[^]*takes struct kvm_vcpu\.mutex in kvm_vcpu_ioctl/);
  await shot('held');
  for (const key of showHints) await page.keyboard.up(key);
  await page.mouse.move(0, 0);
  await until('they are gone', async () => (await hints()).length === 0);
});

step('the explanation shows two CPUs that wait for each other, in words and as a diagram', async () => {
  await finding('is taken inside struct kvm_vcpu.mutex').hover();
  await finding('is taken inside struct kvm_vcpu.mutex').locator('.action-label[aria-label^="Explain This Finding"]').click();
  await until('the diagram is drawn', async () => (await inFrames('.picture svg')) > 0);
  const words = await frameText();
  assert.match(words, /CPU 0 and CPU 1 wait for each other for ever/);
  assert.match(words, /waits for struct kvm\.lock/);
  assert.match(words, /waits for struct kvm_vcpu\.mutex/);
  assert.match(words, /as documented/);
  await page.waitForTimeout(500);
  await shot('explanation');
  await page.keyboard.press('Control+w');
});

step('a suppression is put there with its reason to fill in, and one undo takes it back', async () => {
  await page.locator('.tab[data-resource-name="vcpu_sbi_hsm.c"]').click();
  await workbench.goToLine(page, lineOf(path.join(sample, 'tree', hsm), lock));
  await quickFix('Suppress documented-order here');
  await editorHas('/* lockstep: ignore documented-order: … */');
  await shot('suppression');
  await page.keyboard.press('Control+z');
  await until('one undo took it back', async () => !(await hasLine('lockstep: ignore')));
});

step('a reason suppresses the finding, and without it the finding is back', async () => {
  await quickFix('Suppress documented-order here');
  await editorHas('…');
  await page.keyboard.type('the sample shows it');
  await editorHas('/* lockstep: ignore documented-order: the sample shows it */');
  await until('documented-order is gone', async () => !(await workbench.viewRow(page, 'documented-order').isVisible()));
  await shot('suppressed');
  for (let undone = 0; undone < 10 && (await hasLine('lockstep: ignore')); undone++) {
    await page.keyboard.press('Control+z');
    await page.waitForTimeout(100);
  }
  await workbench.viewRow(page, 'documented-order').waitFor();
});

step('the missing unlock is put before its return, the finding goes, and one undo takes it back', async () => {
  await workbench.runCommand(page, 'View: Show Explorer');
  await workbench.openFromExplorer(page, 'tree/virt/kvm/own.c');
  const line = own.split('\n').indexOf('\t\treturn -22;') + 1;
  await workbench.goToLine(page, line);
  await until('the return is underlined', async () => (await workbench.squiggledLines(page)).includes('return -22;'));
  await quickFix('Give first back before this return');
  await editorHas('if (flag) {');
  await until('nothing is underlined', async () => !(await workbench.squiggledLines(page)).includes('return -22;'));
  await shot('unlocked');
  await page.keyboard.press('Control+z');
  await until('it is as it was', async () => (await hasLine('if (flag)')) && !(await hasLine('if (flag) {')));
  await until('the return is underlined again', async () => (await workbench.squiggledLines(page)).includes('return -22;'));
});

step('two acquisitions are taken the other way round, and one undo takes it back', async () => {
  await workbench.goToLine(page, own.split('\n').indexOf('\tmutex_lock(&second);') + 1);
  await quickFix('Take second before first');
  await until('only the return is left', async () => (await workbench.squiggledLines(page)).join() === 'return -22;');
  await page.keyboard.press('Control+z');
  await until('the circle is back', async () => (await workbench.squiggledLines(page)).length === 3);
  await shot('swapped-back');
});

step('what a lock guards is read when it is unfolded, with the places that have it and those that do not', async () => {
  await workbench.runCommand(page, 'Lockstep: Focus on Locks View');
  const lockClass = lockRow(/^firstmutex/);
  await lockClass.waitFor();
  await lockClass.locator('.monaco-tl-twistie').click();
  await lockRow('guards').locator('.monaco-tl-twistie').click();
  await lockRow(/^counted4 of 5 places/)
    .locator('.monaco-tl-twistie')
    .click();
  await lockRow('peek, without it').waitFor();
  await shot('guards');
});

step('a function says which lock its callers hold, and one undo takes it back', async () => {
  await workbench.goToLine(page, own.split('\n').indexOf('static void count(int by)') + 1);
  for (const key of ['Control+ArrowRight', 'Control+ArrowRight', 'Control+ArrowRight']) await page.keyboard.press(key);
  await quickFix('Say that first is held, as all callers hold it');
  await editorHas('lockdep_assert_held(&first);');
  await shot('said');
  await page.keyboard.press('Control+z');
  await until('one undo took it back', async () => !(await hasLine('lockdep_assert_held')));
});

step('the next finding and the one before it are a key away, through all files', async () => {
  await workbench.goToLine(page, 1);
  const lines = [];
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press('Control+Alt+.');
    await page.waitForTimeout(300);
    lines.push(own.split('\n')[(await workbench.cursorLine(page)) - 1].trim());
  }
  assert.deepEqual(lines, ['return -22;', 'mutex_lock(&second);', 'mutex_lock(&first);']);
  await page.keyboard.press('Control+Alt+,');
  await page.waitForTimeout(300);
  assert.equal(own.split('\n')[(await workbench.cursorLine(page)) - 1].trim(), 'mutex_lock(&second);');
});

step('each finding about a CPU by itself has an explanation of its own', async () => {
  // Rows out of sight do not exist.
  await workbench.runCommand(page, 'View: Close All Editors');
  await workbench.runCommand(page, 'View: Show Explorer');
  await workbench.openFromExplorer(page, 'tree/virt/kvm/cpu.c');
  await workbench.runCommand(page, 'Lockstep: Focus on Findings View');
  for (const [check, text, words] of explained) {
    await finding(text).hover();
    await finding(text).locator('.action-label[aria-label^="Explain This Finding"]').click();
    await until(`the diagram of ${check} is drawn`, async () => (await inFrames('.picture svg')) > 0);
    assert.match(await frameText(), words);
    await page.waitForTimeout(500);
    await shot(`explained-${check}`);
    await page.keyboard.press('Control+w');
    await until('it is closed', async () => (await inFrames('.picture svg')) === 0);
  }
});

if (!kernels)
  test('findings of a real kernel', { skip: 'needs LOCKSTEP_KERNELS, the folder of linux-source-6.1 and linux-source-6.12' }, () => {});
else {
  step('a real kernel: a folder that is checked fills the view', async () => {
    page = await session.open(path.join(kernels, 'linux-source-6.1'));
    await workbench.runCommand(page, 'Lockstep: Check Folder…');
    await workbench.pickPath(page, `${path.join(kernels, 'linux-source-6.1', 'arch/riscv/kvm')}/`);
    await page.locator('.notification-toast', { hasText: /kvm: [1-9]\d* findings? in/ }).waitFor({ timeout: 120_000 });
    await workbench.runCommand(page, 'Notifications: Clear All Notifications');
    await workbench.runCommand(page, 'Lockstep: Focus on Findings View');
    await workbench.viewRow(page, 'documented-order').waitFor();
    await finding('struct kvm.lock is taken inside struct kvm_vcpu.mutex').click();
    await page.locator('.tab[data-resource-name="vcpu_sbi_hsm.c"]').waitFor();
    await lockRow(/^struct kvm\.lock/).waitFor({ timeout: 60_000 });
    await shot('kernel-view');
  });

  step('a real kernel: a suppression with its reason, put there and taken back', async () => {
    await workbench.goToLine(page, lineOf(path.join(kernels, 'linux-source-6.1', hsm), lock));
    await quickFix('Suppress documented-order here');
    await editorHas('/* lockstep: ignore documented-order: … */');
    await page.keyboard.type('read by hand');
    await until('documented-order is gone', async () => !(await workbench.viewRow(page, 'documented-order').isVisible()));
    await shot('kernel-suppressed');
    for (let undone = 0; undone < 20 && (await hasLine('lockstep: ignore')); undone++) {
      await page.keyboard.press('Control+z');
      await page.waitForTimeout(100);
    }
    await workbench.viewRow(page, 'documented-order').waitFor();
  });

  step('a real kernel: the explanation of a finding', async () => {
    const row = finding('struct kvm.lock is taken inside struct kvm_vcpu.mutex');
    await row.hover();
    await row.locator('.action-label[aria-label^="Explain This Finding"]').click();
    await until('the diagram is drawn', async () => (await inFrames('.picture svg')) > 0);
    const words = await frameText();
    assert.match(words, /CPU 0 and CPU 1 wait for each other for ever/);
    assert.match(words, /kvm_vcpu_fops\.unlocked_ioctl/);
    await page.waitForTimeout(500);
    await shot('kernel-explanation');
  });
}

function finding(text) {
  return workbench.viewRow(page, text);
}

/** A row of the lower of the two views. */
function lockRow(text) {
  return page.locator('.pane:has(.pane-header[aria-label^="Locks"]) .monaco-list-row', { hasText: text }).first();
}

/** Chooses a quick fix at the cursor by what its row says. */
async function quickFix(title) {
  const row = page.locator('.action-widget .monaco-list-row', { hasText: title });
  // Until the server has checked the text as it is, there is none to choose.
  for (let attempt = 0; ; attempt++) {
    await page.keyboard.press('Control+.');
    try {
      await row.first().waitFor({ timeout: 3000 });
      break;
    } catch (error) {
      if (attempt === 4) throw error;
      await page.keyboard.press('Escape');
    }
  }
  await shot(`menu-${title.split(' ')[0]}`);
  // A menu takes no click before the mouse has moved.
  await row.first().hover({ force: true });
  await row.first().click();
  await page.locator('.action-widget').waitFor({ state: 'hidden' });
}

async function editorHas(text) {
  await until(`the editor has ${text}`, () => hasLine(text));
}

async function hasLine(text) {
  const lines = await page.locator('.monaco-editor .view-line').allTextContents();
  return lines.some((line) => line.replaceAll(/[\u00a0\u00b7]/g, ' ').includes(text));
}

async function until(what, ask) {
  await workbench.untilEqual(what, ask, true);
}

/** How many elements there are in the frames of the page. */
async function inFrames(selector) {
  const counts = await Promise.all(
    page.frames().map((frame) =>
      frame
        .locator(selector)
        .count()
        .catch(() => 0),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function frameText() {
  const texts = await Promise.all(
    page.frames().map((frame) =>
      frame
        .locator('#page')
        .innerText({ timeout: 1000 })
        .catch(() => ''),
    ),
  );
  return texts.join('\n').replaceAll('\u200b', '');
}

function lineOf(file, text) {
  return (
    fs
      .readFileSync(file, 'utf8')
      .split('\n')
      .findIndex((line) => line.trim() === text) + 1
  );
}
