import type { Progress } from '../model/reviewer-api.ts';
import type { Output } from './command.ts';

const words: Record<Progress['phase'], string> = { index: 'indexing', read: 'reading', analyze: 'analyzing' };
const clearLine = '\r\u001b[K';

export interface ProgressLine {
  show(progress: Progress): void;
  clear(): void;
}

/** One line that is written over again; nothing at all where stderr is no terminal. */
export function progressLine(stderr: Output): ProgressLine {
  let shown = '';
  const put = (text: string): void => {
    if (text === shown || !stderr.isTTY) return;
    shown = text;
    stderr.write(clearLine + text);
  };
  return {
    show: ({ phase, done, total }) => put(`${words[phase]} ${total ? Math.floor((100 * done) / total) : 0} %`),
    clear: () => put(''),
  };
}
