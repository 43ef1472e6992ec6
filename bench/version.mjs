import { spawnSync } from 'node:child_process';

/** First line of `program --version`; undefined where there is no such program. */
export function versionOf(program) {
  const { error, stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return error === undefined ? `${stdout}${stderr}`.trim().split('\n')[0] : undefined;
}
