import type { ChangedFinding, Changes, ContractChange, PatchPlace, Reviewed } from './changes.ts';
import { withFollowers } from './followers.ts';
import { isUnchanged } from './remarks.ts';

/** Says of what all patches of a series change together which of them does it, and where: the last that does. */
export function ascribe(whole: Reviewed, patches: readonly Reviewed[]): Reviewed {
  const last = patches.toReversed();
  const findings = whole.findings.map((finding): ChangedFinding => {
    const own = find((reviewed) => reviewed.findings.find(({ id, change }) => id === finding.id && change === finding.change));
    return { ...finding, causes: own?.causes ?? [], ...placeOf(own) };
  });
  const suppressed = whole.suppressed.map(({ finding, reason }) => {
    const own = find((reviewed) => reviewed.suppressed.find((each) => each.finding.id === finding.id));
    return { finding: { ...finding, causes: own?.finding.causes ?? [], ...placeOf(own?.finding) }, reason };
  });
  const unseen = isUnchanged(whole) ? [...new Set([...patches, whole].flatMap((each) => each.unseen))] : [];
  return { ...whole, findings, suppressed, changes: ascribed(whole.changes), unseen };

  function ascribed({ classes, renames, types, edges, around, contracts, accesses, rules }: Changes): Changes {
    const sides = ['added', 'removed'] as const;
    const pair = <T>(of: (side: (typeof sides)[number]) => readonly T[]): { added: readonly T[]; removed: readonly T[] } => ({
      added: of('added'),
      removed: of('removed'),
    });
    return {
      classes: pair((side) =>
        classes[side].map((each) => ({
          ...each,
          ...placeOf(find(({ changes }) => changes.classes[side].find(({ lockClass }) => lockClass === each.lockClass))),
        })),
      ),
      renames: renames.map((each) => ({ ...each, ...placeOf(find(({ changes }) => changes.renames.find(({ to }) => to === each.to))) })),
      types: types.map((each) => ({
        ...each,
        ...placeOf(find(({ changes }) => changes.types.find(({ lockClass }) => lockClass === each.lockClass))),
      })),
      edges: pair((side) =>
        edges[side].map((each) => ({
          ...each,
          ...placeOf(find(({ changes }) => changes.edges[side].find(({ outer, inner }) => outer === each.outer && inner === each.inner))),
        })),
      ),
      around,
      contracts: withFollowers(
        contracts.map((each) => ({
          ...each,
          ...placeOf(find(({ changes }) => changes.contracts.find((c) => c.function === each.function && c.place))),
          ...followsIn(each),
        })),
      ),
      accesses: accesses.map((each) => {
        const at = find(({ changes }) => changes.accesses.find(({ place }) => place === each.place))?.at;
        return { ...each, ...(at && { at }) };
      }),
      rules: pair((side) =>
        rules[side].map((each) => ({
          ...each,
          ...placeOf(find(({ changes }) => changes.rules[side].find(({ file, text }) => file === each.file && text === each.text))),
        })),
      ),
    };
  }

  /** The function that it follows in every patch that changes it, the last one. */
  function followsIn({ function: name, at }: ContractChange): Pick<ContractChange, 'follows'> {
    const own = last.flatMap(({ changes }) => changes.contracts.filter((each) => each.function === name && each.at.file === at.file));
    return own[0]?.follows && own.every(({ follows }) => follows) ? { follows: own[0].follows } : {};
  }

  function find<T>(of: (reviewed: Reviewed) => T | undefined): T | undefined {
    for (const reviewed of last) {
      const found = of(reviewed);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function placeOf(own: { readonly place?: PatchPlace } | undefined): { place?: PatchPlace } {
  return own?.place ? { place: own.place } : {};
}
