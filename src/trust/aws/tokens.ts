/** Which tokens a trust policy admits, as a set. */

import { type Verdict } from '../decision.ts';
import { charSet, complement } from '../language/chars.ts';
import {
  ANY_TEXT,
  type Language,
  anyCase,
  anyOther,
  char,
  choice,
  repeat,
  sequence,
  text,
} from '../language/regular.ts';
import { ANY_ONE, ANY_RUN, type Pattern, patternOf } from '../matcher.ts';
import { EVERY_TOKEN, NO_TOKEN, type TokenSet, all, any, claimIn, not, outside, present } from '../tokens/token-set.ts';
import { holdsWhenAbsent, needsAll } from './condition.ts';
import { LOGIN_ACTION, coversAction, namesProvider } from './evaluate.ts';
import { type Operator, arnParts, operatorOf, plainText } from './operators.ts';
import { type Condition, type Statement, type TrustPolicy } from './policy.ts';
import { type OidcProvider, claimOfKey, isGlobal, isOfIssuer, isVisible } from './request.ts';
import { TAGS_CLAIM } from './session.ts';
import { resolve } from './variables.ts';

export interface AwsIssuer {
  /** `iss` of the tokens. */
  readonly issuer: string;
  /** Claims that AWS sees for this issuer beside `aud` and `sub`. Default: none. */
  readonly visible?: readonly string[];
  /** The account's provider for the issuer; absent where it is not known. */
  readonly provider?: OidcProvider;
}

/** The tokens of the issuer that may take the role. */
export function tokensOfTrustPolicy(policy: TrustPolicy, issuer: AwsIssuer): TokenSet {
  const of = (effect: Statement['effect']) =>
    policy.statements
      .filter((statement) => statement.effect === effect)
      .map((statement) => tokensOfStatement(statement, policy.version, issuer));
  const { provider } = issuer;
  const registered = provider === undefined ? EVERY_TOKEN : audienceIn(choice(...provider.clientIds.map(text)));
  return all(registered, any(...of('Allow')), not(any(...of('Deny'))));
}

function tokensOfStatement(statement: Statement, version: string, issuer: AwsIssuer): TokenSet {
  const principal = namesProvider(statement, issuer.issuer.replace(/^https:\/\//, ''));
  if (!coversAction(statement, LOGIN_ACTION)) return NO_TOKEN;
  const about = `Statement[${statement.index}].Principal`;
  return all(
    known(principal, 'the principal takes in web identities', about),
    ...statement.conditions.map((condition) => tokensOfCondition(condition, version, issuer)),
  );
}

function known(verdict: Verdict, what: string, about: string): TokenSet {
  if (verdict === 'unknown') return outside(what, about);
  return verdict ? EVERY_TOKEN : NO_TOKEN;
}

/** `azp` becomes `:aud` where it is there (STS, observed). */
function audienceIn(language: Language): TokenSet {
  return any(claimIn('azp', language), all(not(present('azp')), claimIn('aud', language)));
}

/** A condition key as a claim: whether it is there, and whether some value of it is in a language. */
interface Key {
  readonly present: TokenSet;
  readonly someIn: (language: Language) => TokenSet;
}

const NO_KEY: Key = { present: NO_TOKEN, someIn: () => NO_TOKEN };

const ofClaim = (claim: string): Key => ({
  present: present(claim),
  someIn: (language) => claimIn(claim, language),
});

function keyOf(key: string, { issuer, visible }: AwsIssuer): Key | 'unknown' {
  const name = key.toLowerCase();
  const tag = 'aws:requesttag/';
  if (name.startsWith(tag)) {
    const written = key.slice(tag.length).replaceAll('~', '~0').replaceAll('/', '~1');
    return ofClaim(`/${TAGS_CLAIM.replaceAll('/', '~1')}/principal_tags/${written}`);
  }
  if (isGlobal(key)) return 'unknown';
  if (!isOfIssuer(key, issuer.replace(/^https:\/\//, ''))) return NO_KEY;
  const claim = claimOfKey(key);
  const seen = isVisible(claim, visible);
  if (seen !== true) return seen === 'unknown' ? 'unknown' : NO_KEY;
  if (claim === 'aud') return { present: EVERY_TOKEN, someIn: audienceIn };
  if (claim !== 'oaud') return ofClaim(claim);
  return { present: present('azp'), someIn: (language) => all(present('azp'), claimIn('aud', language)) };
}

function tokensOfCondition(condition: Condition, version: string, issuer: AwsIssuer): TokenSet {
  const { operator: written, key: name, values } = condition;
  const key = keyOf(name, issuer);
  const undecided = outside(`${name} ${written} ${values.join(', ')}`, name.toLowerCase());
  if (key === 'unknown') return undecided;
  const operator = operatorOf(written);
  if (operator === undefined) {
    return any(...values.map((value) => (value.toLowerCase() === 'true' ? not(key.present) : key.present)));
  }
  const language = languageOf(operator, values, version, issuer);
  const whenThere = language === undefined ? undecided : whenPresent(operator, language, key);
  return any(all(key.present, whenThere), ...(holdsWhenAbsent(operator) ? [not(key.present)] : []));
}

/** Each value, or some value, must be in the language, or outside of it. */
function whenPresent(operator: Operator, language: Language, key: Key): TokenSet {
  const { negated } = operator;
  if (needsAll(operator)) return not(key.someIn(negated ? language : anyOther(language)));
  return key.someIn(negated ? anyOther(language) : language);
}

/** The texts that any of the values fits; undefined where that is not decided by the text alone. */
function languageOf(
  { comparison }: Operator,
  values: readonly string[],
  version: string,
  issuer: AwsIssuer,
): Language | undefined {
  const options: Language[] = [];
  for (const value of values) {
    const pattern =
      comparison.kind === 'value'
        ? patternOf(value, '?')
        : resolve(value, version, (key) => (keyOf(key, issuer) === NO_KEY ? undefined : 'unknown'));
    if (pattern === undefined) continue;
    const language = pattern === 'unknown' ? undefined : languageOfPattern(comparison, pattern);
    if (language === undefined) return undefined;
    options.push(language);
  }
  return choice(...options);
}

function languageOfPattern(comparison: Operator['comparison'], pattern: Pattern): Language | undefined {
  if (comparison.kind === 'arn') return arnLanguage(pattern);
  if (comparison.kind === 'value') return undefined;
  if (comparison.wild) return pieces(pattern, ANY_TEXT, ANY_CHAR);
  return comparison.ignoreCase ? anyCase(plainText(pattern)) : text(plainText(pattern));
}

const ANY_CHAR = char([[0, 0xffff]]);
const NO_COLON = char(complement(charSet(':')));

function pieces(pattern: Pattern, run: Language, one: Language): Language {
  return sequence(
    ...pattern.map((code) => (code === ANY_RUN ? run : code === ANY_ONE ? one : text(String.fromCharCode(code)))),
  );
}

/** A wildcard stays within its part of the ARN; only the sixth part holds colons. */
function arnLanguage(pattern: Pattern): Language {
  const parts = arnParts(pattern);
  return sequence(
    ...parts.flatMap((part, at) => [
      ...(at === 0 ? [] : [text(':')]),
      at < 5 ? pieces(part, repeat(NO_COLON), NO_COLON) : pieces(part, ANY_TEXT, ANY_CHAR),
    ]),
  );
}
