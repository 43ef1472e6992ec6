import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Search } from '../../src/model/explore/search.ts';
import { System } from '../../src/model/explore/system.ts';
import { compileModel } from '../../src/model/frontend/ts/compile.ts';

export interface Asked {
  readonly scenario?: string;
  readonly values?: Readonly<Record<string, number>>;
  readonly properties: readonly string[];
}

export function systemOf(text: string, { scenario = 's', values = {}, properties }: Asked): System {
  const { program, problems } = compileModel(text, 'test.model.ts');
  assert.deepEqual(problems, [], text);
  return new System(program, { scenario, values: new Map(Object.entries(values)), properties: new Set(properties), rules: [] });
}

/** The answer without reduction, and of how many states. */
export function answerOf(system: System, properties: readonly string[]): { answer: 'holds' | 'violated'; states: number } {
  const result = new Search(system, { isReduced: false, limits: {}, wantsDeadlocks: properties.includes('deadlock') }).run();
  return { answer: result.found ? 'violated' : 'holds', states: result.states };
}

export function readModel(name: string): string {
  return readFileSync(new URL(`../../src/model/vcpu/${name}.model.ts`, import.meta.url), 'utf8');
}
