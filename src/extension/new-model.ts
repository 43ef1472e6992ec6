import * as vscode from 'vscode';

/** Opens a model to start from. Nothing is written before it is saved. */
export async function newModel(): Promise<void> {
  const document = await vscode.workspace.openTextDocument(freeUri());
  const editor = await vscode.window.showTextDocument(document, { preview: false });
  if (document.getText() === '') await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), template));
}

function freeUri(): vscode.Uri {
  const isOpen = (path: string): boolean =>
    vscode.workspace.textDocuments.some(({ uri }) => uri.scheme === 'untitled' && uri.path === path);
  for (let n = 1; ; n++) {
    const path = `locking${n === 1 ? '' : `-${n}`}.model.ts`;
    if (!isOpen(path)) return vscode.Uri.from({ scheme: 'untitled', path });
  }
}

/** The lost order of two locks: something to see at once, and to mend. */
const template = `// A model of locking, in a subset of TypeScript that reads like C. It is never executed.
// "Simulate", above the scenario, explores every interleaving of its threads.

interface device {
  lock: mutex;
  list_lock: mutex;
  users: int;
}

const dev = object<device>();

function device_open(d: device): void {
  mutex_lock(d.lock);
  mutex_lock(d.list_lock);
  d.users = d.users + 1;
  mutex_unlock(d.list_lock);
  mutex_unlock(d.lock);
}

// Takes the two the other way round.
function device_remove(d: device): void {
  mutex_lock(d.list_lock);
  mutex_lock(d.lock);
  d.users = 0;
  mutex_unlock(d.lock);
  mutex_unlock(d.list_lock);
}

scenario('open-remove', 'A device is opened and removed', () => {
  thread('open', device_open, dev);
  thread('remove', device_remove, dev);
});

export {};
`;
