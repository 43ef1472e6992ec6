/** Bits of the number of a state inside its chunk. */
const chunkBits = 16;
const chunkSize = 1 << chunkBits;

/**
 * States that were reached, each once: packed words, in the order in which they were found, with the state each was first
 * reached from. Memory grows by chunks; nothing is copied but the index.
 */
export class StateStore {
  count = 0;
  private readonly chunks: Int32Array[] = [];
  private readonly parents: Int32Array[] = [];
  private index = new Int32Array(1 << 12).fill(-1);

  /** What there was no more of when a state was not kept. */
  cut: 'states' | 'memory' | undefined;

  /** `maxBytes`: for states, their parents and the index together. */
  constructor(
    private readonly words: number,
    private readonly maxStates = Infinity,
    private readonly maxBytes = Infinity,
  ) {}

  /** Bytes in use. */
  get bytes(): number {
    return this.chunks.length * chunkSize * (this.words + 1) * 4 + this.index.byteLength;
  }

  private get isFull(): boolean {
    return this.count * 4 >= this.index.length * 3;
  }

  /** Whether so many bytes more may be taken. */
  private hasRoom(bytes: number): boolean {
    if (this.bytes + bytes > this.maxBytes) this.cut ??= 'memory';
    return this.cut === undefined;
  }

  /** Number of a state, and whether it is new: `number * 2 + 1` if it is; -1 if it is new and there is no room for it. */
  add(state: Int32Array, parent: number): number {
    // While it grows, the old index is there beside the new one.
    if (this.isFull && this.hasRoom(this.index.byteLength * 2)) this.grow();
    const { words, index } = this;
    const mask = index.length - 1;
    for (let slot = hash(state, 0, words) & mask; ; slot = (slot + 1) & mask) {
      const known = index[slot]!;
      if (known < 0) {
        const at = this.count & (chunkSize - 1);
        if (this.count >= this.maxStates) this.cut ??= 'states';
        if (this.cut !== undefined || (at === 0 && !this.hasRoom(chunkSize * (words + 1) * 4))) return -1;
        const number = this.count++;
        index[slot] = number;
        if (at === 0) {
          this.chunks.push(new Int32Array(chunkSize * words));
          this.parents.push(new Int32Array(chunkSize));
        }
        const chunk = this.chunks[number >>> chunkBits]!;
        for (let w = 0; w < words; w++) chunk[at * words + w] = state[w]!;
        this.parents[number >>> chunkBits]![at] = parent;
        return number * 2 + 1;
      }
      const chunk = this.chunks[known >>> chunkBits]!;
      const at = (known & (chunkSize - 1)) * words;
      let w = 0;
      while (w < words && chunk[at + w] === state[w]) w++;
      if (w === words) return known * 2;
    }
  }

  load(number: number, into: Int32Array): void {
    const chunk = this.chunks[number >>> chunkBits]!;
    const at = (number & (chunkSize - 1)) * this.words;
    for (let w = 0; w < this.words; w++) into[w] = chunk[at + w]!;
  }

  /** State it was first reached from; -1 for an initial one. */
  parent(number: number): number {
    return this.parents[number >>> chunkBits]![number & (chunkSize - 1)]!;
  }

  private grow(): void {
    const index = new Int32Array(this.index.length * 2).fill(-1);
    const mask = index.length - 1;
    for (let number = 0; number < this.count; number++) {
      const at = (number & (chunkSize - 1)) * this.words;
      let slot = hash(this.chunks[number >>> chunkBits]!, at, this.words) & mask;
      while (index[slot]! >= 0) slot = (slot + 1) & mask;
      index[slot] = number;
    }
    this.index = index;
  }
}

/** Multiply and mix, word by word (after A. Appleby's MurmurHash3, public domain). */
function hash(words: Int32Array, at: number, count: number): number {
  let h = 0x9747b28c;
  for (let w = 0; w < count; w++) {
    let k = Math.imul(words[at + w]!, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
