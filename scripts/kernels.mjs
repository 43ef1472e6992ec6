// Makes two kernel source trees available to tests and benchmarks, in .cache/kernels, once.
import fs from 'node:fs';
import path from 'node:path';
import { root, run } from './process.mjs';

/** Debian's source packages; the folder inside each archive has the same name. */
const versions = ['linux-source-6.1', 'linux-source-6.12'];
/** What tests and benchmarks read of them: a tenth of the tree. */
const parts = [
  'MAINTAINERS',
  'Makefile',
  'Kconfig',
  'Documentation',
  'arch/arm64',
  'arch/riscv',
  'arch/x86',
  'block',
  'drivers/gpu/drm/amd/amdkfd',
  'drivers/interconnect',
  'drivers/net/ethernet/mellanox/mlx5/core',
  'drivers/pci',
  'drivers/scsi/mpi3mr',
  'drivers/vfio',
  'fs/nfsd',
  'fs/overlayfs',
  'include',
  'kernel',
  'lib',
  'mm',
  'net/core',
  'virt',
];
const archives = '/usr/src';
const cache = path.join(root, '.cache/kernels');

/** Answers the folder that holds the trees, or the reason why this machine has none. LOCKSTEP_KERNELS names one that is there. */
export async function kernelTrees() {
  const given = process.env.LOCKSTEP_KERNELS;
  if (given !== undefined && given !== '') {
    const missing = versions.filter((version) => !fs.existsSync(path.join(given, version, 'MAINTAINERS')));
    return missing.length === 0
      ? { folder: path.resolve(given) }
      : { problem: `LOCKSTEP_KERNELS=${given} has no ${missing.join(', no ')}` };
  }
  if (versions.every(isUnpacked)) return { folder: cache };
  if (!versions.every((version) => fs.existsSync(archiveOf(version)))) {
    const problem = await installArchives();
    if (problem !== undefined) return { problem };
  }
  const codes = await Promise.all(versions.map(unpack));
  return codes.every((code) => code === 0) ? { folder: cache } : { problem: `cannot unpack the archives in ${archives}` };
}

function archiveOf(version) {
  return path.join(archives, `${version}.tar.xz`);
}

async function installArchives() {
  if (process.platform !== 'linux' || process.getuid() !== 0) {
    return `no ${versions.map(archiveOf).join(', ')}, and only root on Debian can install them; LOCKSTEP_KERNELS=folder names another place`;
  }
  console.log(`Installing ${versions.join(', ')} (once)`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const updated = await run('apt-get', ['update', '-qq'], { quiet: true, env });
  if (updated === 127) return 'no apt-get on this machine; LOCKSTEP_KERNELS=folder names a place with kernel sources';
  const installed = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...versions], { quiet: true, env });
  return installed === 0 ? undefined : `apt-get cannot install ${versions.join(', ')}`;
}

/** Unpacks beside the final place and renames: a tree is there whole or not at all. */
async function unpack(version) {
  if (isUnpacked(version)) return 0;
  console.log(`Unpacking ${version} to .cache/kernels (once)`);
  const partial = path.join(cache, `${version}.partial`);
  fs.rmSync(partial, { recursive: true, force: true });
  fs.rmSync(path.join(cache, version), { recursive: true, force: true });
  fs.mkdirSync(partial, { recursive: true });
  const members = parts.map((part) => `${version}/${part}`);
  const code = await run('tar', ['-xJf', archiveOf(version), '-C', partial, '--no-same-owner', ...members], { quiet: true });
  if (code !== 0) return code;
  fs.renameSync(path.join(partial, version), path.join(cache, version));
  fs.rmSync(partial, { recursive: true });
  fs.writeFileSync(stampOf(version), stamp());
  return 0;
}

function isUnpacked(version) {
  return fs.existsSync(stampOf(version)) && fs.readFileSync(stampOf(version), 'utf8') === stamp();
}

function stampOf(version) {
  return path.join(cache, `${version}.stamp`);
}

/** A tree unpacked with another list of parts is unpacked again. */
function stamp() {
  return parts.join('\n');
}

if (process.argv[1] === import.meta.filename) {
  const trees = await kernelTrees();
  console.log(trees.folder ?? trees.problem);
  if (trees.folder === undefined) process.exitCode = 2;
}
