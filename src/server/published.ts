import { existsSync } from 'node:fs';
import type { Diagnostic, PublishDiagnosticsParams } from 'vscode-languageserver/node';
import type { Finding } from '../model/checks/finding.ts';
import { isInside } from './places.ts';

/** A finding as the client is shown it. */
export interface ShownFinding {
  /** The tree that its places are relative to. */
  readonly root: string;
  readonly finding: Finding;
  readonly diagnostic: Diagnostic;
}

interface ShownFile {
  /** The URI under which its diagnostics are shown. */
  readonly uri: string;
  /** Of the open document that the findings are about; undefined: of the file on disk. */
  readonly version: number | undefined;
  readonly findings: readonly ShownFinding[];
}

interface PublishedOptions {
  readonly send: (params: PublishDiagnosticsParams) => void;
  /** The client's own spelling while a file is open. */
  readonly uriOf: (file: string) => string;
  /** Of a file that is open. */
  readonly versionOf: (file: string) => number | undefined;
}

/** What the client shows now, file by file, and who keeps it there. Files by absolute path: a URI has many spellings. */
export class Published {
  private readonly shown = new Map<string, ShownFile>();
  /** Files whose diagnostics stay when they are closed: somebody asked for them, alone or with their folder. */
  private readonly kept = new Set<string>();

  constructor(private readonly options: PublishedOptions) {}

  show(file: string, findings: readonly ShownFinding[], version?: number): void {
    const { send, uriOf, versionOf } = this.options;
    const uri = uriOf(file);
    const before = this.shown.get(file);
    if (before !== undefined && before.uri !== uri) send({ uri: before.uri, diagnostics: [] });
    if (findings.length > 0) this.shown.set(file, { uri, version: version ?? versionOf(file), findings });
    else this.shown.delete(file);
    const diagnostics = findings.map(({ diagnostic }) => diagnostic);
    send(version === undefined ? { uri, diagnostics } : { uri, version, diagnostics });
  }

  /** What is shown of a file. */
  of(file: string): ShownFile | undefined {
    return this.shown.get(file);
  }

  /** Shows a file that was asked for by name. */
  keep(file: string, findings: readonly ShownFinding[], version?: number): void {
    this.kept.add(file);
    this.show(file, findings, version);
  }

  /** Shows a folder's findings; what an earlier check left below it goes. Files that have moved on meanwhile stay as they are. */
  keepFolder(folder: string, byFile: ReadonlyMap<string, readonly ShownFinding[]>, movedOn: (file: string) => boolean): void {
    for (const file of [...this.shown.keys()]) {
      if (!byFile.has(file) && isInside(folder, file) && !movedOn(file)) this.clear(file);
    }
    for (const [file, findings] of byFile) {
      if (!movedOn(file)) this.keep(file, findings);
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
