import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CodeAction, CodeLens, Diagnostic, TextDocumentEdit, TextEdit } from 'vscode-languageserver/node';
import type { FindingExplanation } from '../../src/protocol/requests.ts';
import { editor, startClient, writeFiles, type Client } from './client.ts';

const file = 'virt/ab.c';
const text = `struct mutex { int x; };
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
static struct mutex a, b;
void forth(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
}
void back(void)
{
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}
`;

describe('code actions', { concurrency: false }, () => {
  let client: Client;
  let found: Diagnostic;
  before(async () => {
    const workspaceEdit = { documentChanges: true, snippetEditSupport: true };
    client = await startClient(
      { [file]: text },
      { worker: 'src/server/worker.ts', capabilities: { ...editor, workspace: { configuration: true, workspaceEdit } }, explains: true },
    );
    client.open(file, text);
    [found] = (await client.diagnostics(file, ({ length }) => length > 0)) as [Diagnostic];
  });
  after(() => client.dispose());

  const actions = (diagnostic: Diagnostic, of = client): Promise<CodeAction[]> =>
    of.connection.sendRequest('textDocument/codeAction', {
      textDocument: { uri: of.uri(file) },
      range: diagnostic.range,
      context: { diagnostics: [diagnostic] },
    });
  const editsOf = ({ edit }: CodeAction) => edit?.documentChanges?.flatMap((change) => (change as TextDocumentEdit).edits);

  it('offer to explain a finding, to mend it and to suppress it', async () => {
    const offered = await actions(found);
    assert.deepEqual(
      offered.map(({ title, isPreferred = false }) => [title, isPreferred]),
      [
        ['Explain this lock-order-cycle', false],
        ['Take b before a', true],
        ['Suppress lock-order-cycle here, with a reason', false],
      ],
    );
    assert.deepEqual(editsOf(offered[2]!), [
      {
        range: { start: { line: 7, character: 0 }, end: { line: 7, character: 0 } },
        snippet: { kind: 'snippet', value: '\t/* lockstep: ignore lock-order-cycle: ${1:…} */\n' },
      },
    ]);
  });

  it('tell a client without data in its diagnostics by place and words', async () => {
    const { data: _, ...bare } = found;
    assert.equal((await actions(bare)).length, 3);
    assert.deepEqual(await actions({ ...bare, message: 'another' }), []);
  });

  it('are none for a text that is not checked yet', async () => {
    client.change(file, 2, `\n${text}`);
    assert.deepEqual(await actions(found), []);
    const [moved] = await client.diagnostics(file, ({ length }, version) => length > 0 && version === 2);
    assert.equal((await actions(moved!)).length, 3);
    client.change(file, 3, text);
    await client.diagnostics(file, ({ length }, version) => length > 0 && version === 3);
  });

  it('explain a finding on two CPUs, each step with its place', async () => {
    const { id } = found.data as { id: string };
    const { sequence, remarks } = await client.connection.sendRequest<FindingExplanation>('lockstep/explain', {
      uri: client.uri(file),
      id,
    });
    assert.equal(sequence.summary, 'CPU 0 and CPU 1 wait for each other for ever.');
    assert.deepEqual(
      sequence.steps.map(({ lane, text, source }) => [lane, text, source?.uri, source?.line]),
      [
        [0, 'takes a', client.uri(file), 7],
        [1, 'takes b', client.uri(file), 14],
        [0, 'waits for b', client.uri(file), 8],
        [1, 'waits for a', client.uri(file), 15],
      ],
    );
    assert.deepEqual(remarks[0], { heading: 'Finding', lines: [found.message] });
    await assert.rejects(
      client.connection.sendRequest('lockstep/explain', { uri: client.uri(file), id: 'another' }),
      /this finding is gone: check the file again/,
    );
  });

  it('stand below lenses that say what a function does, unless they are turned off', async () => {
    const lenses = (): Promise<CodeLens[]> =>
      client.connection.sendRequest('textDocument/codeLens', { textDocument: { uri: client.uri(file) } });
    assert.deepEqual(
      (await lenses()).map(({ range, command }) => [range.start.line, command?.title]),
      [
        [4, 'takes a, b · may sleep'],
        [11, 'takes a, b · may sleep'],
      ],
    );
    client.settings = { codeLens: false };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: {} });
    assert.deepEqual(await lenses(), []);
  });

  it('say at the name of a function which lock its callers hold, where a person asks', async () => {
    const told = `#define lockdep_assert_held(lock) do { } while (0)
struct mutex { int x; };
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
static struct mutex lock;
static int n;
static void inner(void)
{
	n++;
}
void outer(void)
{
	mutex_lock(&lock);
	inner();
	mutex_unlock(&lock);
}
`;
    writeFiles(client.folder, { 'virt/said.c': told });
    client.open('virt/said.c', told);
    const line = told.split('\n').indexOf('static void inner(void)');
    const offered = (character: number, more: object = {}): Promise<CodeAction[]> =>
      client.connection.sendRequest('textDocument/codeAction', {
        textDocument: { uri: client.uri('virt/said.c') },
        range: { start: { line, character }, end: { line, character } },
        context: { diagnostics: [], ...more },
      });
    const [action, ...others] = await offered(14);
    assert.deepEqual(
      [action?.title, action?.kind, others.length],
      ['Say that lock is held, as all callers hold it: lockdep_assert_held(&lock);', 'refactor.rewrite', 0],
    );
    const start = { line: line + 2, character: 0 };
    assert.deepEqual(editsOf(action!), [{ range: { start, end: start }, newText: '\tlockdep_assert_held(&lock);\n\n' }]);
    assert.equal((await offered(14, { only: ['refactor'] })).length, 1);
    assert.deepEqual(await offered(14, { only: ['quickfix'] }), []);
    assert.deepEqual(await offered(14, { triggerKind: 2 }), []);
    assert.deepEqual(await offered(3), []);
    client.close('virt/said.c');
  });

  it('are plain edits for a client that knows no snippets, and explain nothing where there is no command', async (t) => {
    const plain = await startClient({ [file]: text }, { worker: 'src/server/worker.ts' });
    t.after(() => plain.dispose());
    plain.open(file, text);
    const [diagnostic] = await plain.diagnostics(file, ({ length }) => length > 0);
    const offered = await actions(diagnostic!, plain);
    assert.deepEqual(
      offered.map(({ title }) => title),
      ['Take b before a', 'Suppress lock-order-cycle here, with a reason'],
    );
    const [edit] = offered[1]!.edit!.changes![plain.uri(file)] as [TextEdit];
    assert.equal(edit.newText, '\t/* lockstep: ignore lock-order-cycle:  */\n');
  });
});
