import * as vscode from 'vscode';
import type { PatchSource, Revisions } from '../protocol/review.ts';
import { asUri, request } from './client.ts';
import { literal } from './literal.ts';
import { isWithin } from './kept-view.ts';
import type { Reviews } from './reviews.ts';
import { treeOf, workspaceTrees } from './trees.ts';

export interface ReviewContext {
  readonly reviews: Reviews;
  /** Of the workspace: what was chosen last. */
  readonly state: vscode.Memento;
}

const patchName = /\.(patch|diff|mbox|mbx|eml)$/i;
const lastKey = 'lockstep.reviewSource';
const treeKey = 'lockstep.reviewTree';

type Choice = 'file' | 'editor' | 'clipboard' | 'staged' | 'unstaged' | 'commit' | 'range' | 'series';

/** A source, and what a person calls it. */
interface Named {
  readonly source: PatchSource;
  readonly name: string;
}

/** Reviews a patch from a menu, else what is picked. */
export async function reviewPatch(context: ReviewContext, uri: vscode.Uri | undefined): Promise<void> {
  if (uri) return review(context, sourceOfFile(context, uri), uri);
  const choice = await chooseSource(context);
  if (!choice) return;
  await context.state.update(lastKey, choice);
  await reviewChoice(context, choice);
}

/** Reviews what git has changed, as the menus of source control ask. */
export async function reviewChanges(context: ReviewContext, isStaged: boolean): Promise<void> {
  await reviewChoice(context, isStaged ? 'staged' : 'unstaged');
}

export async function reviewAgain({ reviews }: ReviewContext): Promise<void> {
  const { params, view } = reviews.required;
  await reviews.review(params, view.title);
}

async function reviewChoice(context: ReviewContext, choice: Choice): Promise<void> {
  switch (choice) {
    case 'file': {
      const picked = await vscode.window.showOpenDialog({
        ...{ title: 'Review Patch or Mailbox', openLabel: 'Review', canSelectMany: false },
        filters: { 'Patches and mails': ['patch', 'diff', 'mbox', 'mbx', 'eml'], 'All files': ['*'] },
      });
      if (picked?.[0]) await review(context, sourceOfFile(context, picked[0]), picked[0]);
      return;
    }
    case 'editor': {
      const document = vscode.window.activeTextEditor?.document;
      if (document) await review(context, sourceOfDocument(context, document), document.uri);
      return;
    }
    case 'clipboard':
      return review(context, {
        source: { kind: 'text', name: 'clipboard', text: await vscode.env.clipboard.readText() },
        name: 'clipboard',
      });
    case 'staged':
    case 'unstaged':
      return review(context, { source: { kind: 'changes', isStaged: choice === 'staged' }, name: `${choice} changes` });
    case 'commit':
    case 'series': {
      const tree = await chooseTree(context, undefined);
      if (!tree) return;
      const chosen = await chooseRevision(context, tree, choice);
      if (chosen) await reviewIn(context, tree, { source: { kind: 'revision', ...chosen }, name: chosen.name });
      return;
    }
    case 'range': {
      const given = await vscode.window.showInputBox({
        ...{ title: 'Review a Range', prompt: 'A range or a revision, as git takes it', placeHolder: 'v6.12..HEAD' },
        validateInput: (text) => (text.trim() === '' ? 'a range is needed' : undefined),
      });
      if (given !== undefined) await review(context, { source: { kind: 'revision', revision: given.trim() }, name: given.trim() });
    }
  }
}

/** `near`: where the patch is. */
async function review(context: ReviewContext, named: Named, near?: vscode.Uri): Promise<void> {
  const tree = await chooseTree(context, near);
  if (tree) await reviewIn(context, tree, named);
}

async function reviewIn({ reviews }: ReviewContext, tree: vscode.Uri, { source, name }: Named): Promise<void> {
  if ((source.kind === 'revision' || source.kind === 'changes') && !vscode.workspace.isTrusted)
    throw new Error('git is run in trusted workspaces only: a patch file or a mail can be reviewed here');
  const opened = await reviews.review({ uri: asUri(reviews.client, tree), source }, name);
  if (!opened) return;
  await vscode.commands.executeCommand('lockstep.review.focus');
  const none = opened.view.patches.every(({ state }) => state === 'none');
  if (none) await vscode.window.showWarningMessage(`Lockstep: ${literal(name)} does not fit this tree; the Review view says why`);
}

function sourceOfFile(context: ReviewContext, uri: vscode.Uri): Named {
  const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri.toString());
  if (document && (document.isDirty || uri.scheme !== 'file')) return sourceOfDocument(context, document);
  if (uri.scheme !== 'file') throw new Error(`${uri.toString()} is no file on disk: open it first`);
  return { source: { kind: 'file', uri: asUri(context.reviews.client, uri) }, name: nameOf(uri) };
}

/** As it is in the editor, saved or not. */
function sourceOfDocument({ reviews }: ReviewContext, document: vscode.TextDocument): Named {
  const name = nameOf(document.uri);
  const uri = asUri(reviews.client, document.uri);
  if (document.uri.scheme === 'file' && !document.isDirty) return { source: { kind: 'file', uri }, name };
  return { source: { kind: 'text', name, text: document.getText(), uri }, name };
}

interface SourceItem extends vscode.QuickPickItem {
  readonly choice?: Choice;
  readonly isTrust?: boolean;
}

/** What was chosen last stands first. */
async function chooseSource({ state }: ReviewContext): Promise<Choice | undefined> {
  const document = vscode.window.activeTextEditor?.document;
  const isPatch =
    document && (patchName.test(document.uri.path) || document.languageId === 'diff' || /^diff --git /m.test(document.getText()));
  const files: SourceItem[] = [
    { choice: 'file', label: '$(mail) Patch File or Mailbox…', description: 'git format-patch, git diff, a series as one mbox' },
    ...(isPatch ? [{ choice: 'editor', label: '$(file-code) This Editor', description: literal(nameOf(document.uri)) } as const] : []),
    { choice: 'clipboard', label: '$(clippy) Clipboard' },
  ];
  const git: SourceItem[] = [
    { choice: 'staged', label: '$(diff-added) Staged Changes' },
    { choice: 'unstaged', label: '$(diff-modified) Unstaged Changes' },
    { choice: 'commit', label: '$(git-commit) Commit…', description: 'from a list' },
    { choice: 'range', label: '$(git-compare) Range…', description: 'such as v6.12..HEAD' },
    { choice: 'series', label: '$(comment-discussion) Series Under Review…', description: 'branches b4/review/*' },
  ];
  const closed: SourceItem[] = [
    { isTrust: true, label: '$(shield) Git: Trust This Workspace First…', description: 'git is not run in Restricted Mode' },
  ];
  const last = state.get<Choice>(lastKey);
  const items = [...files, ...(vscode.workspace.isTrusted ? git : closed)];
  const first = items.filter(({ choice }) => choice !== undefined && choice === last);
  const sorted: SourceItem[] = [
    ...first,
    ...(first.length > 0 ? [{ label: '', kind: vscode.QuickPickItemKind.Separator }] : []),
    ...items.filter((item) => !first.includes(item)),
  ];
  const chosen = await vscode.window.showQuickPick(sorted, {
    title: 'Review Patch',
    placeHolder: 'What is to be reviewed?',
    matchOnDescription: true,
  });
  if (chosen?.isTrust) await vscode.commands.executeCommand('workbench.trust.manage');
  return chosen?.choice;
}

/** A revision as git takes it, by its subject. */
async function chooseRevision(
  { reviews }: ReviewContext,
  tree: vscode.Uri,
  what: 'commit' | 'series',
): Promise<{ readonly revision: string; readonly name: string } | undefined> {
  if (!vscode.workspace.isTrusted) throw new Error('git is run in trusted workspaces only');
  const found: Revisions = await request(reviews.client, 'lockstep/revisions', { uri: asUri(reviews.client, tree) });
  const commits = found.commits.map(({ hash, subject, author, date }) => ({
    ...{ label: literal(subject), description: literal(`${hash.slice(0, 12)} · ${author} · ${date.slice(0, 10)}`) },
    ...{ revision: hash, name: subject },
  }));
  const series = found.series.map(({ name, subject, range }) => ({
    ...{ label: literal(subject), description: literal(name), revision: range, name: subject },
  }));
  const items = what === 'commit' ? commits : series;
  if (items.length === 0) {
    const none =
      what === 'commit' ? 'Lockstep: no commit changes this tree' : 'Lockstep: there is no branch b4/review/*: b4 review makes them';
    await vscode.window.showInformationMessage(none);
    return undefined;
  }
  const title = what === 'commit' ? 'Review a Commit' : 'Review a Series';
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return chosen && { revision: chosen.revision, name: chosen.name };
}

/** The tree that the patch is in, else the one of the workspace; of several, the one that is picked. */
async function chooseTree({ state }: ReviewContext, near: vscode.Uri | undefined): Promise<vscode.Uri | undefined> {
  const own = near?.scheme === 'file' ? await treeOf(vscode.Uri.joinPath(near, '..')) : undefined;
  const trees = await workspaceTrees();
  const active = vscode.window.activeTextEditor?.document.uri;
  const around = active?.scheme === 'file' ? trees.find((tree) => isWithin(active, [tree])) : undefined;
  if (own && (trees.length === 0 || trees.some((tree) => tree.toString() === own.toString()))) return own;
  if (trees.length === 0) {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? own;
    if (folder) return folder;
    throw new Error('no folder is open: open the kernel tree that the patch is for');
  }
  if (trees.length === 1) return trees[0];
  const last = around?.toString() ?? state.get<string>(treeKey);
  const sorted = [...trees].sort((a, b) => Number(b.toString() === last) - Number(a.toString() === last));
  const items = sorted.map((tree) => ({ label: literal(vscode.workspace.asRelativePath(tree)), description: literal(tree.fsPath), tree }));
  const chosen = await vscode.window.showQuickPick(items, { title: 'Review Patch: On Which Tree?', matchOnDescription: true });
  if (chosen) await state.update(treeKey, chosen.tree.toString());
  return chosen?.tree;
}

function nameOf({ path }: vscode.Uri): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
