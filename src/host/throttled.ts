import type { Progress } from '../model/reviewer-api.ts';

/** Milliseconds before the first progress message, and between two. */
const progressPause = 100;

/** Passes on what is worth a message: now and then, and each new phase. */
export function throttled(send: (progress: Progress) => void): (progress: Progress) => void {
  let next = performance.now() + progressPause;
  let shown: Progress['phase'] | undefined;
  return (progress) => {
    const now = performance.now();
    // What was said last stays in sight: it must not be the first file of a phase that has long ended.
    const isNews = shown !== undefined && progress.phase !== shown;
    if (now < next && !isNews) return;
    next = now + progressPause;
    shown = progress.phase;
    send(progress);
  };
}
