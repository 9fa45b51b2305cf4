// What an emergency replacement cannot do itself, with the commands. A row each.

export interface Remaining {
  readonly what: string;
  /** Commands and facts, a line each. */
  readonly how: readonly string[];
}

interface Emergency {
  readonly mounts: readonly string[];
  readonly namespace: string | undefined;
  /** Seconds since 1970. */
  readonly now: number;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html */
function revokeOlderSessions(now: number): string {
  const before = { DateLessThan: { 'aws:TokenIssueTime': new Date(now * 1000).toISOString() } };
  const deny = { Effect: 'Deny', Action: ['*'], Resource: ['*'], Condition: before };
  return JSON.stringify({ Version: '2012-10-17', Statement: [deny] });
}

export function remaining({ mounts, namespace, now }: Emergency): readonly Remaining[] {
  const names = mounts.length === 0 ? ['MOUNT'] : mounts;
  const inNamespace = namespace === undefined ? '' : ` -namespace=${namespace}`;
  return [
    {
      what:
        'AWS STS keeps the old keys for a while, AWS does not say how long, and no call makes it forget them. Until then ' +
        'whoever has an old private key can make tokens that it takes. A token that leaked is taken up to 300 s after its exp.',
      how: [
        'To shut everybody out meanwhile, take the audience from the provider in each account (and put it back later):',
        'aws iam remove-client-id-from-open-id-connect-provider --open-id-connect-provider-arn arn:aws:iam::ACCOUNT:oidc-provider/HOST --client-id AUDIENCE',
      ],
    },
    {
      what: 'AWS sessions last as long as they were asked for, 15 min to 12 h (1 h by default), whatever became of the token.',
      how: [
        'For each role that trusts the issuer, end those from before now, and once more with a later time when STS has new keys:',
        `aws iam put-role-policy --role-name ROLE --policy-name AWSRevokeOlderSessions --policy-document '${revokeOlderSessions(now)}'`,
      ],
    },
    {
      what: 'Vault tokens that were issued for tokens of an old key are still good, and can be renewed.',
      how: [
        ...names.map((mount) => `vault lease revoke${inNamespace} -prefix auth/${mount}/login`),
        'Or one: vault token revoke -accessor ACCESSOR. Batch tokens cannot be revoked: they end by themselves.',
      ],
    },
    ...(mounts.length > 0
      ? []
      : [
          {
            what: 'No Vault mount was named: each that trusts the issuer keeps the old keys without end.',
            how: ['idp issuer keys forget --vault-mount MOUNT'],
          },
        ]),
    {
      what: 'Static files and caches on the way have the old keys until they are replaced.',
      how: [
        'With `publication: static`: idp issuer publish …; then: idp issuer keys forget --vault-mount MOUNT',
        'A CDN: empty its cache for the JWKS.',
      ],
    },
  ];
}
