import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findChromium } from '../../tools/lib/chromium.mjs';
import { findWrk } from '../../tools/lib/wrk.mjs';
import { program, scratch } from './scratch.ts';

describe.each([
  { name: 'chromium', command: 'google-chrome', installed: 'chromium', find: findChromium },
  { name: 'wrk', command: 'wrk', installed: 'wrk', find: findWrk },
])('$name', ({ name, command, installed, find }) => {
  test('is taken from PATH, under any of its names', async () => {
    const folder = await scratch();
    const file = await program(folder, command, 'true');
    expect(await find(folder, { PATH: folder })).toEqual({ ok: true, file });
  });

  test('that is nowhere is said to be', async () => {
    const folder = await scratch();
    const reason = `${name} is not on PATH, and there is no apt-get`;
    expect(await find(folder, { PATH: folder })).toEqual({ ok: false, reason });
  });

  test.runIf(process.getuid?.() === 0)('is installed from Debian', async () => {
    const folder = await scratch();
    const made = join(folder, installed);
    const make = `test "$1" = update || { printf '#!/bin/sh\\n' > ${made}; /bin/chmod +x ${made}; }`;
    await program(folder, 'apt-get', make);
    expect(await find(folder, { PATH: folder })).toEqual({ ok: true, file: made });
  });
});
