// What must be on the machine already, and what to say when it is not.
import { BootstrapError } from './say.mjs';

/** @type {Readonly<Record<'npm' | 'tar' | 'go' | 'python', string>>} */
const HINTS = {
  npm: 'It comes with Node.js (Debian and Ubuntu: apt-get install npm).',
  tar: 'Debian and Ubuntu: apt-get install tar.',
  go: 'See https://go.dev/doc/install, or on macOS: brew install go.',
  python: 'Debian and Ubuntu: apt-get install python3 python3-venv; macOS: brew install python.',
};

/**
 * @param {keyof typeof HINTS} what
 * @param {string} found what is wrong, as in `go is missing`
 * @param {string} why
 * @returns {BootstrapError}
 */
export function missing(what, found, why) {
  return new BootstrapError('prerequisite', `${found}.\n  Why: ${why}.\n  What to do: ${HINTS[what]}`);
}
