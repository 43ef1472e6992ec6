import { existsSync } from 'node:fs';
import type { Diagnostic, PublishDiagnosticsParams } from 'vscode-languageserver/node';
import { isInside } from './places.ts';

/** What the client shows now, file by file, and who keeps it there. Files by absolute path: a URI has many spellings. */
export class Published {
  /** The URI under which a file's diagnostics are shown. */
  private readonly shown = new Map<string, string>();
  /** Files whose diagnostics stay when they are closed: somebody asked for them, alone or with their folder. */
  private readonly kept = new Set<string>();

  /** `uriOf`: the client's own spelling while a file is open. */
  constructor(
    private readonly send: (params: PublishDiagnosticsParams) => void,
    private readonly uriOf: (file: string) => string,
  ) {}

  show(file: string, diagnostics: Diagnostic[], version?: number): void {
    const uri = this.uriOf(file);
    const before = this.shown.get(file);
    if (before !== undefined && before !== uri) this.send({ uri: before, diagnostics: [] });
    if (diagnostics.length > 0) this.shown.set(file, uri);
    else this.shown.delete(file);
    this.send(version === undefined ? { uri, diagnostics } : { uri, version, diagnostics });
  }

  /** Shows a file that was asked for by name. */
  keep(file: string, diagnostics: Diagnostic[], version?: number): void {
    this.kept.add(file);
    this.show(file, diagnostics, version);
  }

  /** Shows a folder's findings; what an earlier check left below it goes. Files that have moved on meanwhile stay as they are. */
  keepFolder(folder: string, byFile: ReadonlyMap<string, Diagnostic[]>, movedOn: (file: string) => boolean): void {
    for (const file of [...this.shown.keys()]) {
      if (!byFile.has(file) && isInside(folder, file) && !movedOn(file)) this.clear(file);
    }
    for (const [file, diagnostics] of byFile) {
      if (!movedOn(file)) this.keep(file, diagnostics);
    }
  }

  isKept(file: string): boolean {
    return this.kept.has(file);
  }

  clear(file: string): void {
    this.kept.delete(file);
    if (this.shown.has(file)) this.show(file, []);
  }

  /** Clears the files that are gone from the disk and not open either. */
  clearMissing(isOpen: (file: string) => boolean): void {
    for (const file of [...this.shown.keys()]) {
      if (!isOpen(file) && !existsSync(file)) this.clear(file);
    }
  }
}
