/** What values of each alphabet look like, as languages: the same as the regular expressions of the claim tables. */

import { type Alphabet } from '../../claims/claim.ts';
import { charSet, complement } from './chars.ts';
import { type Language, char, choice, repeat, sequence, some, text } from './regular.ts';

/** What `\s` matches (ECMAScript, WhiteSpace and LineTerminator). */
const BLANK =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

const LETTERS_AND_DIGITS = ['A-Z', 'a-z', '0-9'];

const word = (more: string): Language => some(char(charSet(more, ...LETTERS_AND_DIGITS)));

const SEGMENT = word('_.-');

export const ALPHABET_LANGUAGES: Readonly<Record<Alphabet, Language>> = {
  id: word('_-'),
  digits: some(char(charSet('', '0-9'))),
  segment: SEGMENT,
  path: sequence(SEGMENT, repeat(sequence(text('/'), SEGMENT))),
  ref: some(char(complement(charSet(`${BLANK}*?:[~^\\`)))),
  flag: choice(text('true'), text('false')),
  email: sequence(some(char(complement(charSet(`${BLANK}:;,@"()<>[]\\`)))), text('@'), word('.-')),
  url: sequence(
    char(charSet('', 'a-z')),
    repeat(char(charSet('+.-', 'a-z', '0-9'))),
    text('://'),
    some(char(complement(charSet(BLANK)))),
  ),
  text: some(char([[0, 0xffff]])),
};
