import type { Sequence } from '../model/trace/sequence.ts';
import { uriOf } from './places.ts';

/** A sequence of a tree, its places as URIs too. */
export function withUris(root: string, sequence: Sequence): Sequence {
  const steps = sequence.steps.map(({ source, ...step }) => ({
    ...step,
    ...(source && { source: { ...source, uri: uriOf(root, source.path) } }),
  }));
  return { ...sequence, steps };
}
