// What a token source is: one way a platform hands a workload its token.
import type { Environment } from '../environment.ts';
import type { Http } from '../http.ts';

export type SourceName = 'token-file' | 'token-variable' | 'issuer' | 'github-actions' | 'gitlab-job';

export interface TokenRequest {
  /** Audiences the token must have; none leaves the choice to the issuer. */
  readonly audiences: readonly string[];
  /** Whether a token with no audience at all will do, as it does for a Vault role that binds none. */
  readonly acceptsNoAudience: boolean;
}

export interface TokenPorts {
  readonly env: Environment;
  readonly http: Http;
}

export interface TokenSource {
  readonly name: SourceName;
  /** How messages call it. */
  readonly label: string;
  /** Which variables select it, for the message when none does. */
  readonly when: string;
  readonly applies: (env: Environment) => boolean;
  /** Yields the compact token; throws a `WorkloadFailure` that names the variable or address at fault. */
  readonly fetch: (request: TokenRequest, ports: TokenPorts) => Promise<string>;
}
