import type { Finding, Hop } from '../checks/finding.ts';
import { codeOf } from '../source/characters.ts';
import type { Fix, FixedFile } from './fix.ts';

/** An acquisition by itself that takes a lock which is reached in one step: what is behind two may be guarded by the first lock. */
const plainTake = /^(\w+)\(&?\w+(?:(?:->|\.)\w+)?(?:\.\w+)*\)$/;

/** Takes two locks the other way round where one is taken right after the other, by the same function. */
export function swap({ witnesses, at }: Finding, file: FixedFile): Fix | undefined {
  const [first, second] = witnesses[0]?.slice(-2) ?? [];
  if (!first || !second || !isTaken(first) || !isTaken(second) || first.function !== second.function) return undefined;
  if (first.at.file !== at.file || second.at.file !== at.file) return undefined;
  const [a, b] = [file.rangeOf(first.at), file.rangeOf(second.at)];
  const [one, other] = [file.text.slice(a.start, a.end), file.text.slice(b.start, b.end)];
  const [by, byOther] = [plainTake.exec(one)?.[1], plainTake.exec(other)?.[1]];
  if (by === undefined || by !== byOther || by.endsWith('_nested')) return undefined;
  // Alone in their statements, with nothing between; a macro's line would count as something.
  const code = codeOf(file.text);
  const isAlone = /[;{}]$/.test(code.slice(0, a.start).trimEnd()) && /^\s*;/.test(code.slice(b.end));
  if (!isAlone || !/^;\s*$/.test(file.text.slice(a.end, b.start))) return undefined;
  return {
    title: `Take ${second.lock!.lockClass} before ${first.lock!.lockClass}`,
    isRepair: true,
    edits: [
      { range: a, text: other },
      { range: b, text: one },
    ],
  };
}

function isTaken({ lock }: Hop): boolean {
  return lock?.does === 'acquire';
}
