import type { TableStore } from '../../ir/program.ts';
import { append } from '../../source/multimap.ts';
import type { Definition, Unit } from './unit.ts';

/** A struct of functions that is a global. */
export interface Global {
  readonly name: string;
  readonly file: string;
}

/** What a field that points to a struct may hold. */
interface Held {
  /** Keys of globals. */
  readonly tables: ReadonlySet<string>;
  /** These are all. */
  readonly isWhole: boolean;
}

const nothing: Held = { tables: new Set(), isWhole: true };

/** Which structs of functions the fields that point to one hold: where all stores are seen, a call by such a field goes nowhere else. */
export class TableFlow {
  private readonly stores = new Map<string, { readonly store: TableStore; readonly file: string }[]>();
  private readonly held = new Map<string, Held>();
  /** How often each global's address is put into a field. */
  private readonly stored = new Map<string, number>();
  private readonly told = new Map<string, boolean>();

  constructor(private readonly unit: Unit) {}

  add(stores: readonly TableStore[], file: string): void {
    for (const store of stores) {
      append(this.stores, store.holder, { store, file });
      if (store.table === undefined) continue;
      const key = keyOf({ name: store.table, file });
      this.stored.set(key, (this.stored.get(key) ?? 0) + 1);
    }
  }

  /** Whether a call by a field surely does not mean a function that is kept in a global. */
  excludes(holder: string, global: Global): boolean {
    const { tables, isWhole } = this.heldBy(holder);
    return isWhole && tables.size > 0 && !tables.has(keyOf(global)) && this.isTold(global);
  }

  /** Whether a file is known to put a function by way of a global where a call by a field finds it, or knows the struct with that field. */
  isOf(holder: string, file: string, name: string | undefined): boolean {
    if (name !== undefined && this.heldBy(holder).tables.has(keyOf({ name, file }))) return true;
    const owners = this.unit.lookup('struct', holder.replace(/^\w+ /, '').replace(/\..*$/, ''));
    return owners.length === 0 || owners.some((owner) => this.unit.sees(owner.file.path, file));
  }

  /** Whether nothing that was read stores in a field, and all that is done with a global is to store it in others. */
  isStoredElsewhere(holder: string, global: Global): boolean {
    return !this.stores.has(holder) && this.isTold(global);
  }

  private heldBy(holder: string, open: ReadonlySet<string> = new Set()): Held {
    const known = this.held.get(holder);
    if (known) return known;
    if (open.has(holder)) return nothing;
    const tables = new Set<string>();
    let isWhole = this.stores.has(holder);
    for (const { store, file } of this.stores.get(holder) ?? []) {
      if (store.table !== undefined) tables.add(keyOf({ name: store.table, file }));
      else if (store.copy === undefined) isWhole = false;
      else {
        const copied = this.heldBy(store.copy, new Set(open).add(holder));
        for (const table of copied.tables) tables.add(table);
        isWhole &&= copied.isWhole;
      }
    }
    const held = { tables, isWhole };
    if (open.size === 0) this.held.set(holder, held);
    return held;
  }

  /** Whether all that is done with a global's address was seen: it is static, and named for nothing but that. */
  private isTold(global: Global): boolean {
    const key = keyOf(global);
    let known = this.told.get(key);
    if (known === undefined) this.told.set(key, (known = this.isNamedForStores(global, this.stored.get(key) ?? 0)));
    return known;
  }

  private isNamedForStores({ name, file }: Global, stores: number): boolean {
    const own = this.unit.lookup('variable', name).filter((definition) => definition.file.path === file);
    if (own.length === 0 || !own.every(({ item }) => item.isStatic) || stores === 0) return false;
    const text = own[0]!.file.text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"/g, ' ');
    const named = [...text.matchAll(new RegExp(`\\b${name}\\b(?!\\s*\\.)`, 'g'))].length;
    return named === stores + declarations(own);
  }
}

function declarations(own: readonly Definition[]): number {
  return new Set(own.map(({ item }) => item.start)).size;
}

function keyOf({ name, file }: Global): string {
  return `${file}:${name}`;
}
