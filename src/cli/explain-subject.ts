// The token that `idp explain` is about, or its claims alone.
import { type Claims } from '../claims/claims.ts';
import { readJsonFile, readTextInput } from './input.ts';
import { type CliIo } from './io.ts';
import { badInput } from './usage.ts';

export interface SubjectOptions {
  readonly token?: string;
  readonly claims?: string;
}

/** A token as far as it is known: claims alone have no header, and their times are not judged. */
export interface Subject {
  readonly claims: Claims;
  readonly header?: { readonly alg?: string; readonly kid?: string };
  readonly now?: number;
}

export async function readSubject(io: CliIo, options: SubjectOptions): Promise<Subject> {
  if ((options.token === undefined) === (options.claims === undefined)) {
    const both = options.token !== undefined;
    throw badInput(
      both ? '--token and --claims are both given' : 'one of --token and --claims is needed',
      'Give the token (- reads it from standard input), or a file with its claims.',
    );
  }
  if (options.claims !== undefined) {
    const claims = await readJsonFile(options.claims);
    if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
      throw badInput(
        `${options.claims} holds no JSON object`,
        'Claims are the payload of a token: idp token --decode.',
      );
    }
    return fromFile(claims as Readonly<Record<string, unknown>>);
  }
  const { decodeToken } = await import('../workload/token/decode.ts');
  const jwt = options.token === '-' ? await readTextInput() : (options.token ?? '');
  const { header, claims } = decodeToken(jwt.trim(), '--token');
  return { claims: claims as Claims, header: headerOf(header), now: Math.floor(io.now() / 1000) };
}

/** `idp token --decode` prints header and payload; a payload alone will do. */
function fromFile(document: Readonly<Record<string, unknown>>): Subject {
  const { header, payload } = document;
  if (!isObject(payload) || !isObject(header)) return { claims: withTimes(document as Claims) };
  return { claims: payload as Claims, header: headerOf(header) };
}

/** Claims that somebody wrote down without any time stand for a token of now. */
function withTimes(claims: Claims): Claims {
  const timed = ['iat', 'exp', 'nbf'].some((claim) => claims[claim] !== undefined);
  return timed ? claims : { ...claims, iat: 1, exp: 2 };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function headerOf({ alg, kid }: Readonly<Record<string, unknown>>) {
  return { ...(typeof alg === 'string' ? { alg } : {}), ...(typeof kid === 'string' ? { kid } : {}) };
}
