// The extension as a person meets it: the packed .vsix in a real VS Code, on a copy of the sample, in a window that is not trusted.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startBrowser } from './lib/browser.mjs';
import { runFolder, startServer } from './lib/server.mjs';
import * as workbench from './lib/workbench.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const vsix = path.join(root, 'dist/lockstep.vsix');
const sample = path.join(runFolder, 'sample');
const shots = path.join(import.meta.dirname, '.shots');

const file = 'tree/arch/riscv/kvm/vcpu_sbi_hsm.c';
const lock = 'mutex_lock(&kvm->lock);';
const unlock = 'mutex_unlock(&kvm->lock);';
/** What a notification of VS Code would make a link of that runs a command. */
const linkName = '[click me](command:workbench.action.toggleSidebarVisibility).c';
const lines = fs.readFileSync(path.join(root, 'samples/riscv-hsm', file), 'utf8').split('\n');
const lockLine = lineOf(lock);
const unlockLine = lineOf(unlock);

let server;
let browser;
let page;

before(async () => {
  fs.rmSync(shots, { recursive: true, force: true });
  fs.mkdirSync(shots, { recursive: true });
  fs.rmSync(sample, { recursive: true, force: true });
  fs.cpSync(path.join(root, 'samples/riscv-hsm'), sample, { recursive: true });
  const settings = {
    'explorer.compactFolders': false,
    'workbench.tree.enableStickyScroll': false,
    'editor.detectIndentation': false,
    'editor.insertSpaces': false,
    'editor.tabSize': 8,
    'editor.minimap.enabled': false,
    'security.workspace.trust.enabled': true,
    'security.workspace.trust.startupPrompt': 'never',
    'security.workspace.trust.banner': 'never',
  };
  server = await startServer({ name: 'test', vsix, settings });
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

describe('in a folder with a kernel tree that is not trusted', () => {
  step('the file opens from the explorer', async () => {
    page = await workbench.openWindow(browser, server.address(sample));
    await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await workbench.openFromExplorer(page, file);
    await workbench.goToLine(page, lockLine);
  });

  step('the lock taken in the wrong order is underlined, and nothing else is', async () => {
    await untilUnderlined([lock]);
  });

  step('Problems shows the chain that leads there, and the documented order last', async () => {
    await workbench.openProblems(page);
    await workbench.untilEqual(
      'the tab tells of the finding',
      () => page.locator('.markers-panel .monaco-list-row').count().then(Boolean),
      true,
    );
    const problems = await workbench.problems(page);
    const documented = problems.find(
      ({ message, related }) => /inside struct kvm_vcpu\.mutex/.test(message) && /locking\.rst/.test(related.at(-1) ?? ''),
    );
    assert.ok(documented, `no problem ends with its rule: ${JSON.stringify(problems, null, 1)}`);
    assert.match(documented.message, /kvm.*lock/);
    assert.match(documented.message, /vcpu.*mutex/);
    const chain = documented.related.slice(0, -1);
    assert.ok(chain.length >= 3, `a chain from one lock to the other: ${chain.join(' | ')}`);
    assert.match(chain[0], /kvm_main\.c|vcpu\.c/, 'the chain starts where the outer lock is taken');
    assert.match(chain.at(-1), /vcpu_sbi_hsm\.c/, 'the chain ends where the inner lock is taken');
    assert.match(documented.related.at(-1), /kvm->lock.*vcpu->mutex/, 'the rule is quoted');

    await workbench.goToLine(page, lockLine);
    await workbench.scrollProblems(page, documented.row);
    await page.waitForTimeout(500);
    await shot('finding');
  });

  step('a hover on the lock call tells its class and what is held there', async () => {
    await workbench.goToLine(page, lockLine);
    const hover = await workbench.hover(page, lock, 'mutex_lock');
    const text = await hover.innerText();
    assert.match(text, /struct kvm\b.*lock/);
    assert.match(text, /struct kvm_vcpu\b.*mutex/);
    assert.match(text, /locking\.rst/);
    await shot('hover');
    await page.keyboard.press('Escape');
  });

  step('the underline goes when the lock goes, and comes back with it', async () => {
    await deleteLocking();
    await untilUnderlined([]);
    await workbench.untilEqual('rows of Problems', () => page.locator('.markers-panel .monaco-list-row').count(), 0);
    await shot('repaired');
    await undoTwice();
    await untilUnderlined([lock]);
  });

  step('Lockstep: Check This File says what it found', async () => {
    await workbench.runCommand(page, 'Lockstep: Check This File');
    await toast(/vcpu_sbi_hsm\.c: [1-9]\d* findings?/);
    await shot('check-this-file');
    await dismissToasts();
  });

  step('Lockstep: Check Folder… checks the folder that is picked', async () => {
    await workbench.runCommand(page, 'Lockstep: Check Folder…');
    await workbench.pickPath(page, `${path.posix.join(sample, 'tree/arch/riscv/kvm')}/`);
    await toast(/kvm: [1-9]\d* findings? in [1-9]\d* files? \([1-9]\d* read\)/);
    await shot('check-folder');
    await dismissToasts();
  });

  step('Lockstep: Check Folder… asks before it checks thousands of files', async () => {
    const many = path.join(runFolder, 'many');
    fs.mkdirSync(many, { recursive: true });
    for (let i = 0; i <= 2000; i++) fs.writeFileSync(path.join(many, `${i}.c`), '');
    await workbench.runCommand(page, 'Lockstep: Check Folder…');
    await workbench.pickPath(page, `${many}/`);
    const dialog = page.locator('.monaco-dialog-box', { hasText: 'many, which has more than 2000 C files?' });
    await dialog.waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(await page.locator('.notification-toast').count(), 0);
  });

  step('a file whose name is a link is told by its name', async () => {
    fs.writeFileSync(path.join(sample, 'tree', linkName), 'static int nothing;\n');
    await workbench.openFromExplorer(page, `tree/${linkName}`);
    await workbench.runCommand(page, 'Lockstep: Check This File');
    await toast(/click me.*: no findings/);
    assert.equal(await page.locator('.notification-toast .notification-list-item-message a').count(), 0);
    await shot('link-name');
    await dismissToasts();
    await page.locator('.tab[data-resource-name="vcpu_sbi_hsm.c"]').click();
  });

  step('Lockstep: Show Documented Lock Orders lists them and leads to one', async () => {
    await workbench.runCommand(page, 'Lockstep: Show Documented Lock Orders');
    const row = workbench.quickPickRows(page).filter({ hasText: 'kvm->lock is taken outside vcpu->mutex' }).first();
    await row.waitFor();
    await shot('documented-orders');
    await row.click();
    await page.locator('.tab.active[data-resource-name="locking.rst"]').waitFor();
    const at = await workbench.cursorLine(page);
    const document = fs.readFileSync(path.join(sample, 'tree/Documentation/virt/kvm/locking.rst'), 'utf8').split('\n');
    assert.match(document[at - 1], /kvm->lock is taken outside vcpu->mutex/);
    await page.locator('.tab[data-resource-name="vcpu_sbi_hsm.c"]').click();
  });

  step('Lockstep: Review Patch… reviews files here, and says that git needs trust', async () => {
    await workbench.runCommand(page, 'Lockstep: Review Patch…');
    await workbench.pickerTitled(page, 'Review Patch');
    await workbench.quickPickRow(page, 'Git: Trust This Workspace First…').waitFor();
    assert.equal(await workbench.quickPickRows(page).filter({ hasText: 'Commit…' }).count(), 0);
    await shot('review-restricted');
    await page.keyboard.press('Escape');
  });

  step('Lockstep: Restart Server starts a server that goes on checking', async () => {
    const old = await lockstepServers();
    await workbench.runCommand(page, 'Lockstep: Restart Server');
    await workbench.untilEqual(
      'an other server runs alone',
      async () => {
        const now = await lockstepServers();
        return now.length === old.length && now.every((id) => !old.includes(id));
      },
      true,
    );
    await workbench.goToLine(page, lockLine);
    await untilUnderlined([lock]);
    await deleteLocking();
    await untilUnderlined([]);
    await undoTwice();
    await untilUnderlined([lock]);
  });
});

describe('the log', () => {
  step('Lockstep: Show Log tells of the server and of each check', async () => {
    await workbench.runCommand(page, 'Lockstep: Show Log');
    const shown = page.locator('.pane-body.output-view, .output-view').locator('.view-lines').first();
    await shown.filter({ hasText: /server\s\d+\.\d+\.\d+\sstarted/ }).waitFor();
    await shown.filter({ hasText: /checked\sarch\/\S+\sin\s\d+\sms:\s\d+\sfindings/ }).waitFor();
    await shot('log');
  });
});

describe('the page of the extension', () => {
  step('shows its pictures', async () => {
    await page.keyboard.press('Control+Shift+X');
    await page.locator('.extensions-list .monaco-list-row', { hasText: 'Lockstep' }).first().click();
    const ownPictures = () => [...document.images].filter(({ src }) => src.startsWith('data:')).map(({ naturalWidth }) => naturalWidth > 0);
    const pictures = [...fs.readFileSync(path.join(root, 'README.md'), 'utf8').matchAll(/^!\[/gm)].map(() => true);
    // The page is in a frame of a frame; some come and go.
    const inFrames = () => Promise.all(page.frames().map((frame) => frame.evaluate(ownPictures).catch(() => [])));
    await workbench.untilEqual('pictures of the page that are there', async () => (await inFrames()).flat(), pictures);
    await shot('extension-page');
  });
});

describe('in an empty window', () => {
  step('Lockstep: Open Sample opens a copy of the sample on the finding', async () => {
    await page?.context().close();
    page = await workbench.openWindow(browser, server.address());
    await workbench.runCommand(page, 'Lockstep: Open Sample');
    await page.locator('.tab.active[data-resource-name="vcpu_sbi_hsm.c"]').waitFor({ timeout: 90_000 });
    await workbench.goToLine(page, lockLine);
    await untilUnderlined([lock]);
    await shot('open-sample');
  });

  step('Lockstep: Check This File works there', async () => {
    await workbench.runCommand(page, 'Lockstep: Check This File');
    await toast(/vcpu_sbi_hsm\.c: [1-9]\d* findings?/);
  });
});

/** A test that leaves a picture of the window where it fails. */
function step(name, work) {
  it(name, async () => {
    try {
      await work();
    } catch (error) {
      await shot(`FAILED ${name.replaceAll(/\W+/g, '-')}`);
      throw error;
    }
  });
}

async function shot(name) {
  await page?.screenshot({ path: path.join(shots, `${name}.png`) });
}

async function untilUnderlined(expected) {
  await workbench.untilEqual('underlined lines', () => workbench.squiggledLines(page), expected);
}

/** The later line first, so that the other keeps its number. */
async function deleteLocking() {
  for (const line of [unlockLine, lockLine]) {
    await workbench.goToLine(page, line);
    await page.keyboard.press('Control+Shift+K');
  }
}

async function undoTwice() {
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
}

async function toast(text) {
  await page.locator('.notification-toast', { hasText: text }).waitFor();
}

async function dismissToasts() {
  await workbench.runCommand(page, 'Notifications: Clear All Notifications');
  await page.locator('.notification-toast').waitFor({ state: 'hidden' });
}

/** Process ids of the language servers that the editor of this test runs. */
async function lockstepServers() {
  const ids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => {
    try {
      const command = fs.readFileSync(`/proc/${id}/cmdline`, 'utf8');
      return command.includes(server.folder) && command.includes('dist/server.cjs');
    } catch {
      return false;
    }
  });
}

function lineOf(text) {
  const found = lines.flatMap((line, index) => (line.trim() === text ? [index + 1] : []));
  assert.equal(found.length, 1, `${text} is there once`);
  return found[0];
}
