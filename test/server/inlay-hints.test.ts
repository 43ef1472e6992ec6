import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { InlayHint, MarkupContent } from 'vscode-languageserver/node';
import { editor, startClient } from './client.ts';

const [callee, caller] = ['virt/inner.c', 'virt/outer.c'];
const inner = `struct mutex { int x; };
void mutex_lock(struct mutex *lock);
extern struct mutex a, b;
void inner(void)
{
	mutex_lock(&b);   \r
}
`;
const outer = `struct mutex { int x; };
void mutex_lock(struct mutex *lock);
struct mutex a, b;
void inner(void);
void outer(void)
{
	mutex_lock(&a);
	inner();
}
`;

it('inlay hints are off, come where they are wanted, and are asked for again when another file changes them', async (t) => {
  const capabilities = { ...editor, workspace: { configuration: true, inlayHint: { refreshSupport: true } } };
  const files = { [callee]: inner, [caller]: outer, 'virt/Makefile': 'obj-y += inner.o outer.o\n' };
  const client = await startClient(files, { worker: 'src/server/worker.ts', capabilities });
  t.after(() => client.dispose());
  let refreshed = 0;
  client.connection.onRequest('workspace/inlayHint/refresh', () => void refreshed++);
  const hints = (from = 0, to = 100): Promise<InlayHint[]> =>
    client.connection.sendRequest('textDocument/inlayHint', {
      textDocument: { uri: client.uri(callee) },
      range: { start: { line: from, character: 0 }, end: { line: to, character: 0 } },
    });
  const told = (of: readonly InlayHint[]): unknown => of.map(({ position, label }) => [position.line, position.character, label]);
  client.open(callee, inner);
  client.open(caller, outer);
  assert.deepEqual(await hints(), []);

  client.settings = { inlayHints: true };
  await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: {} });
  await client.waitFor('a refresh', () => refreshed > 0);
  const found = await hints();
  assert.deepEqual(told(found), [
    [3, 16, '// callers hold a'],
    [5, 16, '// holds b, a'],
  ]);
  assert.match((found[1]!.tooltip as MarkupContent).value, /takes b in `inner`, \[virt\/inner\\\.c\\:6\]\(file:.*#L6\)/);
  assert.deepEqual(told(await hints(0, 4)), told(found.slice(0, 1)));

  const before = refreshed;
  client.change(caller, 2, outer.replace('mutex_lock(&a);', ''));
  await client.waitFor('a refresh', () => refreshed > before);
  assert.deepEqual(told(await hints()), [[5, 16, '// holds b']]);
});
