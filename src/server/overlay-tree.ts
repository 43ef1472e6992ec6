import path from 'node:path';
import type { Entry, FileText, Tree } from '../model/source/tree.ts';

/** A tree on disk seen through the open documents: what is being edited counts, not what was saved. */
export class OverlayTree implements Tree {
  /** `documents`: text by absolute path, shared by all trees and changed between requests. */
  constructor(
    private readonly root: string,
    private readonly disk: Tree,
    private readonly documents: ReadonlyMap<string, string>,
  ) {}

  read(file: string): FileText {
    const text = this.documents.get(path.join(this.root, file));
    return text === undefined ? this.disk.read(file) : { text };
  }

  /** Documents that were never saved are not listed: no Makefile names them yet. */
  list(folder: string): readonly Entry[] | undefined {
    return this.disk.list(folder);
  }
}
