import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { ModelOutline, ModelReference, ScenarioOutline } from '../protocol/simulation.ts';
import { asUri, request } from './client.ts';
import { literal } from './literal.ts';
import { runText } from './simulation-text.ts';

/** What a person chose to run. */
export interface Choice {
  readonly model: ModelReference;
  readonly scenario: string;
  readonly vcpus?: number;
  readonly rounds?: number;
  readonly with?: readonly string[];
}

/** A choice, and the words it was offered in. */
interface Remembered {
  readonly choice: Choice;
  readonly model: string;
  readonly title: string;
  /** Optional threads that its scenario has. */
  readonly options: readonly string[];
}

interface Item extends vscode.QuickPickItem {
  readonly choose?: () => Promise<Choice | undefined>;
}

const key = 'lockstep.simulations';
const rememberedLimit = 5;
const offeredLimit = 2;
/** Files called *.model.ts that are looked into. */
const fileLimit = 200;
/** More threads than this are never explored to an end. */
const largest = { vcpus: 20, rounds: 50 } as const;

/** Asks what to simulate, and remembers the answers of this workspace. */
export class SimulationChoices {
  constructor(
    private readonly client: LanguageClient,
    private readonly state: vscode.Memento,
  ) {}

  /** Undefined if the person would rather not. */
  async ask(): Promise<Choice | undefined> {
    const pick = vscode.window.createQuickPick<Item>();
    pick.title = 'Simulate';
    pick.placeholder = 'Choose the model whose interleavings are explored';
    pick.matchOnDescription = true;
    pick.matchOnDetail = true;
    pick.busy = true;
    const chosen = new Promise<Item | undefined>((resolve) => {
      pick.onDidAccept(() => resolve(pick.activeItems[0]));
      pick.onDidHide(() => resolve(undefined));
    });
    pick.show();
    const filled = this.fill(pick);
    try {
      const item = await Promise.race([chosen, filled.then(() => chosen)]);
      pick.hide();
      return await item?.choose?.();
    } finally {
      pick.dispose();
    }
  }

  /** Asks for the scenario and its numbers. */
  async askScenario(model: ModelReference, { name, scenarios }: Pick<ModelOutline, 'name' | 'scenarios'>): Promise<Choice | undefined> {
    const last = this.last(model);
    const sorted = [...scenarios].sort((a, b) => Number(b.name === last?.choice.scenario) - Number(a.name === last?.choice.scenario));
    const chosen = await vscode.window.showQuickPick(
      sorted.map((scenario) => ({
        label: literal(scenario.title),
        description: literal(scenario.name),
        detail: literal(runText({ ...scenario, with: [] })),
        scenario,
      })),
      { title: `Simulate ${literal(name)}`, placeHolder: 'Choose a scenario', matchOnDescription: true },
    );
    return chosen && this.askNumbers(model, name, chosen.scenario);
  }

  async askNumbers(model: ModelReference, name: string, scenario: ScenarioOutline): Promise<Choice | undefined> {
    const last = this.last(model, scenario.name)?.choice;
    const numbers: { vcpus?: number; rounds?: number } = {};
    for (const [field, noun] of [
      ['vcpus', 'vCPUs'],
      ['rounds', 'rounds'],
    ] as const) {
      const usual = scenario[field];
      if (usual === undefined) continue;
      const number = await askNumber(`${name}: ${scenario.title}`, noun, last?.[field] ?? usual, largest[field]);
      if (number === undefined) return undefined;
      numbers[field] = number;
    }
    const threads = await askThreads(`${name}: ${scenario.title}`, scenario.options, last?.with);
    if (!threads) return undefined;
    const choice: Choice = { model, scenario: scenario.name, ...numbers, with: threads };
    await this.remember({ choice, model: name, title: scenario.title, options: scenario.options });
    return choice;
  }

  /** What was chosen last for the scenario, else its own numbers. */
  usual(model: ModelReference, scenario: ScenarioOutline): Choice {
    return this.last(model, scenario.name)?.choice ?? { model, scenario: scenario.name };
  }

  async remember(choice: Remembered): Promise<void> {
    const others = this.all().filter(({ choice: other }) => !isSame(other, choice.choice));
    await this.state.update(key, [choice, ...others].slice(0, rememberedLimit));
  }

  private last(model: ModelReference, scenario?: string): Remembered | undefined {
    return this.all().find(({ choice }) => isSameModel(choice.model, model) && (scenario === undefined || choice.scenario === scenario));
  }

  private all(): readonly Remembered[] {
    return this.state.get<readonly Remembered[]>(key, []);
  }

  private items(shipped: readonly ModelOutline[], own: readonly vscode.Uri[]): Item[] {
    const again = this.all().slice(0, offeredLimit);
    return [
      ...again.map((each): Item => ({
        label: literal(`Run again: ${each.model}: ${each.title}`),
        description: literal(runText({ ...each.choice, with: each.choice.with ?? [] })),
        choose: async () => {
          await this.remember(each);
          return each.choice;
        },
      })),
      { label: 'RISC-V KVM, HSM HART_START', kind: vscode.QuickPickItemKind.Separator },
      ...shipped.map((model): Item => ({
        label: model.name,
        detail: literal(model.summary ?? ''),
        choose: () => this.askScenario({ name: model.name }, model),
      })),
      ...(own.length > 0 ? [{ label: 'models of this workspace', kind: vscode.QuickPickItemKind.Separator }] : []),
      ...own.map((uri): Item => ({
        label: literal(uri.path.split('/').at(-1) ?? ''),
        description: literal(vscode.workspace.asRelativePath(uri)),
        choose: () => this.askOwn({ uri: asUri(this.client, uri) }),
      })),
    ];
  }

  /** What ships is there at once; a workspace may take long to search. */
  private async fill(pick: vscode.QuickPick<Item>): Promise<void> {
    // Asking starts the process that explores: it is ready when the choice is made.
    const shipped = await request(this.client, 'lockstep/models', {});
    pick.items = this.items(shipped, []);
    const own = await this.ownModels();
    pick.busy = false;
    if (own.length === 0) return;
    const [active] = pick.activeItems;
    // Other objects than before: what was active is looked for by its label.
    pick.items = this.items(shipped, own);
    pick.activeItems = pick.items.filter(({ label, kind }) => label === active?.label && kind === undefined).slice(0, 1);
  }

  private async askOwn(model: ModelReference): Promise<Choice | undefined> {
    const outline = await request(this.client, 'lockstep/modelOutline', model);
    const [problem] = outline.problems;
    if (problem) throw new Error(`${outline.name} is outside the model language: line ${problem.line}: ${problem.message}`);
    if (outline.scenarios.length === 0) throw new Error(`${outline.name} has no scenario`);
    return this.askScenario(model, outline);
  }

  /** Models that are open, the active one first, then those of the workspace. */
  private async ownModels(): Promise<vscode.Uri[]> {
    const active = vscode.window.activeTextEditor?.document;
    const open = [...(active ? [active] : []), ...vscode.workspace.textDocuments].filter(
      ({ uri, getText }) => uri.scheme !== 'lockstep-model' && isModel(uri, getText()),
    );
    const found = await vscode.workspace.findFiles('**/*.model.ts', '**/node_modules/**', fileLimit);
    const closed = found.filter((uri) => !vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString()));
    const texts = await Promise.all(closed.map((uri) => vscode.workspace.fs.readFile(uri).then(decode, () => '')));
    const models = closed.filter((uri, i) => isModel(uri, texts[i]!)).sort((a, b) => (a.path < b.path ? -1 : 1));
    const all = [...open.map(({ uri }) => uri), ...models];
    return all.filter((uri, i) => all.findIndex((other) => other.toString() === uri.toString()) === i);
  }
}

/** Files called *.model.ts are common; one without a scenario is not in our language. */
export function isModel({ path }: vscode.Uri, text: string): boolean {
  return path.endsWith('.model.ts') && /\bscenario\s*\(/.test(text);
}

async function askNumber(title: string, noun: string, value: number, most: number): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: `Simulate ${literal(title)}`,
    prompt: `Number of ${noun}: states multiply with each`,
    value: `${value}`,
    valueSelection: [0, `${value}`.length],
    validateInput: (typed) => {
      const number = Number(typed);
      return /^\d+$/.test(typed.trim()) && number >= 1 && number <= most ? undefined : `A number from 1 to ${most}`;
    },
  });
  return text === undefined ? undefined : Number(text);
}

async function askThreads(
  title: string,
  options: readonly string[],
  last: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
  if (options.length === 0) return [];
  const chosen = await vscode.window.showQuickPick(
    options.map((option) => ({ label: literal(option), option, picked: last?.includes(option) ?? true })),
    { title: `Simulate ${literal(title)}`, placeHolder: 'Choose the optional threads that take part', canPickMany: true },
  );
  return chosen?.map(({ option }) => option);
}

function isSameModel(a: ModelReference, b: ModelReference): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isSame(a: Choice, b: Choice): boolean {
  const keys = [a, b].map(({ model, scenario, vcpus, rounds, with: threads }) => JSON.stringify([model, scenario, vcpus, rounds, threads]));
  return keys[0] === keys[1];
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
