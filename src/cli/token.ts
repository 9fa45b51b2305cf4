// `idp token`: the workload's token on stdout.
import { Command } from 'commander';
import { openHttp, tell, writeJson, type CliIo } from './io.ts';
import { shownLife } from './life.ts';

interface TokenOptions {
  readonly audience?: readonly string[];
  readonly decode?: true;
  readonly json?: true;
}

export function tokenCommand(io: CliIo): Command {
  return new Command('token')
    .summary("print this workload's identity token")
    .description(
      "Prints this workload's identity token (a JWT) on stdout and nothing else.\n\n" +
        'The token comes from the first of these that is set up:\n' +
        '  IDP_TOKEN_FILE                       a file the platform keeps a token in\n' +
        '  IDP_TOKEN                            a token in the environment (GitLab)\n' +
        "  IDP_ISSUER_URL, IDP_CREDENTIAL_FILE  the kit's own issuer (or IDP_CREDENTIAL, the credential itself)\n" +
        '  GitHub Actions                       a job with id-token: write\n' +
        '  CI_JOB_JWT                           GitLab before 17, without audience',
    )
    .option('--audience <audience>', "whom the token is for; may be repeated (the kit's own issuer needs one)", collect)
    .option('--decode', 'print the header and the claims instead of the token')
    .option('--json', 'print a JSON document; errors become JSON on stderr')
    .action(async (options: TokenOptions) => {
      await printToken(io, options);
    });
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

async function printToken(io: CliIo, options: TokenOptions): Promise<void> {
  const { obtainToken } = await import('../workload/token/obtain.ts');
  const token = await obtainToken(
    { audiences: options.audience ?? [], acceptsNoAudience: false },
    { env: io.env, http: openHttp(io) },
  );
  const { jwt, header, claims, source } = token;
  if (options.decode === true) {
    writeJson(io, { header, payload: claims });
    if (io.stderr.isTTY === true) tell(io, shownLife(claims.exp, io.now()));
  } else if (options.json === true) {
    writeJson(io, {
      token: jwt,
      source,
      iss: claims.iss,
      sub: claims.sub,
      aud: claims.aud,
      exp: claims.exp,
    });
  } else {
    io.stdout.write(`${jwt}\n`);
  }
}
