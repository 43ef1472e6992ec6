import * as vscode from 'vscode';
import type { RunParams } from '../protocol/simulation.ts';

/** How far a run may go, as the settings are now. */
export function simulationLimits(): RunParams['limits'] {
  return { memory: vscode.workspace.getConfiguration('lockstep').get<number>('simulationMemory', 2048) };
}
