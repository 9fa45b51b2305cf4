/** The physical limit: signatures by `crypto.sign` with a callback, as many at once as the load has connections. */

import { generateKeyPairSync, sign } from 'node:crypto';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** As long as what a token of the benchmark has to be signed. */
const bytes = Buffer.alloc(800, 'x');

process.on('message', ({ lanes, milliseconds }: { lanes: number; milliseconds: number }) => {
  const end = performance.now() + milliseconds;
  let count = 0;
  let running = lanes;
  const next = () => {
    if (performance.now() >= end) {
      running -= 1;
      if (running === 0) process.send?.(count);
      return;
    }
    sign('sha256', bytes, privateKey, (error) => {
      if (error !== null) throw error;
      count += 1;
      next();
    });
  };
  for (let lane = 0; lane < lanes; lane++) next();
});

console.log('{}');
