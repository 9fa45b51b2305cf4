// What must be undone when the bootstrap is told to stop in the middle of its work.
import { endChildren } from './process.mjs';

/** @type {Set<() => void>} */
const undos = new Set();

/**
 * @param {() => void} undo synchronous: it runs while the process exits
 * @returns {() => void} takes the undo back
 */
export function onEnd(undo) {
  undos.add(undo);
  return () => undos.delete(undo);
}

const SIGNALS = /** @type {const} */ ({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 });

/** Makes signals end the bootstrap cleanly. The returned function gives the signals free again. */
export function endCleanly() {
  const handlers = Object.entries(SIGNALS).map(([signal, code]) => {
    const handler = () => {
      endChildren();
      for (const undo of undos) undo();
      process.exit(code);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => handlers.forEach((free) => free());
}
