import { lstatSync } from 'node:fs';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'is no folder',
  EISDIR: 'is a folder',
  ELOOP: 'loop of symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'name too long',
  ENOENT: 'not found',
  ENOSPC: 'no space left',
  ENOTDIR: 'not found',
  EPERM: 'permission denied',
  EROFS: 'read-only file system',
};

/** Why the system refused a file, in words: `permission denied`. For errors of `node:fs`; any other error is ours and thrown on. */
export function reasonOf(error: unknown, file: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') throw error;
  return code === 'ENOENT' && isLink(file) ? 'broken symbolic link' : (reasons[code] ?? code);
}

function isLink(file: string): boolean {
  try {
    return lstatSync(file).isSymbolicLink();
  } catch {
    return false;
  }
}
