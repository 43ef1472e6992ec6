/** What functions of the kernel's API do to one bit, as data (include/linux/bitops.h, include/linux/wait_bit.h). */
export interface BitOperation {
  /** Numbers of the arguments. */
  readonly bit: number;
  readonly place: number;
  /** What becomes of the bit; `give`: what the third argument says. */
  readonly does: 'test' | 'set' | 'clear' | 'change' | 'give';
  /** Its value is what the bit was before. */
  readonly isAsked: boolean;
}

const table = new Map<string, BitOperation>();

function row(names: string, does: BitOperation['does'], isAsked = does === 'test'): void {
  for (const name of names.split(' ')) table.set(name, { bit: 0, place: 1, does, isAsked });
}

row('test_bit test_bit_acquire', 'test');
row('set_bit __set_bit', 'set');
row('clear_bit __clear_bit clear_bit_unlock __clear_bit_unlock clear_and_wake_up_bit', 'clear');
row('change_bit __change_bit', 'change');
row('assign_bit __assign_bit', 'give');
row('test_and_set_bit __test_and_set_bit test_and_set_bit_lock', 'set', true);
row('test_and_clear_bit __test_and_clear_bit', 'clear', true);
row('test_and_change_bit __test_and_change_bit', 'change', true);

/** Operations on bits, by name. */
export const bitApi: ReadonlyMap<string, BitOperation> = table;
