import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verify } from '../../tools/lib/integrity.mjs';
import { scratch } from './scratch.ts';

const hashes = {
  'sha256 in hex': (text: string) => createHash('sha256').update(text).digest('hex'),
  'integrity string': (text: string) => `sha512-${createHash('sha512').update(text).digest('base64')}`,
};

test.each(Object.entries(hashes))('%s: the pinned file passes, another is refused', async (_name, hash) => {
  const file = join(await scratch(), 'archive');
  await writeFile(file, 'as published');
  await expect(verify(file, hash('as published'))).resolves.toBeUndefined();
  await writeFile(file, 'as published, and more');
  await expect(verify(file, hash('as published'))).rejects.toMatchObject({ code: 'integrity' });
});
