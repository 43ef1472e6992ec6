/** What reading a path gave: its text, or the reason there is none (`not found` is one of them). */
export type FileText = { readonly text: string } | { readonly error: string };

export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

/**
 * A source tree as the core sees it. Paths are relative to the tree, with `/`, without `..`.
 * Reading is synchronous: the core runs off the main thread. Nothing outside the tree is ever read.
 */
export interface Tree {
  read(path: string): FileText;
  /** Entries of a folder sorted by name, or undefined where there is no such folder. Links that leave the tree are left out. */
  list(folder: string): readonly Entry[] | undefined;
}

export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** Joins and normalizes; undefined if the result would leave the tree. */
export function joinPath(folder: string, path: string): string | undefined {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** Architecture a path of the kernel belongs to: `riscv` for `arch/riscv/kvm/vcpu.c`; undefined for generic code. */
export function architectureOf(path: string): string | undefined {
  return /^arch\/([^/]+)\//.exec(path)?.[1];
}
