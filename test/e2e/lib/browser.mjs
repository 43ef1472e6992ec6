// Starts the browser that setup.mjs unpacked, or the one that CHROMIUM names.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const folder = path.join(path.dirname(import.meta.dirname), '.browser');
const quiet = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Nothing but this machine can be reached: a test that needs the network fails at once.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

export async function startBrowser() {
  if (process.env.CHROMIUM) return chromium.launch({ executablePath: process.env.CHROMIUM, args: quiet });
  const env = { ...process.env, LD_LIBRARY_PATH: path.join(folder, 'lib'), FONTCONFIG_FILE: ownFonts() };
  return chromium.launch({ executablePath: path.join(folder, 'chromium'), env, args: quiet });
}

/** The packaged font for the interface, and the machine's own only for code: screenshots look alike everywhere. */
function ownFonts() {
  const file = path.join(folder, 'fonts.conf');
  const prefer = (family, font) => `<alias><family>${family}</family><prefer><family>${font}</family></prefer></alias>`;
  const parts = [
    `<dir>${folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/font-cache</cachedir>`,
    prefer('sans-serif', 'Open Sans'),
    prefer('monospace', 'DejaVu Sans Mono'),
  ];
  const head = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">';
  fs.writeFileSync(file, `${head}<fontconfig>${parts.join('')}</fontconfig>`);
  return file;
}
