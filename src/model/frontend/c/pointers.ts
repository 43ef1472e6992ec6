import { contextOf } from '../../ir/interrupt-api.ts';
import type { TableStore } from '../../ir/program.ts';
import { peel, text } from './frame.ts';
import { lockTypes } from './kernel-names.ts';
import { SideEffects } from './side-effects.ts';
import type { Node } from './syntax.ts';
import { tableStores } from './tables.ts';

/** What pointers are given: fields, functions; variables, locks, functions and what a CPU has of its own. */
export abstract class Pointers extends SideEffects {
  readonly tables: TableStore[] = [];

  /** `left = right` */
  protected points(left: Node, right: Node): void {
    const target = peel(left, this.frame);
    if (target.type === 'field_expression') this.store(left, right);
    else if (target.type === 'identifier') this.give(text(target, this.frame), right);
  }

  private store(left: Node, right: Node): void {
    const { scope } = this.region;
    const holder = this.x.pointerField(peel(left, this.frame), this.frame, scope);
    if (holder !== undefined && peel(left, this.frame) === left) this.tables.push(...tableStores(holder, right, this.frame, scope, this.x));
    const field = this.x.functionsAt(left, this.frame, scope)[0];
    if (field?.kind !== 'field') return;
    const runsIn = contextOf(field.field);
    for (const f of this.x.functionsAt(right, this.frame, scope))
      if (f.kind === 'function') this.stored.push({ field: field.field, function: f.name, at: this.at(right) });
      else if (f.kind === 'parameter' && runsIn) this.passedOn.push({ field: field.field, parameter: f.index, at: this.at(right), runsIn });
  }

  private give(name: string, right: Node): void {
    const { scope } = this.region;
    const variable = scope.find(name);
    if (!variable) return;
    this.x.give(name, right, this.frame, scope);
    if (variable.type.depth > 0 && lockTypes.has(variable.type.name)) {
      const lock = this.x.lockAt(right, this.frame, scope, 'spinlock');
      if (lock.lockClass !== '' || lock.parameter >= 0) variable.lock = lock;
    } else if (variable.type.depth > 0 || variable.functions.length > 0) {
      const functions = this.x.functionsAt(right, this.frame, scope);
      if (functions.length > 0) variable.functions = [...variable.functions, ...functions];
    }
  }
}
