import fc from 'fast-check';

/** What means something to Mermaid, Markdown or a browser. */
export const fragments = [
  '<img src=x onerror=alert(1)>',
  '<br/>',
  '</text>',
  '&lt;',
  '&',
  ';',
  '#',
  '#59;',
  '#quot;',
  '->',
  '-->>',
  '->>+L0: x',
  '%%',
  '%%{init: {"theme": "forest"}}%%',
  '%7B',
  'end',
  'rect rgb(0, 0, 0)',
  'rgba(1,2,3,0.5) (',
  '\n',
  '\nend\n',
  '\\n',
  '`',
  '"`',
  '"',
  '|',
  ']',
  '$$x^2$$',
  '**b**',
  '_i_',
  '1. ',
  '- ',
  '1) ',
  'wrap:',
  ':nowrap:',
  'style a:b#c;',
  'classDef x:#f00;',
  'T0@{ shape: x }',
  ':::',
  'ﬂ°°60¶ß',
  'ﬂ°lt¶ß',
  'ß',
  '锁定',
  '🔒',
  'kvm_riscv_',
  'vcpus[0].mutex',
  ' ',
  ':',
  'accDescr {',
  '---',
];

/** Names made of such and of anything else that can be seen. */
export const seenName = fc
  .array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...fragments) }, fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 6 })
  .map((parts) => parts.join(''))
  .filter((name) => name !== '');

/** The same with what cannot be seen, and too long. */
export const anyName = fc.oneof(
  seenName,
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('\u202eab', '\ud800', '\u0000', '\u2028', '\u200b'),
  fc.string({ minLength: 450, maxLength: 500 }),
);
