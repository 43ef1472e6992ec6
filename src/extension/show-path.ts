import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { PathView } from '../protocol/diagram.ts';
import type { LockPaths, PathsParams } from '../protocol/requests.ts';
import { asUri, request } from './client.ts';
import type { Diagrams } from './diagrams.ts';
import { literal } from './literal.ts';
import { isWithin } from './kept-view.ts';
import { withProgress } from './simulate.ts';
import { isFile, workspaceTrees } from './trees.ts';

interface PathContext {
  readonly client: LanguageClient;
  readonly diagrams: Diagrams;
  /** Of the workspace: the tree that was chosen last. */
  readonly state: vscode.Memento;
}

/** Where HART_START of RISC-V KVM arrives: the brief's own case, of any tree that has it. */
const hsmStart = { file: 'arch/riscv/kvm/vcpu_sbi_hsm.c', function: 'kvm_sbi_hsm_vcpu_start' } as const;
const treeKey = 'lockstep.startPathTree';
const mostTrees = 50;

/** Shows how HART_START gets from the system call to the target's locks. */
export async function showStartPath(context: PathContext): Promise<void> {
  const trees = await hsmTrees();
  if (trees.length === 0) {
    await vscode.window.showWarningMessage(
      `Lockstep: no ${hsmStart.file} in this workspace: open a kernel tree from 6.1 on, or the sample (Lockstep: Open Sample)`,
    );
    return;
  }
  const tree = await chooseTree(context, trees);
  if (!tree) return;
  const uri = asUri(context.client, vscode.Uri.joinPath(tree, hsmStart.file));
  const began = Date.now();
  const name = trees.length > 1 ? nameOf(tree) : undefined;
  const view = pathView(context, { uri, target: hsmStart }, hsmStart.function, name);
  await context.diagrams.showSoon(titleIn(name, hsmStart.function), 'Following calls from the system call…', began, view);
}

/** Trees of the workspace that have the file, wherever they are. */
async function hsmTrees(): Promise<readonly vscode.Uri[]> {
  const trees = await workspaceTrees();
  const have = await Promise.all(trees.map((tree) => isFile(vscode.Uri.joinPath(tree, hsmStart.file))));
  const known = trees.filter((_, i) => have[i]);
  const isInTree = (folder: vscode.Uri): boolean => trees.some((tree) => isWithin(vscode.Uri.joinPath(folder, 'x'), [tree]));
  // A search of whole trees takes long, and has nothing to find in them.
  if ((vscode.workspace.workspaceFolders ?? []).every(({ uri }) => isInTree(uri))) return known;
  const found = await vscode.workspace.findFiles(`**/${hsmStart.file}`, undefined, mostTrees);
  const others = found.map((uri) => uri.with({ path: uri.path.slice(0, -hsmStart.file.length - 1) }));
  const all = [...known, ...others];
  return all
    .filter((tree, i) => all.findIndex((other) => other.toString() === tree.toString()) === i)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Asks which tree is meant if there are several; the last choice stands first. */
async function chooseTree({ state }: PathContext, trees: readonly vscode.Uri[]): Promise<vscode.Uri | undefined> {
  if (trees.length < 2) return trees[0];
  const last = state.get<string>(treeKey);
  const sorted = [...trees].sort((a, b) => Number(b.toString() === last) - Number(a.toString() === last));
  const items = sorted.map((tree) => ({ label: literal(nameOf(tree)), description: literal(tree.fsPath), tree }));
  const chosen = await vscode.window.showQuickPick(items, { title: 'HSM Start Path: Which Tree?', matchOnDescription: true });
  if (chosen) await state.update(treeKey, chosen.tree.toString());
  return chosen?.tree;
}

/** As a person calls the tree. */
function nameOf(tree: vscode.Uri): string {
  const folder = vscode.workspace.getWorkspaceFolder(tree);
  if (folder?.uri.toString() === tree.toString()) return folder.name;
  return folder ? vscode.workspace.asRelativePath(tree) : (tree.path.split('/').at(-1) ?? tree.path);
}

/** Shows the ways to the line of the cursor. */
export async function showLockPath(context: PathContext): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.scheme !== 'file') {
    await vscode.window.showWarningMessage('Lockstep: put the cursor into a function of a C file first');
    return;
  }
  const line = editor.selection.active.line + 1;
  const began = Date.now();
  const view = await pathView(context, { uri: asUri(context.client, editor.document.uri), target: { line } }, `line ${line}`);
  if (view) context.diagrams.show(view, began);
}

/** Shows the ways to a function of a tree. */
export async function showPathTo(context: PathContext, tree: vscode.Uri, target: { function: string; file: string }): Promise<void> {
  const uri = asUri(context.client, vscode.Uri.joinPath(tree, target.file));
  const { function: name, file } = target;
  const began = Date.now();
  const view = await pathView(context, { uri, target: { function: name, file } }, name);
  if (view) context.diagrams.show(view, began);
}

/** `tree`: its name, where there are several. Undefined when the person cancelled, or was told that there is none. */
async function pathView(context: PathContext, params: PathsParams, what: string, tree?: string): Promise<PathView | undefined> {
  const found = await askPaths(context, params, what);
  if (!found) return undefined;
  const { paths, isCut } = found;
  const [first] = paths;
  if (first) return { kind: 'path', title: titleIn(tree, first.title), paths, isCut };
  void nothingFound(found, what);
  return undefined;
}

function titleIn(tree: string | undefined, title: string): string {
  return tree === undefined ? title : `${tree}: ${title}`;
}

/** Undefined when the person cancelled, or was asked which function is meant and did not say. */
async function askPaths(context: PathContext, params: PathsParams, what: string): Promise<LockPaths | undefined> {
  const { client } = context;
  const found = await withProgress(client, `Lockstep: ways to ${literal(what)}`, (workDoneToken, token) =>
    request(client, 'lockstep/paths', { ...params, workDoneToken }, token),
  );
  if (!found || found.paths.length > 0 || found.definitions.length < 2) return found;
  const items = found.definitions.map((definition) => ({
    ...{ label: literal(definition.function), description: literal(`${definition.file}:${definition.line}`), definition },
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: 'Which function?', matchOnDescription: true });
  if (!chosen) return undefined;
  const { file, function: name } = chosen.definition;
  return askPaths(context, { ...params, target: { file, function: name } }, what);
}

async function nothingFound({ definitions, similar }: LockPaths, what: string): Promise<void> {
  const reason =
    definitions.length > 0
      ? 'nothing that was read leads there'
      : similar.length > 0
        ? `there is no such function; there is ${similar.join(', ')}`
        : 'there is no function';
  await vscode.window.showInformationMessage(`Lockstep: ${literal(what)}: ${literal(reason)}`);
}
