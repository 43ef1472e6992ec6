// Makes the VS Code server that npm brings (code-server) and the browser that npm brings (@sparticuz/chromium) runnable:
// does by hand, and without a compiler, the few things their install scripts would do. Run again, it does nothing.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const here = import.meta.dirname;
const modules = path.join(here, 'node_modules');
const vscode = path.join(modules, 'code-server/lib/vscode');
const vscodeModules = path.join(vscode, 'node_modules');
const browserFolder = path.join(here, '.browser');
/** Raised whenever this file does something new, so that an older set-up is done again. */
const setupVersion = '2';

/** Why the unpacked browser cannot run on this machine, or undefined where it can. CHROMIUM=/path takes its place. */
export function browserProblem() {
  if (process.env.CHROMIUM) return undefined;
  if (process.platform === 'linux' && process.arch === 'x64') return undefined;
  return `the browser of the tests runs on Linux x64 only, this is ${process.platform} ${process.arch}; CHROMIUM=/path/to/chromium uses another`;
}

export function setUpServer() {
  once(path.join(modules, '.lockstep-server'), () => {
    installInside(vscode);
    installInside(path.join(vscode, 'extensions'));
    // The server looks for its modules in an archive that the npm package does not have.
    fs.rmSync(path.join(vscode, 'node_modules.asar'), { force: true, recursive: true });
    fs.symlinkSync('node_modules', path.join(vscode, 'node_modules.asar'));
    placeRipgrep();
    standIn('native-watchdog', 'exports.start = function start() {};\n');
    standIn('@vscode/spdlog', fs.readFileSync(path.join(here, 'lib/spdlog.cjs'), 'utf8'));
  });
}

export function setUpBrowser() {
  if (process.env.CHROMIUM) return;
  once(path.join(browserFolder, '.lockstep'), () => {
    const packed = path.join(modules, '@sparticuz/chromium/bin');
    fs.mkdirSync(browserFolder, { recursive: true });
    for (const archive of ['al2023', 'fonts']) {
      const tar = path.join(browserFolder, `${archive}.tar`);
      fs.writeFileSync(tar, zlib.brotliDecompressSync(fs.readFileSync(path.join(packed, `${archive}.tar.br`))));
      execFileSync('tar', ['-xf', tar], { cwd: browserFolder });
      fs.rmSync(tar);
    }
    const chromium = zlib.brotliDecompressSync(fs.readFileSync(path.join(packed, 'chromium.br')));
    fs.writeFileSync(path.join(browserFolder, 'chromium'), chromium, { mode: 0o755 });
  });
}

/** Runs `work` unless the stamp says it was done, and says so only after all of it went well. */
function once(stamp, work) {
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === setupVersion) return;
  work();
  fs.writeFileSync(stamp, setupVersion);
}

function installInside(cwd) {
  const args = ['install', '--ignore-scripts', '--omit=dev', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
}

/** File search in the editor runs ripgrep, whose binary comes in a package of its own. */
function placeRipgrep() {
  const name = process.platform === 'win32' ? 'rg.exe' : 'rg';
  const from = path.join(modules, `@vscode/ripgrep-${process.platform}-${process.arch}`, 'bin', name);
  const bin = path.join(vscodeModules, '@vscode/ripgrep/bin');
  if (!fs.existsSync(from)) return;
  fs.mkdirSync(bin, { recursive: true });
  fs.copyFileSync(from, path.join(bin, name));
  fs.chmodSync(path.join(bin, name), 0o755);
}

/** Replaces a native module that was not compiled by plain JavaScript. */
function standIn(name, source) {
  const folder = path.join(vscodeModules, name);
  fs.writeFileSync(path.join(folder, 'stand-in.cjs'), source);
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  manifest.main = './stand-in.cjs';
  delete manifest.exports;
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
}

if (process.argv[1] === import.meta.filename) {
  setUpServer();
  if (browserProblem() === undefined) setUpBrowser();
}
