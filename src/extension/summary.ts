import * as vscode from 'vscode';
import type { CheckSummary } from '../protocol/requests.ts';

/** Says what a check that was asked for has found, with the way to it. */
export async function showSummary(where: string, summary: CheckSummary): Promise<void> {
  const openProblems = 'Open Problems';
  const buttons = summary.findings > 0 ? [openProblems] : [];
  const chosen = await vscode.window.showInformationMessage(`${where}: ${summaryText(summary)}`, ...buttons);
  if (chosen === openProblems) await vscode.commands.executeCommand('workbench.actions.view.problems');
}

function summaryText({ findings, files, hidden, lockOperations }: CheckSummary): string {
  const found = `${count(findings, 'finding')} in ${count(files, 'file')}`;
  // "0 findings" must not sound like "all is well" where there was nothing to look at.
  if (lockOperations === 0) return `${found}; no lock operations there`;
  return hidden > 0 ? `${found}; ${hidden} more below lockstep.minimumConfidence` : found;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
