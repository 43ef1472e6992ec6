import type { Unit } from './unit.ts';

/** Which structs of one name are two: each of two files has a definition, and neither has one that the other has. */
export class Namesakes {
  /** Files that define a type; empty where one does, or none. */
  private readonly definers = new Map<string, readonly string[]>();
  private readonly seen = new Map<string, ReadonlySet<string>>();

  constructor(private readonly unit: Unit) {}

  /** Whether a field, named with its type, is of two structs in two files. */
  areTwo(field: string, one: string, other: string): boolean {
    if (one === other) return false;
    const [, kind, name = ''] = /^(struct |union )?(\w+)/.exec(field) ?? [];
    const definers = this.definersOf(name, kind === undefined ? 'typedef' : 'struct');
    if (definers.length === 0) return false;
    const here = this.seenBy(one, name, definers);
    const there = this.seenBy(other, name, definers);
    return here.size > 0 && there.size > 0 && ![...here].some((path) => there.has(path));
  }

  private definersOf(name: string, kind: 'struct' | 'typedef'): readonly string[] {
    let definers = this.definers.get(name);
    if (!definers) {
      const paths = new Set(this.unit.lookup(kind, name).flatMap(({ file, item }) => (item.body < 0 ? [] : [file.path])));
      this.definers.set(name, (definers = paths.size > 1 ? [...paths] : []));
    }
    return definers;
  }

  private seenBy(file: string, name: string, definers: readonly string[]): ReadonlySet<string> {
    const key = `${name} ${file}`;
    let seen = this.seen.get(key);
    if (!seen) this.seen.set(key, (seen = new Set(definers.filter((path) => this.unit.mayHave(file, path)))));
    return seen;
  }
}
