import { linkedTypes } from '../../ir/access-api.ts';
import { lockTypes } from './kernel-names.ts';
import type { CType, Types } from './types.ts';
import type { Unit } from './unit.ts';

/** Structs inside structs inside structs that are looked into for a lock. */
const deepest = 6;

/** How structs are embedded in each other, over a whole unit; and its globals. Answers are kept: they are about types alone. */
export class Embedding {
  private uses: ReadonlyMap<string, number> | undefined;
  private readonly plain = new Map<string, boolean>();

  constructor(
    private readonly unit: Unit,
    private readonly types: Types,
  ) {}

  /**
   * Whether a struct is data that its holder owns as a whole: it has no lock of its own, and is either embedded in two or
   * more places, or nothing but one field; a list's head or node in any case.
   */
  isPlain(type: string): boolean {
    let answer = this.plain.get(type);
    if (answer === undefined) {
      const fields = this.types.fields(type);
      answer = linkedTypes.test(type) || !fields || (!this.holdsLock(type, 0) && (fields.size < 2 || this.usesOf(type) > 1));
      this.plain.set(type, answer);
    }
    return answer;
  }

  /** A global variable that can be written. */
  global(name: string, file: string): { type: CType; isArray: boolean } | undefined {
    const found = this.unit.lookup('variable', name);
    const definition = found.find((d) => d.file.path === file) ?? found.find((d) => !d.item.isStatic);
    if (!definition) return undefined;
    const source = definition.file.text.slice(definition.item.start, definition.item.end);
    const at = source.search(new RegExp(`\\b${name}\\b`));
    if (/\bconst\b/.test(source.slice(0, at))) return undefined;
    const type = this.types.global(name, file);
    return type.name === '' ? undefined : { type, isArray: /^\s*\[/.test(source.slice(at + name.length)) };
  }

  private holdsLock(type: string, depth: number): boolean {
    for (const field of this.types.fields(type)?.values() ?? []) {
      if (field.type.depth > (field.isArray ? 1 : 0)) continue;
      if (lockTypes.has(field.type.name)) return true;
      if (depth < deepest && this.types.fields(field.type.name) && this.holdsLock(field.type.name, depth + 1)) return true;
    }
    return false;
  }

  private usesOf(type: string): number {
    if (!this.uses) {
      const uses = new Map<string, number>();
      for (const kind of ['struct', 'typedef'] as const) {
        for (const { file, item } of this.unit.each(kind)) {
          if (item.body < 0) continue;
          const body = file.text.slice(item.body, item.end).replace(/\/\*[\s\S]*?\*\//g, ' ');
          for (const [, tag, name, declarators] of body.matchAll(
            /\b((?:struct|union)\s+)?(\w+)\s+(\w+(?:\s*\[[^\]]*\])*(?:\s*,\s*\w+(?:\s*\[[^\]]*\])*)*)\s*;/g,
          )) {
            const key = `${tag === undefined ? '' : `${tag.trim()} `}${name!}`;
            uses.set(key, (uses.get(key) ?? 0) + declarators!.split(',').length);
          }
        }
      }
      this.uses = uses;
    }
    return this.uses.get(type) ?? 0;
  }
}
