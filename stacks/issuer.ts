/** `pulumi up -s issuer…`: the token issuer on AWS. Its output `url` is what the other stacks trust (idp-kit:issuerStack). */

import { readFileSync } from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
import { TokenIssuer, type TokenIssuerArgs } from '../components/index.ts';
import { pathInProject } from './catalog.ts';
import { refusal } from './refusal.ts';
import { type Settings } from './settings.ts';

/** The arguments as they are configured, and the database's URL, a secret however it was set; the component says everything that is wrong with them. */
export function issuerStack(settings: Settings) {
  const { issuer, issuerDatabaseCaFile: caFile, protect } = settings;
  if (Object.keys(issuer).length === 0) {
    throw refusal('idp-kit:issuer is not configured', ['write the arguments of TokenIssuer there: see docs/stacks.md']);
  }
  const configured = issuer as unknown as TokenIssuerArgs;
  const url = new pulumi.Config('idp-kit').getSecret('issuerDatabaseUrl');
  const database = {
    ...configured.database,
    ...(caFile === undefined ? {} : { caPem: readFileSync(pathInProject(caFile), 'utf8') }),
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
