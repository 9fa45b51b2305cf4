#!/usr/bin/env node
// The bill of materials (CycloneDX, by npm) of what runs in production: `node tools/sbom.mjs [file]`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @typedef {Record<string, unknown>} Manifest
 * @typedef {{ packages: Record<string, Manifest & { dev?: boolean }> }} Lockfile
 */

const NOT_IN_PRODUCTION = ['devDependencies', 'peerDependencies', 'peerDependenciesMeta'];

/** @param {Manifest} manifest */
export function productionManifest(manifest) {
  return Object.fromEntries(Object.entries(manifest).filter(([name]) => !NOT_IN_PRODUCTION.includes(name)));
}

/** @param {Lockfile} lock */
export function productionLock(lock) {
  const kept = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true);
  const packages = kept.map(([path, entry]) => [path, path === '' ? productionManifest(entry) : entry]);
  return { ...lock, packages: Object.fromEntries(packages) };
}

/**
 * npm gives each document a time and a random serial number. Here the time is that of the source, and the number
 * follows from the contents, as a UUID of version 8 (RFC 9562).
 *
 * @param {string} text what npm printed
 * @param {number} epoch seconds since 1970
 */
export function settle(text, epoch) {
  const bill = JSON.parse(text);
  bill.metadata.timestamp = new Date(epoch * 1000).toISOString();
  delete bill.serialNumber;
  const hash = createHash('sha256').update(JSON.stringify(bill)).digest('hex');
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `8${hash.slice(17, 20)}`];
  const serialNumber = `urn:uuid:${parts.join('-')}-${hash.slice(20, 32)}`;
  return `${JSON.stringify({ ...bill, serialNumber }, null, 2)}\n`;
}

/**
 * @param {string} folder with package.json and package-lock.json
 * @param {number} epoch
 */
export function billOf(folder, epoch) {
  const read = (/** @type {string} */ name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  // `npm sbom --omit dev` leaves out what production and development share, such as `pg`: it gets a lock without the latter.
  const manifest = productionManifest(read('package.json'));
  const scratch = mkdtempSync(join(tmpdir(), 'idp-sbom-'));
  try {
    // npm names the whole after its folder.
    const cwd = join(scratch, String(manifest['name']));
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(cwd, 'package-lock.json'), JSON.stringify(productionLock(read('package-lock.json'))));
    const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
    const text = execFileSync('npm', args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
    return settle(text, epoch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [, , file = 'sbom.cdx.json'] = process.argv;
  writeFileSync(file, billOf(process.cwd(), Number(process.env['SOURCE_DATE_EPOCH'] ?? 0)));
}
