// The start path in real kernel trees, as a person meets it: which tree is asked, the locks of each release, pictures taken along.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runFolder } from './lib/server.mjs';
import { startSession } from './lib/session.mjs';
import * as workbench from './lib/workbench.mjs';

const kernels = process.env.LOCKSTEP_KERNELS;
const command = 'Lockstep: Show HSM Start Path';
const question = 'HSM Start Path: Which Tree?';

if (!kernels)
  test(
    'the start path in kernel trees',
    { skip: 'needs LOCKSTEP_KERNELS, the folder of linux-source-6.1 and linux-source-6.12' },
    () => {},
  );
else {
  // Trees are large, and nothing in them changes.
  const session = startSession('trees', { 'files.watcherExclude': { '**': true }, 'git.enabled': false });
  const { shot, step } = session;
  let page;

  step('of several trees, which one is asked', async () => {
    page = await session.open(path.resolve(kernels));
    await workbench.runCommand(page, command);
    await workbench.pickerTitled(page, question);
    await shot('which-tree');
    await workbench.quickPickRow(page, 'linux-source-6.1').filter({ hasNotText: '6.12' }).click();
    await drawn(/linux-source-6\.1: kvm_sbi/);
  });

  step('6.1: the locks in order, the pointers that calls go through, and the rule that is broken', async () => {
    const steps = await stepTexts();
    assertInOrder(steps, ['takes struct kvm_vcpu.mutex', 'enters the read side of struct kvm.srcu', 'takes struct kvm.lock']);
    assertInOrder(steps, ['kvm_vcpu_ioctl entered', 'calls kvm_sbi_ext_hsm_handler', 'Documentation/virt/kvm/locking.rst:12']);
    const picture = bare(await diagram().locator('.picture svg').first().textContent());
    for (const words of ['kvm_vcpu_fops.unlocked_ioctl', 'via pointer struct kvm_vcpu_sbi_extension.handler', 'ORDER BROKEN'])
      assert.ok(picture.includes(bare(words)), words);
    await shot('start-path-6.1');
    for (const [name, theme] of [
      ['light', 'Light Modern'],
      ['high-contrast', 'Dark High Contrast'],
      ['dark', 'Dark Modern'],
    ]) {
      await workbench.chooseTheme(page, theme);
      await page.waitForTimeout(1000);
      if (name !== 'dark') await shot(`start-path-6.1-${name}`);
    }
  });

  step('a step leads to its line, in a tree that is opened from above', async () => {
    await diagram().locator('[role=option]', { hasText: 'takes struct kvm.lock' }).first().click();
    await page.locator('.tab[data-resource-name="vcpu_sbi_hsm.c"]').waitFor();
    await page.locator('.monaco-editor .view-line', { hasText: 'mutex_lock(&kvm->lock)' }).waitFor();
    await page.waitForTimeout(500);
    await shot('start-path-6.1-line');
  });

  for (const [format, starts] of [
    ['PNG', '\x89PNG\r\n\x1a\n'],
    ['SVG', '<svg'],
  ])
    step(`Save ${format} writes one`, async () => {
      const file = path.join(runFolder, 'trees', `path.${format.toLowerCase()}`);
      await diagram()
        .getByRole('button', { name: `Save ${format}` })
        .click();
      await workbench.saveAs(page, file);
      await diagram()
        .getByText(/^saved /)
        .waitFor();
      const bytes = fs.readFileSync(file);
      assert.equal(bytes.toString('latin1', 0, starts.length), starts);
      if (format === 'PNG') {
        const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
        assert.ok(width > 500 && height > 500 && bytes.length > 10_000, `${width} × ${height}, ${bytes.length} bytes`);
      }
    });

  step('6.12: locks of the vCPU alone; the tree chosen last stands first', async () => {
    await workbench.runCommand(page, 'View: Close All Editors');
    await workbench.runCommand(page, command);
    await workbench.pickerTitled(page, question);
    assert.match(await workbench.quickPickRows(page).first().innerText(), /linux-source-6\.1\b(?!2)/);
    await workbench.quickPickRow(page, 'linux-source-6.12').click();
    await drawn(/linux-source-6\.12: kvm_sbi/);
    const steps = await stepTexts();
    assertInOrder(steps, [
      'takes struct kvm_vcpu.mutex',
      'takes struct kvm_vcpu_arch.mp_state_lock',
      'takes struct kvm_vcpu_arch.reset_cntx_lock',
    ]);
    assert.ok(!steps.some((text) => text.includes('locking.rst')), 'no order is broken');
    await shot('start-path-6.12');
  });

  step('a folder in a tree is enough, and nothing is asked', async () => {
    page = await session.open(path.join(path.resolve(kernels), 'linux-source-6.12/arch/riscv'));
    await workbench.runCommand(page, command);
    await drawn(/^kvm_sbi_hsm_vcpu_start/);
    assertInOrder(await stepTexts(), ['takes struct kvm_vcpu.mutex', 'takes struct kvm_vcpu_arch.mp_state_lock']);
    await diagram().locator('[role=option]', { hasText: 'mp_state_lock' }).first().click();
    await page.locator('.tab[data-resource-name="vcpu_sbi_hsm.c"]').waitFor();
  });

  step('after a reload its places are still there, also those in the tree above the folder', async () => {
    await page.waitForTimeout(1000);
    await workbench.reloadWindow(page);
    await workbench.diagramDrawn(page);
    await diagram().locator('[role=option]', { hasText: 'takes struct kvm_vcpu.mutex' }).first().click();
    await page.locator('.tab[data-resource-name="kvm_main.c"]').waitFor();
    await shot('reloaded');
  });

  function diagram() {
    return workbench.diagram(page);
  }

  async function drawn(title) {
    await page.locator('.tab.active', { hasText: title }).waitFor({ timeout: 60_000 });
    await workbench.diagramDrawn(page);
    await page.waitForTimeout(1000);
  }

  async function stepTexts() {
    return diagram().locator('[role=option]').allInnerTexts();
  }
}

/** Each in a later step than the one before, or in the same. */
function assertInOrder(steps, words) {
  let from = 0;
  for (const each of words) {
    const found = steps.findIndex((text, i) => i >= from && bare(text).includes(bare(each)));
    assert.ok(found >= 0, `no step after ${from} says ${each}:\n${steps.join('\n')}`);
    from = found;
  }
}

/** Pictures break texts into lines, and a list has chips in them. */
function bare(text) {
  return text.replaceAll(/\s+/g, '');
}
