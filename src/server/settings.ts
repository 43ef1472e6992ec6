import type { Connection } from 'vscode-languageserver/node';
import { confidences, defaultConfidence } from '../model/report/confidence.ts';
import type { Settings } from '../protocol/requests.ts';

export const defaultSettings: Settings = {
  enable: true,
  minimumConfidence: defaultConfidence,
  orders: [],
  codeLens: true,
  inlayHints: false,
  enableChecks: [],
};

/** Settings by tree, asked from the client once and again after they changed. */
export class SettingsCache {
  private readonly byRoot = new Map<string, Promise<Settings>>();

  /** `pull`: the client answers `workspace/configuration`. `given`: what it said when it connected. */
  constructor(
    private readonly connection: Pick<Connection, 'workspace'>,
    private readonly pull: boolean,
    private given: unknown,
  ) {}

  /** Settings for a tree; `uri` is any file in it. */
  of(root: string, uri: string): Promise<Settings> {
    const known = this.byRoot.get(root);
    if (known) return known;
    const settings = this.ask(uri);
    this.byRoot.set(root, settings);
    return settings;
  }

  /** After `workspace/didChangeConfiguration`; clients without pull send the values along. */
  changed(values: unknown): void {
    if (!this.pull && isRecord(values) && 'lockstep' in values) this.given = values['lockstep'];
    this.byRoot.clear();
  }

  private async ask(uri: string): Promise<Settings> {
    if (!this.pull) return toSettings(this.given);
    try {
      return toSettings(await this.connection.workspace.getConfiguration({ scopeUri: uri, section: 'lockstep' }));
    } catch {
      return toSettings(this.given);
    }
  }
}

/** Settings come from a person's file: what has the wrong shape counts as not set. */
export function toSettings(values: unknown): Settings {
  if (!isRecord(values)) return defaultSettings;
  const { enable, minimumConfidence, orders, codeLens, inlayHints, enableChecks } = values;
  return {
    enable: typeof enable === 'boolean' ? enable : defaultSettings.enable,
    minimumConfidence: confidences.find(({ level }) => level === minimumConfidence)?.level ?? defaultSettings.minimumConfidence,
    codeLens: typeof codeLens === 'boolean' ? codeLens : defaultSettings.codeLens,
    inlayHints: typeof inlayHints === 'boolean' ? inlayHints : defaultSettings.inlayHints,
    orders: namesIn(orders),
    enableChecks: namesIn(enableChecks),
  };
}

function namesIn(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.filter((name) => typeof name === 'string' && name !== '') : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
