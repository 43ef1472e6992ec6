import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { LockPaths, PathsParams } from '../protocol/requests.ts';
import { asUri, request } from './client.ts';
import type { Diagrams } from './diagrams.ts';
import { literal } from './literal.ts';
import { withProgress } from './simulate.ts';

interface PathContext {
  readonly client: LanguageClient;
  readonly diagrams: Diagrams;
}

/** Where HART_START of RISC-V KVM arrives: the brief's own case, of any tree that has it. */
const hsmStart = { file: 'arch/riscv/kvm/vcpu_sbi_hsm.c', function: 'kvm_sbi_hsm_vcpu_start' } as const;

/** Shows how HART_START gets from the system call to the target's locks. */
export async function showStartPath(context: PathContext): Promise<void> {
  const found = await vscode.workspace.findFiles(`**/${hsmStart.file}`, undefined, 2);
  const [first] = [...found].sort((a, b) => a.path.localeCompare(b.path));
  if (!first) {
    await vscode.window.showWarningMessage(
      `Lockstep: no ${hsmStart.file} in this workspace: open a kernel tree from 6.1 on, or the sample (Lockstep: Open Sample)`,
    );
    return;
  }
  await showPaths(context, { uri: asUri(context.client, first), target: hsmStart }, hsmStart.function);
}

/** Shows the ways to the line of the cursor. */
export async function showLockPath(context: PathContext): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.scheme !== 'file') {
    await vscode.window.showWarningMessage('Lockstep: put the cursor into a function of a C file first');
    return;
  }
  const line = editor.selection.active.line + 1;
  await showPaths(context, { uri: asUri(context.client, editor.document.uri), target: { line } }, `line ${line}`);
}

async function showPaths(context: PathContext, params: PathsParams, what: string): Promise<void> {
  const began = Date.now();
  const found = await askPaths(context, params, what);
  if (!found) return;
  const { paths, isCut } = found;
  const [first] = paths;
  if (!first) return nothingFound(found, what);
  context.diagrams.show({ kind: 'path', title: first.title, paths, isCut }, began);
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
