/** Names that people give to issuers, upstreams and the issuers of administrators. */

import { z } from 'zod';

export const NAME = /^[a-z][a-z0-9-]{0,49}$/;
export const NAME_RULE = 'it has small letters, digits and `-`, begins with a letter and has at most 50 characters';

/**
 * The keys of maps that have such names. What they are is checked beside: a record with a bad one would leave what is
 * inside unchecked. Other maps (of claims) have keys that may be anything.
 */
export const entryName = z.string();
