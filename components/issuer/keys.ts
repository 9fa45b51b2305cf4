/** The KMS keys that sign, or the one that seals; nobody but the issuer's role may use them. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { IssuerCustody } from './args.ts';
import { type Surroundings, policyJson } from './surroundings.ts';

export interface Keys {
  readonly arns: pulumi.Output<string>[];
  /** The setting `custody` of the issuer, as variables. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** What its role may do with them. */
  readonly statements: object[];
}

const SPECS: Readonly<Record<string, string>> = { RS256: 'RSA_2048', ES256: 'ECC_NIST_P256' };

/** To look after keys and to delete them; neither to sign nor to open with them. */
const ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:GetPublicKey',
  'kms:ListKeyPolicies',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateKeyDescription',
];

export function makeKeys(around: Surroundings, taskRole: aws.iam.Role): Keys {
  return around.plan.custody === IssuerCustody.KmsSealing ? sealing(around, taskRole) : signing(around, taskRole);
}

/** Issuer's documentation, "Permissions": what signing takes, on these keys alone. */
function signing(around: Surroundings, taskRole: aws.iam.Role): Keys {
  const { issuerName, algorithm, signingKeys } = around.plan;
  const use = ['kms:Sign', 'kms:GetPublicKey', 'kms:DescribeKey'];
  const keys = Array.from({ length: signingKeys }, (_, index) =>
    makeKey(around, taskRole, use, `signing-${index + 1}`, {
      description: `Signs ${algorithm} tokens of ${around.plan.url}, key ${index + 1}`,
      keyUsage: 'SIGN_VERIFY',
      customerMasterKeySpec: SPECS[algorithm] ?? algorithm,
    }),
  );
  const arns = keys.map(({ arn }) => arn);
  const variable = `IDP_ISSUER__CUSTODY__0__KMS_SIGNING__KEYS__${issuerName.replaceAll('-', '_').toUpperCase()}`;
  return {
    arns,
    environment: { [variable]: pulumi.jsonStringify(arns) },
    statements: [
      {
        Effect: 'Allow',
        Action: 'kms:Sign',
        Resource: arns,
        Condition: {
          StringEquals: {
            'kms:MessageType': 'DIGEST',
            'kms:SigningAlgorithm': algorithm === 'ES256' ? 'ECDSA_SHA_256' : 'RSASSA_PKCS1_V1_5_SHA_256',
          },
        },
      },
      { Effect: 'Allow', Action: ['kms:GetPublicKey', 'kms:DescribeKey'], Resource: arns },
    ],
  };
}

function sealing(around: Surroundings, taskRole: aws.iam.Role): Keys {
  const { issuerName, url } = around.plan;
  const use = ['kms:GenerateDataKey', 'kms:Decrypt', 'kms:DescribeKey'];
  const { arn } = makeKey(around, taskRole, use, 'sealing', {
    description: `Seals the private keys of ${url}`,
    keyUsage: 'ENCRYPT_DECRYPT',
    customerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    enableKeyRotation: true,
  });
  return {
    arns: [arn],
    environment: { IDP_ISSUER__CUSTODY__0__KMS_SEALING__KEY: arn },
    statements: [
      {
        Effect: 'Allow',
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Resource: arn,
        Condition: { StringEquals: { 'kms:EncryptionContext:idp-kit:issuer': issuerName } },
      },
      { Effect: 'Allow', Action: 'kms:DescribeKey', Resource: arn },
    ],
  };
}

function makeKey(
  { name, parent, plan, account, partition }: Surroundings,
  taskRole: aws.iam.Role,
  use: readonly string[],
  kind: string,
  args: aws.kms.KeyArgs,
): aws.kms.Key {
  const root = pulumi.interpolate`arn:${partition}:iam::${account}:root`;
  const policy = policyJson(
    { Sid: 'Administration', Effect: 'Allow', Principal: { AWS: root }, Action: ADMINISTRATION, Resource: '*' },
    { Sid: 'Use', Effect: 'Allow', Principal: { AWS: taskRole.arn }, Action: use, Resource: '*' },
  );
  return new aws.kms.Key(
    `${name}-${kind}`,
    { ...args, policy, deletionWindowInDays: 30 },
    { parent, protect: plan.protect },
  );
}
