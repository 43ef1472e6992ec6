import type { Location as SarifLocation, PhysicalLocation } from 'sarif';
import type { Location } from '../source/location.ts';
import { plain } from './plain.ts';

/** Related places of one result, each with the number that the message links to. The same place and words get one number. */
export class Places {
  readonly locations: SarifLocation[] = [];
  private readonly numbers = new Map<string, number>();

  add(at: Location | { readonly file: string; readonly line: number }, words: string, functionName?: string): number {
    const key = JSON.stringify([at.file, at.line, 'column' in at ? at.column : 0, words]);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const id = this.locations.length + 1;
    this.numbers.set(key, id);
    this.locations.push({
      id,
      physicalLocation: 'column' in at ? placeOf(at) : reference(at.file, at.line),
      ...(functionName === undefined ? {} : { logicalLocations: [{ name: functionName, kind: 'function' }] }),
      message: { text: message(words) },
    });
    return id;
  }
}

export function placeOf(at: Location): PhysicalLocation {
  const { line: startLine, column: startColumn, endLine, endColumn } = at;
  return { ...reference(at.file, 0), region: { startLine, startColumn, endLine, endColumn } };
}

/** A line of a file, or the file as a whole for line 0. */
export function reference(file: string, line: number): PhysicalLocation {
  const artifactLocation = file.startsWith('/') ? { uri: `file://${uriOf(file)}` } : { uri: uriOf(file), uriBaseId: 'SRCROOT' };
  return { artifactLocation, ...(line > 0 ? { region: { startLine: line } } : {}) };
}

/** Text as SARIF writes it: `[`, `]` and `\` would start or end a link, `{0}` stand for an argument. */
export function message(text: string): string {
  return plain(text)
    .replace(/[[\]\\]/g, '\\$&')
    .replace(/\{(\d+)\}/g, '{{$1}}');
}

export function link(words: string, id: number): string {
  return `[${message(words)}](${id})`;
}

function uriOf(file: string): string {
  // encodeURIComponent throws on half a surrogate pair.
  const wellFormed = file.replace(/\p{Surrogate}/gu, '\ufffd');
  return wellFormed.split('/').map(encodeURIComponent).join('/');
}
