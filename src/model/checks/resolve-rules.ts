import type { Summaries } from '../analysis/summaries.ts';
import type { Program } from '../ir/program.ts';
import type { Rule } from '../orders/rule.ts';

/** A rule with the lock classes its two names stand for. */
export interface BoundRule {
  readonly rule: Rule;
  readonly outer: string | undefined;
  readonly inner: string | undefined;
}

/**
 * Finds the lock class behind each name. `kvm->lock` is the field `lock` of whatever type the code's own variables called
 * `kvm` mostly point to; a bare name is a global, or the only field of that name. Pairs that the documents state both ways
 * are no rule.
 */
export function bindRules(rules: readonly Rule[], program: Program, summaries: Summaries): readonly BoundRule[] {
  const names = new Names(program, summaries);
  const bound = rules.map((rule): BoundRule => ({
    rule,
    outer: names.classOf(rule.outer, rule.file),
    inner: names.classOf(rule.inner, rule.file),
  }));
  const stated = new Set(bound.map((b) => `${b.outer}\0${b.inner}`));
  const seen = new Set<string>();
  return bound.filter((b) => {
    if (b.outer === undefined || b.inner === undefined) return true;
    if (stated.has(`${b.inner}\0${b.outer}`) || b.outer === b.inner) return false;
    const key = `${b.outer}\0${b.inner}\0${b.rule.innerMode ?? ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

class Names {
  private readonly byField = new Map<string, Set<string>>();
  private readonly globals = new Set<string>();
  /** How many functions have a variable of this name that points to this type. */
  private readonly votes = new Map<string, Map<string, number>>();
  private readonly taking = new Map<string, string>();

  constructor(program: Program, summaries: Summaries) {
    for (const fn of program.functions) {
      for (const { variable, type } of fn.ir.pointers) {
        let types = this.votes.get(variable);
        if (!types) this.votes.set(variable, (types = new Map()));
        types.set(type, (types.get(type) ?? 0) + 1);
      }
      for (const step of fn.ir.steps) if ('lock' in step) this.lockClass(step.lock.lockClass);
      if (!summaries.reaches(fn)) continue;
      const taken = summaries.flow(fn).outcomes.flatMap((o) => o.acquired)[0]?.lock.lockClass;
      if (taken) this.taking.set(fn.ir.name, taken);
    }
    for (const [name, lockClass] of program.takers) this.taking.set(name, lockClass);
  }

  classOf(name: string, file: string): string | undefined {
    if (name.endsWith('()')) return this.taking.get(name.slice(0, -2));
    const parts = name.split(/->|\./);
    const field = parts[parts.length - 1]!;
    const candidates = [...(this.byField.get(field) ?? [])].sort();
    if (parts.length === 1) return this.globals.has(name) ? name : candidates.length === 1 ? `${candidates[0]!}.${field}` : undefined;
    if (name.startsWith('struct ')) return candidates.includes(parts[0]!) ? `${parts[0]!}.${field}` : undefined;
    if (parts.length === 2) {
      const types = this.votes.get(parts[0]!);
      const best = candidates.map((owner) => ({ owner, votes: types?.get(owner) ?? 0 })).sort((a, b) => b.votes - a.votes)[0];
      if (best && best.votes > 0) return `${best.owner}.${field}`;
      if (candidates.includes(`struct ${parts[0]!}`)) return `struct ${parts[0]!}.${field}`;
      // A variable of this name exists and points to something without this lock: the document means another kernel.
      if (types) return undefined;
      // A comment may abbreviate what its own file calls otherwise; a document that names neither speaks of other code.
      if (!/\.[ch]$/.test(file)) return undefined;
    }
    return candidates.length === 1 ? `${candidates[0]!}.${field}` : undefined;
  }

  private lockClass(name: string): void {
    if (name === '') return;
    const dot = name.lastIndexOf('.');
    if (dot < 0) {
      this.globals.add(name);
      return;
    }
    const field = name.slice(dot + 1);
    let owners = this.byField.get(field);
    if (!owners) this.byField.set(field, (owners = new Set()));
    owners.add(name.slice(0, dot));
  }
}
