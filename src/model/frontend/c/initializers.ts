import type { Stored, TableStore } from '../../ir/program.ts';
import type { Expressions } from './expressions.ts';
import { type Frame, type Scope, text } from './frame.ts';
import { childOf, type Node } from './syntax.ts';
import { tablesAt, tableStores } from './tables.ts';
import type { CType } from './types.ts';

/** Functions, and addresses of structs, that a brace initializer of a type puts into fields, however deep. */
export function storedByInitializer(
  list: Node,
  type: CType,
  x: Expressions,
  frame: Frame,
  scope: Scope,
): { readonly functions: readonly Stored[]; readonly tables: readonly TableStore[] } {
  const stored: Stored[] = [];
  const tables: TableStore[] = [];
  const visit = (node: Node, at: CType): void => {
    for (const child of node.children) {
      if (child.type.startsWith('preproc_')) visit(child, at);
      else if (child.type === 'initializer_list') visit(child, { name: at.name, depth: Math.max(at.depth - 1, 0) });
      else if (child.type === 'initializer_pair') {
        const value = childOf(child, 'value');
        let target = at;
        let field = '';
        for (const designator of child.children) {
          if (designator.type === 'field_designator') {
            const name = text(designator.children[0], frame);
            const found = x.types.field(target.name, name);
            field = found ? `${found.owner}.${name}` : '';
            target = found?.type ?? { name: '', depth: 0 };
          } else if (designator.type === 'subscript_designator' || designator.type === 'subscript_range_designator') {
            target = { name: target.name, depth: Math.max(target.depth - 1, 0) };
          }
        }
        if (!value) continue;
        if (value.type === 'initializer_list') visit(value, target);
        else if (field !== '') {
          if (isTable(target)) tables.push(...tableStores(field, value, frame, scope, x));
          for (const f of x.functionsAt(value, frame, scope))
            if (f.kind === 'function') stored.push({ field, function: f.name, at: { start: value.start, end: value.end } });
        }
      } else if (
        at.depth === 0 &&
        (child.type === 'identifier' || child.type === 'pointer_expression' || child.type === 'cast_expression')
      ) {
        positional(node, child, at);
      }
    }
  };
  /** Without a designator a value belongs to the field of its position. */
  const positional = (node: Node, child: Node, at: CType): void => {
    const functions = x.functionsAt(child, frame, scope);
    const given = functions.length === 0 ? tablesAt(child, frame, scope, x) : undefined;
    if (functions.length === 0 && !given?.length) return;
    const fields = x.types.fields(at.name);
    const name = fields && [...fields.keys()][node.children.indexOf(child)];
    const field = name === undefined ? undefined : fields?.get(name);
    if (!field) return;
    const { owner } = field;
    if (isTable(field.type)) tables.push(...(given ?? []).map((table) => ({ holder: `${owner}.${name!}`, ...table })));
    for (const f of functions)
      if (f.kind === 'function') stored.push({ field: `${owner}.${name!}`, function: f.name, at: { start: child.start, end: child.end } });
  };
  visit(list, type);
  return { functions: stored, tables };
}

function isTable({ name, depth }: CType): boolean {
  return depth === 1 && name.startsWith('struct ');
}
