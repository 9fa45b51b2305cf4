/** PostgreSQL, and the secret that holds its URL: the password is in Secrets Manager, and in the state as a secret alone. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { valueOf } from '../resolve.ts';
import { accept, refuse } from '../../src/claims/problem.ts';
import { IssuerDatabaseKind } from './args.ts';
import { checkDatabaseUrl } from './check-places.ts';
import { type Groups, POSTGRES } from './groups.ts';
import type { Network } from './network.ts';
import type { Surroundings } from './surroundings.ts';

export interface Database {
  /** ARN of the secret with the URL. */
  readonly secretArn: pulumi.Input<string>;
  /** ARNs of all secrets made here. */
  readonly secretArns: pulumi.Output<string>[];
  /** KMS key of a given secret that is not under the key of AWS. */
  readonly secretKeyArn: pulumi.Input<string> | undefined;
  /** What a container names it by: with the version, so that another password is another task definition. */
  readonly valueFrom: pulumi.Input<string>;
  /** For alarms; nothing of a given one. */
  readonly watched: Watched | undefined;
}

export type Watched =
  | { readonly kind: 'aurora'; readonly cluster: pulumi.Output<string>; readonly members: pulumi.Resource[] }
  | { readonly kind: 'rds'; readonly instance: pulumi.Output<string>; readonly members: pulumi.Resource[] };

const USER = 'idp';
const DATABASE = 'issuer';

export function makeDatabase(around: Surroundings, network: Network, groups: Groups): Database {
  const { parent, plan } = around;
  const { urlSecretArn, urlSecretKeyArn: secretKeyArn, url, kind } = plan.database;
  if (kind !== IssuerDatabaseKind.Given) return ownDatabase(around, network, groups);
  if (urlSecretArn !== undefined) {
    return { secretArn: urlSecretArn, secretArns: [], secretKeyArn, valueFrom: urlSecretArn, watched: undefined };
  }
  const checked = pulumi.output(url ?? '').apply((text) => {
    const problems = checkDatabaseUrl(text);
    return valueOf(problems.length === 0 ? accept(text) : refuse(...problems), parent);
  });
  const secret = makeSecret(around, 'database-url', 'URL of the store of the token issuer', checked);
  return { ...secret, secretArns: [secret.secretArn], secretKeyArn: undefined, watched: undefined };
}

function ownDatabase(around: Surroundings, network: Network, groups: Groups): Database {
  const { name, parent } = around;
  const password = makePassword(around);
  const subnets = new aws.rds.SubnetGroup(`${name}-database`, { subnetIds: network.privateSubnetIds }, { parent });
  const place = {
    subnets,
    password: password.value,
    groups: groups.database === undefined ? [] : [groups.database.id],
  };
  const { host, watched } =
    around.plan.database.kind === IssuerDatabaseKind.Rds ? makeInstance(around, place) : makeCluster(around, place);
  const url = pulumi.interpolate`postgresql://${USER}:${password.value}@${host}:${POSTGRES}/${DATABASE}?sslmode=verify-full`;
  const secret = makeSecret(around, 'database-url', 'URL of the store of the token issuer', url);
  return { ...secret, secretArns: [password.secretArn, secret.secretArn], secretKeyArn: undefined, watched };
}

interface Place {
  readonly subnets: aws.rds.SubnetGroup;
  readonly groups: pulumi.Output<string>[];
  readonly password: pulumi.Output<string>;
}

interface Made {
  readonly host: pulumi.Output<string>;
  readonly watched: Watched;
}

/** What both kinds have in common: encrypted, backed up, and not deleted by mistake. */
function guarded({ name, plan }: Surroundings, { subnets, groups }: Place) {
  const { backupDays, majorVersion } = plan.database;
  return {
    engineVersion: majorVersion,
    dbSubnetGroupName: subnets.name,
    vpcSecurityGroupIds: groups,
    storageEncrypted: true,
    backupRetentionPeriod: backupDays,
    deletionProtection: plan.protect,
    skipFinalSnapshot: !plan.protect,
    ...(plan.protect ? { finalSnapshotIdentifier: `${name}-final` } : {}),
  };
}

function makeCluster(around: Surroundings, place: Place): Made {
  const { name, parent, plan } = around;
  const { minCapacity, maxCapacity, instances } = plan.database;
  const guard = { parent, protect: plan.protect };
  const cluster = new aws.rds.Cluster(
    `${name}-database`,
    {
      ...guarded(around, place),
      engine: 'aurora-postgresql',
      engineMode: 'provisioned',
      databaseName: DATABASE,
      masterUsername: USER,
      masterPassword: place.password,
      copyTagsToSnapshot: true,
      serverlessv2ScalingConfiguration: { minCapacity, maxCapacity },
    },
    guard,
  );
  const members = Array.from(
    { length: instances },
    (_, index) =>
      new aws.rds.ClusterInstance(
        `${name}-database-${index + 1}`,
        {
          clusterIdentifier: cluster.id,
          engine: 'aurora-postgresql',
          instanceClass: 'db.serverless',
          publiclyAccessible: false,
          autoMinorVersionUpgrade: true,
        },
        guard,
      ),
  );
  return { host: cluster.endpoint, watched: { kind: 'aurora', cluster: cluster.id, members } };
}

function makeInstance(around: Surroundings, place: Place): Made {
  const { name, parent, plan } = around;
  const { instanceClass, storageGiB } = plan.database;
  const instance = new aws.rds.Instance(
    `${name}-database`,
    {
      ...guarded(around, place),
      engine: 'postgres',
      dbName: DATABASE,
      username: USER,
      password: place.password,
      instanceClass,
      allocatedStorage: storageGiB,
      maxAllocatedStorage: storageGiB * 5,
      storageType: 'gp3',
      multiAz: true,
      publiclyAccessible: false,
      autoMinorVersionUpgrade: true,
      copyTagsToSnapshot: true,
    },
    { parent, protect: plan.protect },
  );
  return { host: instance.address, watched: { kind: 'rds', instance: instance.identifier, members: [instance] } };
}

interface Password {
  readonly value: pulumi.Output<string>;
  readonly secretArn: pulumi.Output<string>;
}

/**
 * Made once by AWS, and kept: what a later run draws is ignored. The password of RDS's own making would be changed every
 * week behind the back of tasks that run.
 */
function makePassword(around: Surroundings): Password {
  const { name, parent, plan } = around;
  const drawn = aws.secretsmanager.getRandomPasswordOutput(
    // What a URL needs no escapes for.
    { passwordLength: 40, excludePunctuation: true, requireEachIncludedType: true },
    { parent },
  ).randomPassword;
  const secret = newSecret(around, 'database-password', 'Password of the store of the token issuer');
  const version = new aws.secretsmanager.SecretVersion(
    `${name}-database-password-${plan.database.passwordVersion}`,
    { secretId: secret.id, secretString: pulumi.secret(drawn) },
    { parent, ignoreChanges: ['secretString'], additionalSecretOutputs: ['secretString'] },
  );
  return { value: pulumi.secret(version.secretString.apply((text) => text ?? '')), secretArn: secret.arn };
}

interface Secret {
  readonly secretArn: pulumi.Output<string>;
  readonly valueFrom: pulumi.Output<string>;
}

function makeSecret(around: Surroundings, kind: string, description: string, text: pulumi.Input<string>): Secret {
  const secret = newSecret(around, kind, description);
  const version = new aws.secretsmanager.SecretVersion(
    `${around.name}-${kind}`,
    { secretId: secret.id, secretString: pulumi.secret(text) },
    { parent: around.parent, additionalSecretOutputs: ['secretString'] },
  );
  // ARN, key of a JSON document, stage, version (Amazon ECS Developer Guide, "Pass Secrets Manager secrets").
  return { secretArn: secret.arn, valueFrom: pulumi.interpolate`${secret.arn}:::${version.versionId}` };
}

function newSecret({ name, parent, plan }: Surroundings, kind: string, description: string): aws.secretsmanager.Secret {
  return new aws.secretsmanager.Secret(
    `${name}-${kind}`,
    { description, recoveryWindowInDays: plan.protect ? 30 : 0 },
    { parent, protect: plan.protect },
  );
}
