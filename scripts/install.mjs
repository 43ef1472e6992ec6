// Installs the packages that a lock file names and a folder lacks. Uses nothing but Node, so that it works in a fresh clone.
import fs from 'node:fs';
import path from 'node:path';
import { npm } from './process.mjs';

/** Runs `npm ci` in the folder unless everything its lock file asks for is there. Throws if that fails. */
export async function installMissing(folder) {
  if (isInstalled(folder)) return;
  console.log(`Installing packages in ${path.relative(process.cwd(), folder) || '.'} (once)`);
  const code = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, quiet: true });
  if (code !== 0) throw new Error(`npm ci failed in ${folder}`);
}

function isInstalled(folder) {
  const wanted = packagesOf(path.join(folder, 'package-lock.json'));
  const there = packagesOf(path.join(folder, 'node_modules/.package-lock.json'));
  if (wanted === undefined || there === undefined) return false;
  return Object.entries(wanted).every(([place, entry]) => place === '' || entry.optional || there[place]?.version === entry.version);
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(fs.readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
