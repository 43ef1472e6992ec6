import * as vscode from 'vscode';

/** Kernel trees of the workspace: the one that a folder is or is in, else those right below it. */
export async function workspaceTrees(): Promise<readonly vscode.Uri[]> {
  const trees: vscode.Uri[] = [];
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    const tree = await treeOf(uri);
    trees.push(...(tree ? [tree] : await treesBelow(uri)));
  }
  return trees.filter((tree, i) => trees.findIndex((other) => other.toString() === tree.toString()) === i);
}

/** The nearest folder at or above this one that has MAINTAINERS. */
export async function treeOf(folder: vscode.Uri): Promise<vscode.Uri | undefined> {
  if (folder.scheme !== 'file') return undefined;
  for (let at = folder; ; at = vscode.Uri.joinPath(at, '..')) {
    if (await isTree(at)) return at;
    if (at.path === '/' || at.path === vscode.Uri.joinPath(at, '..').path) return undefined;
  }
}

export async function treesBelow(folder: vscode.Uri): Promise<readonly vscode.Uri[]> {
  const entries = await vscode.workspace.fs.readDirectory(folder).then(
    (all) => all,
    () => [],
  );
  const folders = entries.filter(([, type]) => (type & vscode.FileType.Directory) !== 0).map(([name]) => vscode.Uri.joinPath(folder, name));
  const are = await Promise.all(folders.map(isTree));
  return folders.filter((_, i) => are[i]).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function isTree(folder: vscode.Uri): Promise<boolean> {
  return isFile(vscode.Uri.joinPath(folder, 'MAINTAINERS'));
}

export async function isFile(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    ({ type }) => (type & vscode.FileType.File) !== 0,
    () => false,
  );
}
