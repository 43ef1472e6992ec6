// Packs dist/ into dist/lockstep.vsix. What goes in is listed in .vscodeignore.
import path from 'node:path';
import { nodeTool, root } from './process.mjs';

const args = [
  'package',
  '--no-dependencies',
  '--allow-missing-repository',
  '--no-rewrite-relative-links',
  '--out',
  path.join('dist', 'lockstep.vsix'),
];
process.exitCode = await nodeTool('@vscode/vsce/vsce', args, { quiet: true, cwd: root });
