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
    throw badInput(
      'one of --token and --claims is needed',
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
    return { claims: claims as Claims };
  }
  const { decodeToken } = await import('../workload/token/decode.ts');
  const jwt = options.token === '-' ? await readTextInput() : (options.token ?? '');
  const { header, claims } = decodeToken(jwt.trim(), '--token');
  const { alg, kid } = header;
  const known = { ...(typeof alg === 'string' ? { alg } : {}), ...(typeof kid === 'string' ? { kid } : {}) };
  return { claims: claims as Claims, header: known, now: Math.floor(io.now() / 1000) };
}
