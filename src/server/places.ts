import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Location as LspLocation, Range } from 'vscode-languageserver/node';
import { findTree } from '../host/find-tree.ts';
import type { Location } from '../model/source/location.ts';

/** A file or folder, and the tree it is read in. */
export interface Place {
  /** Absolute path of the tree. */
  readonly root: string;
  /** Relative to the tree, with `/`; empty for the tree itself. */
  readonly path: string;
}

/** Absolute path of a URI, undefined where there is no file behind it (`untitled:`, `git:`, another machine). */
export function fileOf(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

/** `file` is relative to the tree, or absolute for a file of documented orders outside. */
export function uriOf(root: string, file: string): string {
  return pathToFileURL(path.resolve(root, file)).href;
}

/**
 * The tree is the nearest folder with MAINTAINERS, else the innermost workspace folder, else `folder`:
 * the one that the file is in, or the file itself if that is a folder.
 */
export function placeOf(file: string, workspaceFolders: readonly string[], folder = path.dirname(file)): Place {
  const inside = workspaceFolders.filter((workspace) => isInside(workspace, file));
  const innermost = inside.sort((a, b) => b.length - a.length)[0];
  const root = findTree(folder) ?? innermost ?? folder;
  return { root, path: path.relative(root, file).split(path.sep).join('/') };
}

export function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return !path.isAbsolute(relative) && relative !== '..' && !relative.startsWith(`..${path.sep}`);
}

/** Headers are `cpp` in most editors, so the name decides before the language does. */
export function isKernelSource(file: string, language = ''): boolean {
  return /\.[ch]$/.test(file) || language === 'c';
}

/** Models of the locking, in the model language. */
export function isModelUri(uri: string): boolean {
  return uri.endsWith('.model.ts');
}

export function toRange(at: Location): Range {
  return {
    start: { line: at.line - 1, character: at.column - 1 },
    end: { line: at.endLine - 1, character: at.endColumn - 1 },
  };
}

export function toLspLocation(root: string, at: Location): LspLocation {
  return { uri: uriOf(root, at.file), range: toRange(at) };
}

/** The start of a line (counted from 1; 0 is the file as a whole). */
export function toLineLocation(root: string, file: string, line: number): LspLocation {
  const start = { line: Math.max(line - 1, 0), character: 0 };
  return { uri: uriOf(root, file), range: { start, end: start } };
}
