import type { System } from './system.ts';

/**
 * What the moves of a run are numbers of, in a few characters: the text of the model, what was run of it, and what the explorer made
 * of both. Where two differ, the same moves are another run or none.
 */
export function digestOf({ program, settings, initialCount, listStart, altNext, altValue }: System): string {
  const { scenario, values, properties, rules } = settings;
  const sorted = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = new Hash();
  hash.text(JSON.stringify([program.text, scenario, sorted, [...properties].sort(), properties.has('order') ? rules : [], initialCount]));
  for (const numbers of [listStart, altNext, altValue]) hash.numbers(numbers);
  return hash.value();
}

/** Two multiplicative hashes side by side; they tell edits apart, not forgeries. */
class Hash {
  private a = 0x9e3779b9;
  private b = 0x85ebca6b;

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
  }

  numbers(numbers: Int32Array): void {
    this.add(numbers.length);
    for (const number of numbers) this.add(number);
  }

  private add(number: number): void {
    this.a = Math.imul(this.a ^ number, 0x01000193);
    this.a ^= this.a >>> 15;
    this.b = Math.imul(this.b ^ number, 0x5bd1e995);
    this.b ^= this.b >>> 13;
  }

  value(): string {
    return [this.a, this.b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
