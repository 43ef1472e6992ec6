import { lockApi } from '../ir/lock-api.ts';
import type { Cause } from './changes.ts';

/** Whether a changed line gives a lock back. */
export function isUnlock({ text }: Pick<Cause, 'text'>): boolean {
  return namesIn(text).some((name) => lockApi.get(name)?.does === 'release');
}

/** Whether a changed line leaves for elsewhere on the way out of a function, without being one. */
export function isJump({ text }: Pick<Cause, 'text'>): boolean {
  return /\b(?:goto\s+\w+|continue|break)\s*;/.test(text);
}

/** Whether a changed line makes nothing come or go: an empty one, braces, a name that is declared. */
export function isSilent({ text }: Pick<Cause, 'text'>): boolean {
  if (/^\W*(?:else)?\W*$/.test(text)) return true;
  return /^[a-z]\w*\s[\w\s*,[\]]+;$/.test(text) && !/^(?:return|goto)\b/.test(text);
}

/** Changed lines, the most telling first: operations on locks, then ways out, then any others. */
export function tellingFirst<T extends Pick<Cause, 'text'>>(lines: readonly T[]): readonly T[] {
  return [isLockOperation, isWayOut, () => true].reduce<readonly T[]>((told, isSo) => [...new Set([...told, ...lines.filter(isSo)])], []);
}

function isLockOperation({ text }: Pick<Cause, 'text'>): boolean {
  return namesIn(text).some((name) => lockApi.has(name));
}

function isWayOut({ text }: Pick<Cause, 'text'>): boolean {
  return /^return\b/.test(text) || isJump({ text });
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/\w+/g)].map(([name]) => name);
}
