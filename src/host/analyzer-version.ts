import packageJson from '../../package.json' with { type: 'json' };

/** Put in by the build: a digest of all that an answer is made by. */
declare const lockstepBuild: string | undefined;

/** Of the analyzer as built; undefined where it runs from its sources, which may change at any time. */
export function analyzerVersion(): string | undefined {
  return typeof lockstepBuild === 'string' ? `${packageJson.version}-${lockstepBuild}` : undefined;
}
