import * as vscode from 'vscode';
import { State } from 'vscode-languageclient/node';
import { explainCommand } from '../protocol/requests.ts';
import { explainFinding } from './explain-finding.ts';
import { FindingsTree } from './findings-view.ts';
import { walkFindings } from './findings-walk.ts';
import { LocksTree, type LockNode } from './locks-view.ts';
import { showOrderGraph } from './show-order-graph.ts';
import type { Simulation } from './simulate.ts';

type Command = (uri: vscode.Uri | undefined, ...given: unknown[]) => Promise<void>;

/** All that belongs to the findings of what is checked: their view, and their commands by name. */
export function createFindings(
  { client, diagrams }: Pick<Simulation, 'client' | 'diagrams'>,
  { subscriptions, extensionUri }: vscode.ExtensionContext,
): Readonly<Record<string, Command>> {
  const tree = new FindingsTree();
  subscriptions.push(
    tree,
    new LocksTree(client),
    // The view is of no use where the server has not been needed.
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) void vscode.commands.executeCommand('setContext', 'lockstep.isUsed', true);
    }),
  );
  return {
    [explainCommand]: (_, ...given) => explainFinding({ client, diagrams }, given),
    'lockstep.showOrderGraph': async (_, node) => {
      const { lock } = (node ?? {}) as Partial<LockNode>;
      if (lock) await showOrderGraph(extensionUri, lock);
    },
    'lockstep.nextFinding': () => walkFindings(tree, 1),
    'lockstep.previousFinding': () => walkFindings(tree, -1),
  };
}
