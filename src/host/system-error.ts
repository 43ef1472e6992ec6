const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
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

/** Why the system refused, in words: `permission denied`. For errors of `node:fs`; any other error is ours and thrown on. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') throw error;
  return reasons[code] ?? code;
}
