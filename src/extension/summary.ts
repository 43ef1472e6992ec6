import * as vscode from 'vscode';
import type { CheckSummary } from '../protocol/requests.ts';
import { literal } from './literal.ts';
import { summaryText } from './summary-text.ts';

/** Says what a check that was asked for has found, with the way to it. */
export async function showSummary(where: string, summary: CheckSummary): Promise<void> {
  const openProblems = 'Open Problems';
  const buttons = summary.findings > 0 ? [openProblems] : [];
  const chosen = await vscode.window.showInformationMessage(`${literal(where)}: ${summaryText(summary)}`, ...buttons);
  if (chosen === openProblems) await vscode.commands.executeCommand('workbench.actions.view.problems');
}
