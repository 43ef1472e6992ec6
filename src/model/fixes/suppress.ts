import type { Finding } from '../checks/finding.ts';
import type { Fix, FixedFile } from './fix.ts';

/** A comment on a line of its own before the finding's. It says nothing until somebody gives the reason. */
export function suppress({ check, at }: Finding, file: FixedFile): Fix | undefined {
  // Of comments that are wrong it is the comment that is to be mended.
  if (check === 'suppression') return undefined;
  const start = file.lineStart(at.line);
  const before = `${file.indentOf(at.line)}/* lockstep: ignore ${check}: `;
  return {
    title: `Suppress ${check} here, with a reason`,
    isRepair: false,
    edits: [{ range: { start, end: start }, text: `${before} */${file.newline}`, hole: { at: before.length, hint: '…' } }],
  };
}
