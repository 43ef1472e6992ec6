import { homedir } from 'node:os';
import path from 'node:path';

/** Where a user's caches are by the custom of the system; undefined where there is no home. */
export function userCacheFolder(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | undefined {
  const named = environment['XDG_CACHE_HOME'];
  // The specification wants relative ones ignored.
  if (named !== undefined && path.isAbsolute(named)) return path.join(named, 'lockstep');
  const home = homedir();
  if (!path.isAbsolute(home)) return undefined;
  if (platform === 'darwin') return path.join(home, 'Library/Caches/lockstep');
  if (platform === 'win32') return path.join(environment['LOCALAPPDATA'] ?? path.join(home, 'AppData/Local'), 'lockstep', 'cache');
  return path.join(home, '.cache/lockstep');
}
