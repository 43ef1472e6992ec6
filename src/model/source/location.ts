/** Half-open range of UTF-16 offsets in one text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A range of a file. Lines and columns count from 1, columns in UTF-16 units; `file` is relative to the tree. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Something that could not be read or understood, and where. Never dropped in silence. */
export interface Problem {
  readonly file: string;
  /** Counted from 1; 0 when the file as a whole is meant. */
  readonly line: number;
  readonly message: string;
}

/** Orders locations by file, line, column: output must not depend on how it was found. */
export function compareLocations(a: Pick<Location, 'file' | 'line' | 'column'>, b: typeof a): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column;
}
