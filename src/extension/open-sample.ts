import * as vscode from 'vscode';

/** The file with the finding, in the folder that is shipped as `samples/riscv-hsm`: the tree, and the patches as mails beside it. */
const firstFile = 'tree/arch/riscv/kvm/vcpu_sbi_hsm.c';
const firstPlace = 'mutex_lock(&kvm->lock)';
const pendingKey = 'lockstep.pendingSample';

/** Opens a copy that may be edited: in this window, or in a new one if this window has a folder already. */
export async function openSample(context: vscode.ExtensionContext): Promise<void> {
  const folder = await copySample(context);
  if (!folder) return;
  if (isOpenHere(folder)) {
    await showFirstFile(folder);
    return;
  }
  // Opening a folder restarts the extension, here or in the new window: what is still to do must outlive it.
  await context.globalState.update(pendingKey, folder.toString());
  await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: hasFolder() });
}

/** The second half of `openSample`, in the window that has the sample's folder. */
export async function openPendingSample(context: vscode.ExtensionContext): Promise<void> {
  const pending = context.globalState.get<string>(pendingKey);
  if (pending === undefined || !isOpenHere(vscode.Uri.parse(pending))) return;
  await context.globalState.update(pendingKey, undefined);
  await showFirstFile(vscode.Uri.parse(pending));
}

/** Undefined when the person would rather not choose between the old copy and a new one. */
async function copySample(context: vscode.ExtensionContext): Promise<vscode.Uri | undefined> {
  const shipped = vscode.Uri.joinPath(context.extensionUri, 'samples', 'riscv-hsm');
  const copy = vscode.Uri.joinPath(context.globalStorageUri, 'riscv-hsm');
  if (await exists(copy)) {
    const [keep, again] = ['Keep My Changes', 'Start Over'];
    const chosen = await vscode.window.showInformationMessage('Lockstep: the sample was opened before', keep, again);
    if (chosen === undefined) return undefined;
    if (chosen === keep) return copy;
  }
  await vscode.workspace.fs.createDirectory(context.globalStorageUri);
  await vscode.workspace.fs.copy(shipped, copy, { overwrite: true });
  return copy;
}

async function showFirstFile(folder: vscode.Uri): Promise<void> {
  const editor = await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, firstFile), { preview: false });
  const offset = editor.document.getText().indexOf(firstPlace);
  if (offset < 0) return;
  const at = editor.document.positionAt(offset);
  editor.selection = new vscode.Selection(at, at);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenter);
}

function hasFolder(): boolean {
  return (vscode.workspace.workspaceFolders?.length ?? 0) > 0;
}

function isOpenHere(folder: vscode.Uri): boolean {
  return vscode.workspace.workspaceFolders?.some(({ uri }) => uri.toString() === folder.toString()) ?? false;
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
