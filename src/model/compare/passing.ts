import type { ChangedFinding, OtherPatch, Reviewed } from './changes.ts';

/** What a person calls a patch of a series. */
export function patchName({
  number,
  total,
  subject,
}: {
  readonly number: number;
  readonly total: number;
  readonly subject: string;
}): string {
  return total > 1 ? `${number}/${total}` : `"${subject}"`;
}

/** What one patch of a series does, and what findings are called after it. */
interface Step extends Pick<Reviewed, 'findings'> {
  /** What a person calls the patch: `2/3`. */
  readonly name: string;
  /** New ids by those before, where they differ: as lock classes have new names, which what is fixed has too; then of what has moved. */
  readonly named: ReadonlyMap<string, string>;
  readonly moved: ReadonlyMap<string, string>;
}

/**
 * Findings of each patch of a series, in its order: those that one brings and a later one takes away say so on both. `known` are
 * findings of the tree before the first: that they come and go in between is nothing new.
 */
export function linkPassing(steps: readonly Step[], known: ReadonlySet<string>): readonly (readonly ChangedFinding[])[] {
  const linked = steps.map(({ findings }) => [...findings]);
  /** Where what is there now came from, by its id now. */
  const there = new Map<string, { readonly patch: number; readonly at: number }>();
  for (const [patch, { findings, named, moved }] of steps.entries()) {
    rename(named);
    for (const [at, finding] of findings.entries()) {
      const origin = finding.change === 'fixed' ? there.get(finding.id) : undefined;
      if (!origin) continue;
      const brought = linked[origin.patch]!;
      brought[origin.at] = { ...brought[origin.at]!, goneWith: otherPatch(patch) };
      linked[patch]![at] = { ...finding, cameWith: otherPatch(origin.patch) };
      there.delete(finding.id);
    }
    rename(moved);
    for (const [at, { change, id }] of findings.entries()) if (change === 'new' && !known.has(id)) there.set(id, { patch, at });
  }
  return linked;

  function rename(ids: ReadonlyMap<string, string>): void {
    const found = [...ids].flatMap(([old, now]) => {
      const origin = there.get(old);
      there.delete(old);
      return origin ? [[now, origin] as const] : [];
    });
    for (const [id, origin] of found) there.set(id, origin);
  }

  function otherPatch(patch: number): OtherPatch {
    return { patch, name: steps[patch]!.name };
  }
}

/** Findings that are in the tree after one patch of a series, and neither before the first nor after the last, each with its patch. */
export function passingIn(
  patches: readonly Pick<Reviewed, 'findings'>[],
): readonly { readonly patch: number; readonly finding: ChangedFinding; readonly goneWith: OtherPatch }[] {
  return patches.flatMap(({ findings }, patch) =>
    findings.flatMap((finding) => (finding.goneWith ? [{ patch, finding, goneWith: finding.goneWith }] : [])),
  );
}
