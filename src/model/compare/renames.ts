import { withoutSubclass } from '../analysis/contexts.ts';
import type { Contract } from '../analysis/contract.ts';
import type { Finding } from '../checks/finding.ts';
import type { ClassRename } from './changes.ts';
import type { PatchedLines, Side } from './patched-lines.ts';
import type { FunctionUse, LockUse, Picture } from './picture.ts';

/** Lock classes after, by those before, subclasses left out. */
export type NewNames = ReadonlyMap<string, string>;

/**
 * Lock classes that have another name: the old one is taken nowhere any more, the new one is taken in the same functions as often and was
 * taken nowhere, and the patch changes the declaration of a field of one struct, or of a global. `known`: of a series, what its patches rename.
 */
export function renamedClasses(
  pictures: Readonly<Record<Side, Picture>>,
  lines: PatchedLines,
  known: NewNames = new Map(),
): readonly ClassRename[] {
  const [old, now] = [byBase(pictures.before), byBase(pictures.after)];
  const gone = [...old].filter(([name]) => !now.has(name));
  const come = [...now].filter(([name]) => !old.has(name));
  const takersOf = (uses: readonly LockUse[], nameOf: (file: string) => string): string =>
    JSON.stringify(uses.flatMap(({ kind, takers }) => takers.map(({ function: name, at }) => [kind, name, nameOf(at.file)])).sort());
  return come.flatMap(([to, uses]) => {
    const takers = takersOf(uses, (file) => lines.nameBefore(file));
    const candidates = gone.filter(
      ([from, others]) =>
        (known.get(from) === to || (ownerOf(from) === ownerOf(to) && isDeclared(from, 'before') && isDeclared(to, 'after'))) &&
        takersOf(others, (file) => file) === takers,
    );
    const [only] = candidates;
    if (!only || candidates.length > 1) return [];
    const all = uses.flatMap((use) => use.takers);
    const place = all.map(({ at }) => lines.at('after', at)).find((each) => each !== undefined);
    return [{ from: only[0], to, kind: uses[0]!.kind, takers: all, ...(place && { place }) }];
  });

  /** Whether a changed line outside of functions declares what a class is called by. */
  function isDeclared(name: string, side: Side): boolean {
    const word = name.slice(name.lastIndexOf('.') + 1);
    const declaration = new RegExp(`\\b${word}\\b\\s*(\\[[^\\]]*\\]\\s*)?[;=,]|\\b(DEFINE|DECLARE)_\\w+\\(\\s*${word}\\b`);
    return [...lines.files(side)].some((file) =>
      [...lines.changedIn(side, file)].some(
        ([line, text]) => declaration.test(text) && ![...pictures[side].functions.values()].some((fn) => isIn(fn, file, line)),
      ),
    );
  }
}

function isIn({ at }: FunctionUse, file: string, line: number): boolean {
  return at.file === file && at.line <= line && line <= at.endLine;
}

function byBase({ locks }: Picture): ReadonlyMap<string, readonly LockUse[]> {
  const bases = new Map<string, LockUse[]>();
  for (const [name, use] of locks) {
    const base = withoutSubclass(name);
    bases.set(base, [...(bases.get(base) ?? []), use]);
  }
  return bases;
}

/** `struct foo` of `struct foo.lock`; empty for a global. */
function ownerOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

export function newNames(renames: readonly ClassRename[]): NewNames {
  return new Map(renames.map(({ from, to }) => [from, to]));
}

/** What the patches of a series rename, one after the other, together. */
export function renamedByAll(steps: readonly (readonly ClassRename[])[]): NewNames {
  let all = new Map<string, string>();
  for (const names of steps.map(newNames)) {
    const through = [...all].map(([from, to]) => [from, names.get(to) ?? to] as const);
    all = new Map([...names, ...through]);
  }
  return all;
}

/** What a lock class, or who waits for its readers, is called after. */
export function nameAfter(lockClass: string, names: NewNames): string {
  const [, what = '', name = lockClass] = /^(the readers of )(.*)$/s.exec(lockClass) ?? [];
  const base = withoutSubclass(name);
  return `${what}${names.get(base) ?? base}${name.slice(base.length)}`;
}

/** The tree before, told by the names of the tree after: so nothing but the rename itself is a change. Messages stay as they are. */
export function underNewNames(before: Picture, names: NewNames): Picture {
  if (names.size === 0) return before;
  const name = (lockClass: string): string => nameAfter(lockClass, names);
  const finding = (each: Finding): Finding => ({
    ...each,
    id: idAfter(each.id, name),
    acquires: name(each.acquires),
    held: each.held.map(name),
  });
  return {
    ...before,
    findings: before.findings.map(finding),
    suppressed: before.suppressed.map((each) => ({ ...each, finding: finding(each.finding) })),
    locks: new Map([...before.locks].map(([lockClass, use]) => [name(lockClass), use])),
    edges: new Map(
      [...before.edges.values()].map((edge) => {
        const [outer, inner] = [name(edge.outer), name(edge.inner)];
        return [`${outer}\0${inner}`, { ...edge, outer, inner }];
      }),
    ),
    functions: new Map(
      [...before.functions].map(([key, use]) => [key, use.contract ? { ...use, contract: contractAfter(use.contract, name) } : use]),
    ),
  };
}

/** The locks stand at the end of an id. */
function idAfter(id: string, name: (lockClass: string) => string): string {
  const at = id.lastIndexOf(':') + 1;
  const [, locks = '', number = ''] = /^(.*?)(#\d+)?$/s.exec(id.slice(at)) ?? [];
  return `${id.slice(0, at)}${locks.split('->').map(name).join('->')}${number}`;
}

function contractAfter(contract: Contract, name: (lockClass: string) => string): Contract {
  const list = (locks: readonly string[]): readonly string[] => locks.map(name).sort();
  return {
    ...contract,
    takes: list(contract.takes),
    acquisitions: contract.acquisitions.map((each) => ({ ...each, lockClass: name(each.lockClass) })),
    returnsHeld: list(contract.returnsHeld),
    releases: list(contract.releases),
    held: contract.held && list(contract.held),
    handed: list(contract.handed),
    asserts: list(contract.asserts),
    unmet: contract.unmet.map((each) => ({ ...each, lockClass: name(each.lockClass) })),
  };
}
