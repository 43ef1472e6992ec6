import { layerOf, listBelow } from '../model/patch/overlay.ts';
import { folderOf, joinPath, type Entry, type FileText, type Tree } from '../model/source/tree.ts';
import { decodeText } from './disk-tree.ts';
import { diffOptions, git, inFolder, resolveCommit, type Answer, type Repository } from './git.ts';

/** As of files on disk. */
const maxFileSize = 16 * 1024 * 1024;

/** What a path is in the commit: the name of its content, or why it has none; undefined where the commit has no such file. */
type Differing = { readonly blob: string } | { readonly error: string } | undefined;

/**
 * A commit as a tree, without a checkout: the work tree, but for the files in which they differ. These are read from git, folder by
 * folder when one of them is asked for. Files that git does not track are those of the work tree.
 */
export function treeAt(
  repository: Repository,
  revision: string,
  workspace: Tree,
): Answer<{ readonly tree: Tree; readonly commit: string }> {
  const commit = resolveCommit(repository, revision);
  if ('error' in commit) return commit;
  const options = ['--raw', '-z', '--no-abbrev', '--no-renames', ...diffOptions(repository)];
  const diff = git(repository, ['diff', ...options, commit.hash, ...inFolder(repository)]);
  if ('error' in diff) return diff;
  return { tree: new CommitTree(repository, workspace, readRaw(diff.bytes.toString())), commit: commit.hash };
}

/** Entries as `:100644 100644 <blob> <blob> M`, then the path; the first blob is the commit's. */
function readRaw(raw: string): Map<string, Differing> {
  const files = new Map<string, Differing>();
  const fields = raw.split('\0');
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, mode, blob] = /^:(\d{6}) \d{6} ([0-9a-f]+) [0-9a-f]+ [A-Z]/.exec(fields[at]!) ?? [];
    const path = joinPath('', fields[at + 1]!);
    if (mode === undefined || blob === undefined || path === undefined) continue;
    if (mode === '000000') files.set(path, undefined);
    else
      files.set(
        path,
        mode.startsWith('100') ? { blob } : { error: mode === '120000' ? 'a symbolic link in the commit' : 'not a regular file' },
      );
  }
  return files;
}

class CommitTree implements Tree {
  private readonly layer;
  private readonly loaded = new Map<string, FileText>();

  constructor(
    private readonly repository: Repository,
    private readonly workspace: Tree,
    private readonly files: ReadonlyMap<string, Differing>,
  ) {
    this.layer = layerOf([...files].map(([path, file]) => [path, file !== undefined]));
  }

  read(path: string): FileText {
    const joined = joinPath('', path);
    if (joined === undefined || !this.files.has(joined)) return this.workspace.read(path);
    const file = this.files.get(joined);
    if (file === undefined) return { error: 'not found' };
    if ('error' in file) return file;
    if (!this.loaded.has(joined)) this.load(folderOf(joined));
    return this.loaded.get(joined) ?? { error: 'not in the repository' };
  }

  list(folder: string): readonly Entry[] | undefined {
    return listBelow(this.workspace, this.layer, folder);
  }

  /** Reads all that differs in a folder, since its other files are asked for next. */
  private load(folder: string): void {
    const wanted = [...this.files].flatMap(([path, file]) => {
      return file !== undefined && 'blob' in file && folderOf(path) === folder ? [[path, file.blob] as const] : [];
    });
    const texts = readBlobs(
      this.repository,
      wanted.map(([, blob]) => blob),
    );
    for (const [path, blob] of wanted) this.loaded.set(path, texts.get(blob) ?? { error: 'not in the repository' });
  }
}

function readBlobs(repository: Repository, blobs: readonly string[]): Map<string, FileText> {
  const texts = new Map<string, FileText>();
  const sizes = git(repository, ['cat-file', '--batch-check'], blobs.map((blob) => `${blob}\n`).join(''));
  if ('error' in sizes) return new Map(blobs.map((blob) => [blob, sizes]));
  const small: string[] = [];
  for (const line of sizes.bytes.toString().split('\n')) {
    const [blob = '', type, size] = line.split(' ');
    if (type === 'blob' && Number(size) <= maxFileSize) small.push(blob);
    else if (type === 'blob') texts.set(blob, { error: `file of ${Math.ceil(Number(size) / 1024 / 1024)} MB is over the limit of 16 MB` });
  }
  const read = git(repository, ['cat-file', '--batch'], small.map((blob) => `${blob}\n`).join(''));
  if ('error' in read) return new Map([...texts, ...small.map((blob) => [blob, read] as const)]);
  for (let at = 0; at < read.bytes.length;) {
    const end = read.bytes.indexOf(0x0a, at);
    if (end < 0) break;
    const [blob = '', , size = '0'] = read.bytes.toString('latin1', at, end).split(' ');
    texts.set(blob, decodeText(read.bytes.subarray(end + 1, end + 1 + Number(size))));
    at = end + 1 + Number(size) + 1;
  }
  return texts;
}
