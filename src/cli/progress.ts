import type { Progress } from '../model/reviewer-api.ts';
import { progressText } from '../model/report/progress.ts';
import type { Explored } from '../model/simulate.ts';
import type { Output } from './command.ts';

const clearLine = '\r\u001b[K';

interface ProgressLine {
  show(progress: Progress): void;
  /** From 0 to 1, of what is checked in parts. */
  showShare(share: number): void;
  clear(): void;
}

/** One line that is written over again; nothing at all where stderr is no terminal. */
function line(stderr: Output): (text: string) => void {
  let shown = '';
  return (text) => {
    if (text === shown || !stderr.isTTY) return;
    shown = text;
    stderr.write(clearLine + text);
  };
}

/** States so far, on a line that is written over again. */
export function simulationLine(stderr: Output): { show(progress: Explored): void; clear(): void } {
  const put = line(stderr);
  return {
    show: ({ states, depth, memory }) => put(`${states} states, depth ${depth}, ${(memory / 1e6).toFixed(0)} MB`),
    clear: () => put(''),
  };
}

export function progressLine(stderr: Output): ProgressLine {
  const put = line(stderr);
  return {
    show: (progress) => put(progressText(progress)),
    showShare: (share) => put(`checking ${Math.floor(100 * share)} %`),
    clear: () => put(''),
  };
}
