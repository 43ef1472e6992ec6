import * as vscode from 'vscode';
import { State, type LanguageClient } from 'vscode-languageclient/node';
import type { Status } from '../protocol/requests.ts';
import { sourceSelector } from './client.ts';
import { literal } from './literal.ts';

/** The language status of C files: whether the server runs, and what it checks. */
export function createStatus(client: LanguageClient): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem('lockstep.status', sourceSelector);
  item.name = 'Lockstep';
  item.command = { command: 'lockstep.showLog', title: 'Show Log' };
  const show = (text: string, severity = vscode.LanguageStatusSeverity.Information, busy = false) => {
    item.text = literal(text);
    item.severity = severity;
    item.busy = busy;
  };
  show('Lockstep: starting', undefined, true);
  return vscode.Disposable.from(
    item,
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) show('Lockstep: idle');
      else if (newState === State.Starting) show('Lockstep: starting', undefined, true);
      else show('Lockstep: server stopped', vscode.LanguageStatusSeverity.Error);
    }),
    client.onNotification('lockstep/status', ({ state, path }: Status) => {
      if (state === 'checking') show(`Lockstep: checking ${path ?? ''}`, undefined, true);
      else if (state === 'failed') show(`Lockstep: cannot check ${path ?? ''}`, vscode.LanguageStatusSeverity.Error);
      else show('Lockstep: idle');
    }),
  );
}
