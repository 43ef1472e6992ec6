import { ANY, isConfigurationKey, POSITIVE, NEGATIVE, ZERO, type Condition, type FunctionIr } from '../ir/program.ts';
import type { Configuration } from './automaton.ts';

/** What is known on a way through a C function: of the configuration, and of locals and results besides. */
export type Facts = Configuration;

/**
 * Keys that decide something in a function and that only its own steps change: the configuration, results of calls and
 * locals. What others may change in between, such as fields, says nothing about the next time it is asked.
 */
export function trackedKeys(ir: FunctionIr): ReadonlySet<string> {
  const keys = new Set<string>();
  const add = (key: string): void => {
    const bare = key.replace(/^!/, '');
    if (/^(@[\d.]+|[A-Za-z_]\w*(==[\w#:-]+)?)$/.test(bare)) keys.add(key).add(bare);
  };
  for (const condition of ir.conditions) keys.add(condition.key);
  for (const { steps, next, returns } of ir.blocks) {
    for (const edge of next) for (const { key } of edge.conditions) add(key);
    for (const step of steps) if (step.kind === 'assign') add(step.same);
    if (returns) add(returns.key);
  }
  return keys;
}

/** Adds facts; undefined where they contradict what is known. */
export function assume(facts: Facts, conditions: Iterable<Condition>): Facts | undefined {
  let after = facts;
  for (const { key, values } of conditions) {
    const known = after.get(key) ?? ANY;
    if ((known & values) === 0) return undefined;
    if ((known & values) !== known) after = new Map(after).set(key, known & values);
  }
  return after;
}

/** Forgets what depends on a variable or result that gets a new value. */
export function forget(facts: Facts, name: string): Facts {
  const kept = [...facts].filter(([key]) => !key.replace(/^!/, '').split('==').includes(name));
  return kept.length === facts.size ? facts : new Map(kept);
}

export function onlyConfiguration(facts: Facts): Configuration {
  return new Map([...facts].filter(([key]) => isConfigurationKey(key)));
}

export function valueOf(facts: Facts, key: string): number {
  if (!key.startsWith('!')) return facts.get(key) ?? ANY;
  const inner = valueOf(facts, key.slice(1));
  return (inner & ZERO ? POSITIVE : 0) | (inner & (POSITIVE | NEGATIVE) ? ZERO : 0);
}
