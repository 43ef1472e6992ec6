import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CancellationToken, CancellationTokenSource, type Hover, type MarkupContent } from 'vscode-languageserver/node';
import type { Checked, CheckSummary, DocumentedOrder } from '../../src/protocol/requests.ts';
import { startClient, writeFiles, type Client } from './client.ts';
import { editPause } from '../../src/server/check-queue.ts';

const files = { 'virt/a.c': 'BUG\n', 'virt/b.c': 'fine\n', 'virt/deep/c.c': '\nBUG\n', 'slow/s.c': 'SLOW', 'other/o.c': 'BUG' };

const worker = 'test/server/stub-worker.ts';

describe('server', { concurrency: false }, () => {
  let client: Client;
  beforeEach(async () => {
    client = await startClient(files, { worker });
  });
  afterEach(() => client.dispose());

  const some = (diagnostics: readonly unknown[]) => diagnostics.length > 0;
  const none = (diagnostics: readonly unknown[]) => diagnostics.length === 0;
  const request = <R>(method: string, params: object, token = CancellationToken.None) =>
    client.connection.sendRequest<R>(method, params, token);

  it('publishes what an opened file holds, for the text that is open', async () => {
    client.open('virt/b.c', 'x\n  BUG\n');
    const [diagnostic] = await client.diagnostics('virt/b.c', some);
    assert.deepEqual(diagnostic?.range, { start: { line: 1, character: 2 }, end: { line: 1, character: 5 } });
    assert.equal(diagnostic?.code, 'documented-order');
    assert.deepEqual(
      diagnostic?.relatedInformation?.map(({ location }) => location.uri),
      [client.uri('ioctl.c'), client.uri('virt/b.c'), client.uri('Documentation/locking.rst')],
    );
  });

  it('clears a finding when an edit takes it out, and says how long that took', async () => {
    const checked: Checked[] = [];
    client.connection.onNotification('lockstep/checked', (params: Checked) => void checked.push(params));
    client.open('virt/a.c', 'BUG');
    await client.diagnostics('virt/a.c', some);
    client.change('virt/a.c', 2, 'fixed');
    await client.diagnostics('virt/a.c', (diagnostics, version) => none(diagnostics) && version === 2);
    await client.waitFor('timing', () => checked.length === 2);
    const [, second] = checked;
    assert.equal(second?.version, 2);
    // A timer may fire a millisecond early.
    assert.match(client.logged[0] ?? '', /^server \d+\.\d+\.\d+ started, Node v/);
    assert.ok(second.sinceEdit >= editPause - 1, 'the pause for further edits counts');
    assert.ok(client.logged.some((line) => /^checked virt\/a\.c in \d+ ms: 0 findings, 1 file and 0 headers read$/.test(line)));
  });

  it('gives up a check that a newer edit makes stale', async () => {
    client.open('virt/a.c', 'SLOW BUG');
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.change('virt/a.c', 2, 'BUG');
    await client.diagnostics('virt/a.c', (diagnostics, version) => some(diagnostics) && version === 2);
    assert.ok(client.published.every(({ version }) => version !== 1));
  });

  it('checks an edited file before others that are slow, and these again later', async () => {
    client.open('slow/s.c', 'SLOW BUG');
    client.open('virt/a.c', 'fine');
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.change('virt/a.c', 2, 'BUG');
    await client.diagnostics('virt/a.c', (diagnostics, version) => some(diagnostics) && version === 2);
    client.change('slow/s.c', 2, 'BUG');
    await client.diagnostics('slow/s.c', some);
  });

  it('clears a file when it is closed, and does not check what has no file', async () => {
    client.open('virt/a.c', 'BUG');
    await client.diagnostics('virt/a.c', some);
    client.close('virt/a.c');
    await client.diagnostics('virt/a.c', none);
    await client.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: 'untitled:x.c', languageId: 'c', version: 1, text: 'BUG' },
    });
    client.open('virt/b.c', 'BUG');
    await client.diagnostics('virt/b.c', some);
    assert.ok(client.published.every(({ uri }) => uri.startsWith('file:')));
  });

  it('answers hovers from the text that is open', async () => {
    client.open('virt/a.c', 'some_lock;');
    const at = { textDocument: { uri: client.uri('virt/a.c') }, position: { line: 0, character: 0 } };
    const hover = await request<Hover>('textDocument/hover', at);
    assert.match((hover.contents as MarkupContent).value, /Acquires `some_lock`/);
    assert.deepEqual(hover.range, { start: { line: 0, character: 0 }, end: { line: 0, character: 9 } });
    const beside = { ...at, position: { line: 0, character: 10 } };
    assert.equal(await request('textDocument/hover', beside), null);
  });

  it('checks a folder with progress, keeps its diagnostics, and clears what is gone', async () => {
    const steps: string[] = [];
    client.connection.onNotification('$/progress', ({ value }: { value: { kind: string } }) => void steps.push(value.kind));
    const check = () => request<CheckSummary>('lockstep/checkFolder', { uri: client.uri('virt'), workDoneToken: 't' });
    const summary = await check();
    assert.deepEqual([summary.findings, summary.files, summary.filesWithFindings], [2, 3, 2]);
    assert.deepEqual([steps[0], steps.at(-1)], ['begin', 'end']);
    await client.diagnostics('virt/a.c', some);
    await client.diagnostics('virt/deep/c.c', some);

    client.open('virt/a.c', 'BUG');
    client.close('virt/a.c');
    rmSync(path.join(client.folder, 'virt/deep/c.c'));
    await client.connection.sendNotification('lockstep/recheck', {});
    await client.diagnostics('virt/deep/c.c', none);
    await client.diagnostics('virt/a.c', some);

    writeFiles(client.folder, { 'virt/a.c': 'fixed' });
    assert.equal((await check()).findings, 0);
    await client.diagnostics('virt/a.c', none);
  });

  it('cancels the check of a folder, while edits are answered', async () => {
    const source = new CancellationTokenSource();
    const cancelled = assert.rejects(request('lockstep/checkFolder', { uri: client.uri('slow') }, source.token), { code: -32800 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.open('virt/a.c', 'BUG');
    await client.diagnostics('virt/a.c', some);
    source.cancel();
    await cancelled;
    const again = await request<CheckSummary>('lockstep/checkFolder', { uri: client.uri('virt') });
    assert.equal(again.findings, 2);
  });

  it('tells of a check that takes long, and of each phase that it comes to', async () => {
    writeFiles(client.folder, { 'long/p.c': 'PHASES' });
    const told: unknown[] = [];
    client.connection.onNotification('$/progress', ({ value }: { value: { message?: string; percentage?: number } }) => {
      if (value.message !== undefined) told.push([value.message, value.percentage]);
    });
    await request('lockstep/checkFolder', { uri: client.uri('virt'), workDoneToken: 'short' });
    assert.deepEqual(told, []);
    await request('lockstep/checkFolder', { uri: client.uri('long'), workDoneToken: 'long' });
    assert.deepEqual(told[0], ['reading 1 of 2 C files', 55]);
    assert.deepEqual(told.at(-1), ['following locks through 0 of 9 functions', 70]);
    assert.ok(told.length <= 4, 'no more than one in a tenth of a second');
  });

  it('checks a file that is not open and keeps its diagnostics', async () => {
    const summary = await request<CheckSummary>('lockstep/checkFile', { uri: client.uri('other/o.c') });
    assert.equal(summary.findings, 1);
    await client.diagnostics('other/o.c', some);
  });

  it('says what is wrong with a request', async () => {
    await assert.rejects(request('lockstep/checkFolder', { uri: client.uri('nowhere') }), /cannot check .*nowhere: no such folder/);
    writeFiles(client.folder, { 'bad/t.c': 'THROW' });
    await assert.rejects(request('lockstep/checkFile', { uri: client.uri('bad/t.c') }), /the stub was told to throw/);
  });

  it('lists documented orders with the place of each', async () => {
    const orders = await request<DocumentedOrder[]>('lockstep/documentedOrders', { uri: client.uri('virt') });
    assert.deepEqual(
      orders.map(({ uri, line }) => [uri, line]),
      [[client.uri('Documentation/locking.rst'), 3]],
    );
  });

  it('starts the analysis again when it ends, with all open files', async () => {
    client.open('virt/b.c', 'BUG');
    await client.diagnostics('virt/b.c', some);
    client.open('virt/a.c', 'CRASH');
    await client.waitFor('the log', () => client.logged.some((line) => line.includes('cannot check virt/a.c: analysis ended with code 7')));
    client.change('virt/b.c', 2, '\nBUG');
    await client.diagnostics('virt/b.c', ([first]) => first?.range.start.line === 1);
    client.change('virt/a.c', 2, 'BUG');
    await client.diagnostics('virt/a.c', some);
    assert.ok(client.logged.some((line) => line.endsWith('started again')));
  });

  it('ends an analysis that goes on after it was cancelled', async () => {
    client.open('virt/a.c', 'STUCK');
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.change('virt/a.c', 2, 'BUG');
    await client.diagnostics('virt/a.c', (diagnostics, version) => some(diagnostics) && version === 2);
  });

  it('sees what changed on disk when the window gets the focus back', async () => {
    client.open('virt/b.c', 'READ other/o.c');
    await client.diagnostics('virt/b.c', some);
    writeFiles(client.folder, { 'other/o.c': 'fixed' });
    await client.connection.sendNotification('lockstep/recheck', {});
    await client.diagnostics('virt/b.c', none);
  });

  it('checks the other open files again after an edit that concerns them', async () => {
    client.open('virt/b.c', 'READ other/o.c');
    await client.diagnostics('virt/b.c', some);
    client.open('other/o.c', 'BUG');
    client.change('other/o.c', 2, 'fixed, not saved');
    await client.diagnostics('virt/b.c', none);
    client.close('other/o.c');
    await client.diagnostics('virt/b.c', some);
  });

  it('follows the settings', async () => {
    client.open('virt/a.c', 'BUG\nGUESS\n');
    await client.diagnostics('virt/a.c', ({ length }) => length === 1);
    client.settings = { minimumConfidence: 'low' };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    const [, guess] = await client.diagnostics('virt/a.c', ({ length }) => length === 2);
    assert.match(String(guess?.message), /doubtful: The call goes through a function pointer\)$/);
    client.settings = { enable: false };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await client.diagnostics('virt/a.c', none);
  });

  it('shuts down and exits with 0', async () => {
    client.open('slow/s.c', 'SLOW');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const exit = new Promise((resolve) => client.server.once('exit', resolve));
    await request('shutdown', {});
    await client.connection.sendNotification('exit');
    assert.equal(await exit, 0);
  });
});

describe('lockstep lsp --stdio', () => {
  it('is the same server, for an editor that shows related places and hovers as text only', async (t) => {
    const client = await startClient(files, { worker, entry: ['src/cli/main.ts', 'lsp', '--stdio'], capabilities: {} });
    t.after(() => client.dispose());
    client.open('virt/a.c', 'BUG');
    const [diagnostic] = await client.diagnostics('virt/a.c', ({ length }) => length > 0);
    assert.match(String(diagnostic?.message), /\n {2}ioctl\.c:7: /);
    const position = { line: 0, character: 0 };
    const hover = await client.connection.sendRequest<Hover>('textDocument/hover', {
      textDocument: { uri: client.uri('virt/a.c') },
      position,
    });
    assert.deepEqual(hover.contents, { kind: 'plaintext', value: 'Acquires BUG\n\nNo lock is known to be held here.' });
  });
});
