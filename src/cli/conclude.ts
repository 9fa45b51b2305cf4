// The exit status of a command that did its work and found something.
import { type ExitStatus } from './failures.ts';

/** Says with which status the process ends, where no failure says otherwise. */
export type Conclude = (status: ExitStatus) => void;
