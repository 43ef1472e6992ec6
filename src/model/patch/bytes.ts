// A binary string has one character for each byte. Mails and diffs are taken apart as such, since what is marked in them is ASCII, and
// each piece is decoded on its own: one diff may hold files of different encodings.

/** Browsers, workers and Node all have it; the core's types have neither. */
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array<ArrayBuffer>): string };

export function toBinary(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return pieces.join('');
}

export function toBytes(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** UTF-8, else Latin-1: as files of a tree are read. */
export function decode(binary: string): string {
  return isAscii(binary) ? binary : (decodeAs('utf-8', binary) ?? binary);
}

/** By the charset that a mail names; by none, or by one that it is not in, as a file. */
export function decodeMessage(binary: string, charset: string | undefined): string {
  const label = charset?.toLowerCase() ?? 'utf-8';
  if (isAscii(binary) && !label.startsWith('iso-2022')) return binary;
  return decodeAs(label, binary) ?? decode(binary);
}

function decodeAs(label: string, binary: string): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(toBytes(binary));
  } catch {
    return undefined;
  }
}

function isAscii(binary: string): boolean {
  for (let at = 0; at < binary.length; at++) if (binary.charCodeAt(at) > 0x7f) return false;
  return true;
}
