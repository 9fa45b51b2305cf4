/** `pulumi up -s issuer…`: the token issuer on AWS. Its output `url` is what the other stacks trust (idp-kit:issuerStack). */

import * as pulumi from '@pulumi/pulumi';
import { TokenIssuer } from '../components/index.ts';
import { readText } from '../src/catalog/load.ts';
import { pathInProject } from './catalog.ts';
import { readIssuerArgs } from './issuer-args.ts';
import { refusal, valueOrEnd } from './refusal.ts';
import { type Settings } from './settings.ts';

/** The arguments as they are configured, and the database's URL, a secret however it was set. */
export function issuerStack(settings: Settings) {
  const { issuer, issuerDatabaseCaFile: caFile, protect } = settings;
  if (Object.keys(issuer).length === 0) {
    throw refusal('idp-kit:issuer is not configured', ['write the arguments of TokenIssuer there: see docs/stacks.md']);
  }
  const configured = valueOrEnd(readIssuerArgs(issuer), `the configuration of ${pulumi.getStack()} is wrong`);
  const url = new pulumi.Config('idp-kit').getSecret('issuerDatabaseUrl');
  const database = {
    ...configured.database,
    ...(caFile === undefined ? {} : { caPem: authoritiesIn(caFile) }),
    ...(url === undefined ? {} : { url }),
  };
  const {
    url: issuerUrl,
    adminUrl,
    jwksUri,
    repositoryUrl,
    keyArns,
  } = new TokenIssuer('issuer', {
    protect,
    ...configured,
    database,
  });
  return { url: issuerUrl, adminUrl, jwksUri, repositoryUrl, keyArns };
}

function authoritiesIn(file: string): string {
  return valueOrEnd(readText(pathInProject(file)), 'the file of idp-kit:issuerDatabaseCaFile is needed');
}
