// Packs dist/ into dist/lockstep.vsix. What goes in is listed in .vscodeignore.
import fs from 'node:fs';
import path from 'node:path';
import { nodeTool, root } from './process.mjs';
import { packedReadme } from './readme.mjs';

const readme = path.join('dist', 'README.md');
const text = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
fs.writeFileSync(
  path.join(root, readme),
  packedReadme(text, (file) => fs.readFileSync(path.join(root, file))),
);

const args = [
  'package',
  '--no-dependencies',
  '--allow-missing-repository',
  '--no-rewrite-relative-links',
  '--readme-path',
  readme,
  '--out',
  path.join('dist', 'lockstep.vsix'),
];
process.exitCode = await nodeTool('@vscode/vsce/vsce', args, { quiet: true, cwd: root });
