import type { Node } from './syntax.ts';

/** The expressions that commas part. */
export function flattenCommas(node: Node): readonly Node[] {
  if (node.type !== 'comma_expression') return [node];
  return node.children.flatMap(flattenCommas);
}

/** Whether a loop is there for what it begins and ends: `for (held = x_lock(); held; held = x_unlock(held))`. */
export function isScope(initializer: string, update: string): boolean {
  const [, begins, name, prefix, begin] = /^(\(*(\w+)\)*)\s*=\s*(\w*?)(lock|get|begin|enter|acquire)\s*\(/.exec(initializer) ?? [];
  if (begins === undefined) return false;
  const end = { lock: 'unlock', get: 'put', begin: 'end', enter: 'exit', acquire: 'release' }[begin!];
  return new RegExp(`^\\(*${name}\\)*\\s*=\\s*${prefix}${end}\\s*\\(`).test(update);
}
