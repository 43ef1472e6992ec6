import fc from 'fast-check';

/** What C is made of, and what breaks it. */
// prettier-ignore
const pieces = [
  '{', '}', '(', ')', '[', ']', ';', ',', '=', '*', '"', "'", '/*', '*/', '//', '\\', '\\\n', '\n', '\r\n', '\0', '\u2028', '#', ':', '?', '&&', '...', '.', '->',
  '\n#if A\n', '\n#if 0\n', '\n#ifndef B\n', '\n#else\n', '\n#elif C\n', '\n#endif\n', '\n#define M(x) \\\n x\n', '\n#include "x.h"\n',
  ' struct s ', ' typedef ', ' static ', ' int ', ' f', '(void)\n{\n', '\n}\n', 'SYSCALL_DEFINE1(f, int, x)', 'EXPORT_SYMBOL(f)\n', ' DEFINE_MUTEX(m) ',
  ' __must_hold(x) ', ' __packed ', ' if (x) ', ' else ', ' do ', ' while ', ' case ', ' 0 ... 9:', ' list_for_each(x, y) ', ' F(x)\n', ' F(return x; y) ', ' MACRO\n',
  ' typeof(x) ', ' asm volatile("" : : "r"(x)); ', ' _Generic(x, default: 1) ', ' __label__ a; ', ' min_t(struct s *, x) ', ' 3DNOW ', ' P(x) {',
];

/** Any text, and texts of such pieces. */
export const cText: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: fc.string() },
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join('')) },
  {
    weight: 2,
    arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => `int f(int x)\n{\n${parts.join('')}\n}\n`),
  },
);

/** Each piece again and again, by itself and in a function's body. */
export function* manyOf(length: number): Iterable<[string, string]> {
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(length / piece.length));
    yield [piece, text];
    yield [`{ ${piece}`, `void f(void)\n{\n${text}\n}\n`];
  }
}
