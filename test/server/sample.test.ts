import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import type { Hover, MarkupContent } from 'vscode-languageserver/node';
import type { DocumentedOrder } from '../../src/protocol/requests.ts';
import { startClient, writeFiles } from './client.ts';

const sample = path.join(import.meta.dirname, '../../samples/riscv-hsm/tree');
const file = 'arch/riscv/kvm/vcpu_sbi_hsm.c';
const lock = 'mutex_lock(&kvm->lock);';
const unlock = 'mutex_unlock(&kvm->lock);';

it('shows the inversion of the sample, and that it is gone when the lock is', async (t) => {
  const files = readTree(sample);
  const text = files[file] ?? '';
  const client = await startClient(files, { worker: 'src/server/worker.ts' });
  t.after(() => client.dispose());

  client.open(file, text);
  const diagnostics = await client.diagnostics(file, ({ length }) => length > 0);
  const documented = diagnostics.find(({ code }) => code === 'documented-order');
  const line = text.slice(0, text.indexOf(lock)).split('\n').length - 1;
  assert.equal(documented?.range.start.line, line);
  const related = documented.relatedInformation?.map(({ location }) => location.uri) ?? [];
  assert.equal(related.at(-1), client.uri('Documentation/virt/kvm/locking.rst'));
  assert.ok(related.includes(client.uri('virt/kvm/kvm_main.c')) || related.includes(client.uri('arch/riscv/kvm/vcpu.c')));

  const position = { line, character: text.split('\n')[line]?.indexOf(lock) ?? 0 };
  const hover = await client.connection.sendRequest<Hover>('textDocument/hover', { textDocument: { uri: client.uri(file) }, position });
  assert.match((hover.contents as MarkupContent).value, /^Acquires `struct kvm\.lock`/);
  const orders = await client.connection.sendRequest<DocumentedOrder[]>('lockstep/documentedOrders', { uri: client.uri(file) });
  assert.ok(orders.some(({ outer, inner }) => outer === 'kvm->lock' && inner === 'vcpu->mutex'));

  client.change(file, 2, text.replace(lock, '').replace(unlock, ''));
  await client.diagnostics(file, ({ length }, version) => length === 0 && version === 2);
  client.change(file, 3, text);
  await client.diagnostics(file, ({ length }, version) => length === diagnostics.length && version === 3);
});

it('shows nothing where a comment suppresses it, and counts it in the log', async (t) => {
  const files = readTree(sample);
  const text = files[file] ?? '';
  const client = await startClient(files, { worker: 'src/server/worker.ts' });
  t.after(() => client.dispose());

  client.open(file, text);
  const before = await client.diagnostics(file, ({ length }) => length > 0);
  client.change(file, 2, text.replace(lock, `${lock} /* lockstep: ignore documented-order: a test */`));
  const after = await client.diagnostics(file, (_, version) => version === 2);
  const codes = before.map(({ code }) => code);
  assert.deepEqual(
    after.map(({ code }) => code),
    codes.filter((code) => code !== 'documented-order'),
  );
  assert.ok(client.logged.some((line) => line.includes(`: ${after.length} findings, ${before.length - after.length} suppressed, `)));
});

it('takes orders from the settings and from documents that come later, for findings and for hovers', async (t) => {
  const { 'Documentation/virt/kvm/locking.rst': document = '', ...files } = readTree(sample);
  const text = files[file] ?? '';
  const client = await startClient(
    { ...files, 'more.rst': 'More\n====\n\n- kvm->lock is taken outside kvm->irq_lock\n' },
    { worker: 'src/server/worker.ts' },
  );
  t.after(() => client.dispose());
  client.settings = { orders: ['more.rst'] };

  client.open(file, text);
  await client.diagnostics(file, (diagnostics) => diagnostics.length > 0 && diagnostics.every(({ code }) => code !== 'documented-order'));
  const lines = text.split('\n');
  const line = lines.findIndex((each) => each.includes(lock));
  const position = { line, character: lines[line]?.indexOf(lock) ?? 0 };
  const hover = async () => {
    const found = await client.connection.sendRequest<Hover>('textDocument/hover', { textDocument: { uri: client.uri(file) }, position });
    return (found.contents as MarkupContent).value;
  };
  assert.match(await hover(), /`kvm->lock` → `kvm->irq_lock`/);
  assert.doesNotMatch(await hover(), /locking/);

  writeFiles(client.folder, { 'Documentation/virt/kvm/locking.rst': document });
  await client.connection.sendNotification('lockstep/recheck', {});
  await client.diagnostics(file, (diagnostics) => diagnostics.some(({ code }) => code === 'documented-order'));
  assert.match(await hover(), /`kvm->lock` → `vcpu->mutex`/);
  assert.match(await hover(), /more\.rst/);
});

function readTree(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = entries.map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(root, name), 'utf8')]));
}
