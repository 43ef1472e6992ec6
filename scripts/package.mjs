// Packs dist/ into dist/lockstep.vsix. What goes in is listed in .vscodeignore; and the plugin of TypeScript, as a package that the
// extension depends on: vsce looks into no node_modules but those of dependencies.
import fs from 'node:fs';
import path from 'node:path';
import { nodeTool, root, typescriptPluginName } from './process.mjs';
import { packedReadme } from './readme.mjs';

const folder = path.join(root, 'dist/package');
const plugin = path.join('node_modules', typescriptPluginName);
const listed = [...fs.readFileSync(path.join(root, '.vscodeignore'), 'utf8').matchAll(/^!(.+?)(?:\/\*\*)?$/gm)].map(([, name]) => name);

fs.rmSync(folder, { recursive: true, force: true });
for (const name of [...listed, plugin]) fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
manifest.dependencies = { [typescriptPluginName]: JSON.parse(fs.readFileSync(path.join(root, plugin, 'package.json'), 'utf8')).version };
fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
fs.writeFileSync(
  path.join(folder, 'README.md'),
  packedReadme(readme, (file) => fs.readFileSync(path.join(root, file))),
);

const args = ['package', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', path.join(root, 'dist/lockstep.vsix')];
process.exitCode = await nodeTool('@vscode/vsce/vsce', args, { quiet: true, cwd: folder });
if (process.exitCode === 0) console.log('Packed dist/lockstep.vsix');
fs.rmSync(folder, { recursive: true });
