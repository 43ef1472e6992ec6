import { statSync } from 'node:fs';
import path from 'node:path';
import { createDiskTree } from '../host/disk-tree.ts';
import type { Entry, FileText, Tree } from '../model/source/tree.ts';

/** A tree on disk seen through the open documents: what is being edited counts, not what was saved. */
export class OverlayTree implements Tree {
  /** Absolute paths of files outside the tree that the settings name; nothing else there is read. */
  outside: ReadonlySet<string> = new Set();
  /** What the files on disk looked like when they were read. */
  private readonly stamps = new Map<string, string>();

  /** `documents`: text by absolute path, shared by all trees and changed between requests. */
  constructor(
    readonly root: string,
    private readonly disk: Tree,
    private readonly documents: ReadonlyMap<string, string>,
  ) {}

  read(file: string): FileText {
    const text = this.documents.get(path.resolve(this.root, file));
    if (text !== undefined) {
      this.stamps.delete(file);
      return { text };
    }
    // Before the text: a file that is written in between counts as changed.
    this.stamps.set(file, this.stampOf(file));
    if (this.outside.has(file)) return createDiskTree(path.dirname(file)).read(path.basename(file));
    return this.disk.read(file);
  }

  /** Documents that were never saved are not listed: no Makefile names them yet. */
  list(folder: string): readonly Entry[] | undefined {
    return this.disk.list(folder);
  }

  /** Files that were read and are not the same on disk now, those that came or went included. */
  changedOnDisk(): string[] {
    return [...this.stamps].filter(([file, stamp]) => this.stampOf(file) !== stamp).map(([file]) => file);
  }

  private stampOf(file: string): string {
    try {
      const { mtimeMs, size, ino } = statSync(path.resolve(this.root, file));
      return `${mtimeMs} ${size} ${ino}`;
    } catch {
      return 'unreadable';
    }
  }
}
