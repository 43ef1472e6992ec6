import type { FunctionIr } from '../../ir/program.ts';
import { folderOf } from '../../source/tree.ts';
import type { SourceFile } from './file-cache.ts';
import { isBuiltIn } from './kconfig.ts';
import type { Unit } from './unit.ts';

const exports = new WeakMap<SourceFile, ReadonlySet<string>>();

/**
 * Whether code that is not of the unit may call a function by its name: it is exported, or it is always a part of the kernel and declared in a
 * header that is not beside the sources. `builtIn`: what is known of sources already.
 */
export function mayBeCalledElsewhere({ name, file: path, isStatic }: FunctionIr, unit: Unit, builtIn: Map<string, boolean>): boolean {
  const file = unit.files.get(path);
  if (isStatic || !file || !path.endsWith('.c')) return false;
  if (exportedBy(file).has(name)) return true;
  if (!isDeclaredElsewhere(name, unit)) return false;
  let isAlways = builtIn.get(path);
  if (isAlways === undefined) builtIn.set(path, (isAlways = isBuiltIn(path, unit.sources, unit.textOf)));
  return isAlways;
}

function exportedBy(file: SourceFile): ReadonlySet<string> {
  let names = exports.get(file);
  if (!names)
    exports.set(file, (names = new Set([...file.text.matchAll(/^\s*EXPORT_\w*SYMBOL\w*\s*\(\s*(\w+)/gm)].map(([, name]) => name!))));
  return names;
}

function isDeclaredElsewhere(name: string, unit: Unit): boolean {
  return unit.lookup('prototype', name).some(({ file }) => isOfOthers(file.path, unit));
}

/** Whether code that is not of the unit may call by a pointer: it is kept in a struct of a header that is not beside the sources. */
export function mayBeFollowedElsewhere(field: string, unit: Unit): boolean {
  const [, tag = ''] = /^(?:struct|union) (\w+)\./.exec(field) ?? [];
  return unit.lookup('struct', tag).some(({ file, item }) => item.body >= 0 && isOfOthers(file.path, unit));
}

/** Whether code that is not of the unit may name a lock class: its struct is of a header that is not beside the sources, or it is a global that is not static. */
export function mayBeTakenElsewhere(lockClass: string, unit: Unit): boolean {
  const [, tag] = /^(?:struct|union) (\w+)\./.exec(lockClass) ?? [];
  if (tag === undefined) return !isStatic(/^\w*/.exec(lockClass)![0], unit);
  const definitions = unit.lookup('struct', tag);
  return definitions.length === 0 || definitions.some(({ file }) => isOfOthers(file.path, unit));
}

const folders = new WeakMap<Unit, ReadonlySet<string>>();

/** Whether a file is a header that is not beside the sources. */
function isOfOthers(path: string, unit: Unit): boolean {
  let own = folders.get(unit);
  if (!own) folders.set(unit, (own = new Set(unit.sources.map(folderOf))));
  return path.endsWith('.h') && !own.has(folderOf(path));
}

function isStatic(name: string, unit: Unit): boolean {
  const definitions = [...unit.lookup('variable', name), ...unit.definedByMacro(name)];
  return definitions.length > 0 && definitions.every(({ item, file }) => item.isStatic && file.path.endsWith('.c'));
}
