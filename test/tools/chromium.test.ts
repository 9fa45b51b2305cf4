import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findChromium } from '../../tools/lib/chromium.mjs';
import { program, scratch } from './scratch.ts';

describe('chromium', () => {
  test('is taken from PATH, under any of its names', async () => {
    const folder = await scratch();
    const file = await program(folder, 'google-chrome', 'true');
    expect(await findChromium(folder, { PATH: folder })).toEqual({ ok: true, file });
  });

  test('that is nowhere is said to be', async () => {
    const folder = await scratch();
    const reason = 'chromium is not on PATH, and there is no apt-get';
    expect(await findChromium(folder, { PATH: folder })).toEqual({ ok: false, reason });
  });

  test.runIf(process.getuid?.() === 0)('is installed from Debian', async () => {
    const folder = await scratch();
    const made = join(folder, 'chromium');
    const make = `test "$1" = update || { printf '#!/bin/sh\\n' > ${made}; /bin/chmod +x ${made}; }`;
    await program(folder, 'apt-get', make);
    expect(await findChromium(folder, { PATH: folder })).toEqual({ ok: true, file: made });
  });
});
