import type { CheckSummary } from '../protocol/requests.ts';

/** What a check found, in a line. "No findings" must not sound like "all is well" where there was nothing to look at. */
export function summaryText({ findings, filesWithFindings, files, hidden, lockOperations }: CheckSummary): string {
  const found =
    findings > 0
      ? `${count(findings, 'finding')} in ${count(filesWithFindings, 'file')} (${files} read)`
      : `no findings (${count(files, 'file')} read)`;
  if (lockOperations === 0) return `${found}; no lock operations there`;
  return hidden > 0 ? `${found}; ${hidden} more below lockstep.minimumConfidence` : found;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
