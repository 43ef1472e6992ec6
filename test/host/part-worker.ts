import path from 'node:path';
import { bundleInto, passingFolder } from './bundle.ts';

/** The script of a pool's threads as it is shipped. */
export function bundledPartWorker(): string {
  const folder = passingFolder('part-worker');
  bundleInto(folder, { 'part-worker.cjs': 'src/host/part-worker.ts' });
  return path.join(folder, 'part-worker.cjs');
}
