import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { memoryCustody, memoryRecords } from '../../src/keys/rings/memory.ts';
import { sealedCustody } from '../../src/keys/rings/sealed.ts';
import { storedRecords } from '../../src/keys/rings/stored.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { ringConformance } from './ring.ts';

ringConformance('memory', () => Promise.resolve({ records: memoryRecords(), custody: memoryCustody() }));

ringConformance('sealed, in SQLite', async () => {
  const store = await openSqliteStore(join(await temporaryDirectory(), 'issuer.db'));
  onTestFinished(() => store.close());
  return { records: storedRecords(store.keys), custody: sealedCustody(randomBytes(32), randomBytes) };
});
