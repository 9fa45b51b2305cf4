#!/usr/bin/env node
// Takes out of a `node_modules` what Node never loads from there: `node tools/slim.mjs <folder>`. Licences stay.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const NEVER_LOADED = /\.(?:d\.[cm]?ts|[cm]?ts|map|md|markdown|flow|tsbuildinfo)$/i;
/** OpenTelemetry ships each package three times: what Node loads is in `build/src`. */
const FOR_BUNDLERS = /[\\/]@opentelemetry[\\/][^\\/]+[\\/]build[\\/](?:esm|esnext)(?:[\\/]|$)/;
const KEPT = /^(?:licen[cs]e|notice|copying|third)/i;

/** @param {string} folder */
export function slim(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const loaded = !NEVER_LOADED.test(entry.name) && !FOR_BUNDLERS.test(entry.parentPath);
    if (!entry.isFile() || KEPT.test(entry.name) || loaded) continue;
    rmSync(join(entry.parentPath, entry.name));
  }
}

if (import.meta.main) slim(process.argv[2] ?? 'node_modules');
