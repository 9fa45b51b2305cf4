/** RDS: subnet groups, Aurora clusters with their instances, and instances by themselves. */
import { bag, text, texts, type Bag, type Kind } from '../../core/kind.ts';
import type { Aws } from '../api.ts';
import { changeable, fixed, kept, outputs, unlessMissing } from '../table.ts';

export const subnetGroup: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...changeable('set', 'subnetIds'),
    description: { as: 'string', default: 'Managed by Pulumi' },
  },
  create: async (aws, inputs) => {
    await (
      await aws.use('rds')
    ).createDBSubnetGroup({
      DBSubnetGroupName: text(inputs.name),
      DBSubnetGroupDescription: text(inputs.description),
      SubnetIds: texts(inputs.subnetIds),
    });
    return text(inputs.name);
  },
  read: async (aws, DBSubnetGroupName) => {
    const answer = await unlessMissing((await aws.use('rds')).describeDBSubnetGroups({ DBSubnetGroupName }));
    const found = answer?.DBSubnetGroups?.[0];
    if (found === undefined) return undefined;
    return bag({
      name: found.DBSubnetGroupName,
      description: found.DBSubnetGroupDescription,
      subnetIds: (found.Subnets ?? []).map(({ SubnetIdentifier = '' }) => SubnetIdentifier),
    });
  },
  delete: async (aws, DBSubnetGroupName) => {
    await unlessMissing((await aws.use('rds')).deleteDBSubnetGroup({ DBSubnetGroupName }));
  },
};

/** `17` and `17.4` are the same where the first was asked for. */
const sameVersion = (left: unknown, right: unknown): boolean =>
  left === right || String(left).startsWith(`${String(right)}.`) || String(right).startsWith(`${String(left)}.`);

/** What an instance and a cluster have in common. */
const COMMON = {
  engineVersion: { as: 'string', same: sameVersion },
  ...fixed('string', 'engine', 'dbSubnetGroupName'),
  ...fixed('boolean', 'storageEncrypted'),
  ...changeable('set', 'vpcSecurityGroupIds'),
  ...changeable('number', 'backupRetentionPeriod'),
  ...changeable('boolean', 'deletionProtection', 'copyTagsToSnapshot'),
  ...kept('boolean', 'skipFinalSnapshot'),
  ...kept('string', 'finalSnapshotIdentifier'),
} as const;

const common = (inputs: Bag) => ({
  Engine: text(inputs.engine),
  EngineVersion: text(inputs.engineVersion),
  DBSubnetGroupName: text(inputs.dbSubnetGroupName),
  StorageEncrypted: inputs.storageEncrypted === true,
  VpcSecurityGroupIds: texts(inputs.vpcSecurityGroupIds),
  ...changing(inputs),
});

/** What can be changed in place. */
const changing = (inputs: Bag) => ({
  BackupRetentionPeriod: Number(inputs.backupRetentionPeriod),
  DeletionProtection: inputs.deletionProtection === true,
  CopyTagsToSnapshot: inputs.copyTagsToSnapshot === true,
});

export const cluster: Kind<Aws> = {
  properties: {
    ...COMMON,
    clusterIdentifier: { as: 'string', autoName: true, computed: true, replace: true },
    ...fixed('string', 'engineMode', 'databaseName', 'masterUsername'),
    ...kept('string', 'masterPassword'),
    ...changeable('block', 'serverlessv2ScalingConfiguration'),
    ...outputs('string', 'arn', 'endpoint'),
  },
  create: async (aws, inputs) => {
    const id = text(inputs.clusterIdentifier);
    await (
      await aws.use('rds')
    ).createDBCluster({
      ...common(inputs),
      DBClusterIdentifier: id,
      EngineMode: text(inputs.engineMode),
      DatabaseName: text(inputs.databaseName),
      MasterUsername: text(inputs.masterUsername),
      MasterUserPassword: text(inputs.masterPassword),
      ServerlessV2ScalingConfiguration: scaling(inputs),
    });
    return id;
  },
  read: async (aws, id) => {
    const answer = await unlessMissing((await aws.use('rds')).describeDBClusters({ DBClusterIdentifier: id }));
    const found = answer?.DBClusters?.[0];
    if (found === undefined) return undefined;
    const { MinCapacity: minCapacity = 0, MaxCapacity: maxCapacity = 0 } = found.ServerlessV2ScalingConfiguration ?? {};
    return bag({
      clusterIdentifier: found.DBClusterIdentifier,
      engine: found.Engine,
      engineVersion: found.EngineVersion,
      engineMode: found.EngineMode,
      databaseName: found.DatabaseName,
      masterUsername: found.MasterUsername,
      dbSubnetGroupName: found.DBSubnetGroup,
      storageEncrypted: found.StorageEncrypted,
      vpcSecurityGroupIds: (found.VpcSecurityGroups ?? []).map(({ VpcSecurityGroupId = '' }) => VpcSecurityGroupId),
      backupRetentionPeriod: found.BackupRetentionPeriod,
      deletionProtection: found.DeletionProtection,
      copyTagsToSnapshot: found.CopyTagsToSnapshot,
      serverlessv2ScalingConfiguration: { minCapacity, maxCapacity },
      arn: found.DBClusterArn,
      endpoint: found.Endpoint,
    });
  },
  update: async (aws, DBClusterIdentifier, olds, news) => {
    await (
      await aws.use('rds')
    ).modifyDBCluster({
      DBClusterIdentifier,
      ...changing(news),
      ServerlessV2ScalingConfiguration: scaling(news),
      ...newPassword(text(olds.masterPassword), text(news.masterPassword)),
    });
  },
  delete: async (aws, DBClusterIdentifier, state) => {
    await unlessMissing((await aws.use('rds')).deleteDBCluster({ DBClusterIdentifier, ...snapshot(state) }));
  },
};

const scaling = ({ serverlessv2ScalingConfiguration: block }: Bag) => {
  const { minCapacity = 0, maxCapacity = 0 } = block as Bag;
  return { MinCapacity: Number(minCapacity), MaxCapacity: Number(maxCapacity) };
};

const newPassword = (old: string, password: string) => (old === password ? {} : { MasterUserPassword: password });

const snapshot = (state: Bag) =>
  state.skipFinalSnapshot === true
    ? { SkipFinalSnapshot: true }
    : { SkipFinalSnapshot: false, FinalDBSnapshotIdentifier: text(state.finalSnapshotIdentifier) };

export const clusterInstance: Kind<Aws> = {
  properties: {
    identifier: { as: 'string', autoName: true, computed: true, replace: true },
    ...fixed('string', 'clusterIdentifier', 'engine'),
    ...changeable('string', 'instanceClass'),
    ...changeable('boolean', 'publiclyAccessible', 'autoMinorVersionUpgrade'),
  },
  create: async (aws, inputs) => {
    const id = text(inputs.identifier);
    await (
      await aws.use('rds')
    ).createDBInstance({
      DBInstanceIdentifier: id,
      DBClusterIdentifier: text(inputs.clusterIdentifier),
      Engine: text(inputs.engine),
      DBInstanceClass: text(inputs.instanceClass),
      PubliclyAccessible: inputs.publiclyAccessible === true,
      AutoMinorVersionUpgrade: inputs.autoMinorVersionUpgrade === true,
    });
    return id;
  },
  read: async (aws, id) => {
    const found = await instanceOf(aws, id);
    if (found === undefined) return undefined;
    return bag({
      identifier: found.DBInstanceIdentifier,
      clusterIdentifier: found.DBClusterIdentifier,
      engine: found.Engine,
      instanceClass: found.DBInstanceClass,
      publiclyAccessible: found.PubliclyAccessible,
      autoMinorVersionUpgrade: found.AutoMinorVersionUpgrade,
    });
  },
  delete: async (aws, DBInstanceIdentifier) => {
    await unlessMissing((await aws.use('rds')).deleteDBInstance({ DBInstanceIdentifier, SkipFinalSnapshot: true }));
  },
};

async function instanceOf(aws: Aws, DBInstanceIdentifier: string) {
  const answer = await unlessMissing((await aws.use('rds')).describeDBInstances({ DBInstanceIdentifier }));
  return answer?.DBInstances?.[0];
}

export const instance: Kind<Aws> = {
  properties: {
    ...COMMON,
    identifier: { as: 'string', autoName: true, computed: true, replace: true },
    ...fixed('string', 'dbName', 'username'),
    ...kept('string', 'password'),
    ...changeable('string', 'instanceClass', 'storageType'),
    ...changeable('number', 'allocatedStorage', 'maxAllocatedStorage'),
    ...changeable('boolean', 'multiAz', 'publiclyAccessible', 'autoMinorVersionUpgrade'),
    ...outputs('string', 'arn', 'address'),
  },
  create: async (aws, inputs) => {
    const id = text(inputs.identifier);
    await (
      await aws.use('rds')
    ).createDBInstance({
      ...common(inputs),
      DBInstanceIdentifier: id,
      DBInstanceClass: text(inputs.instanceClass),
      DBName: text(inputs.dbName),
      MasterUsername: text(inputs.username),
      MasterUserPassword: text(inputs.password),
      AllocatedStorage: Number(inputs.allocatedStorage),
      MaxAllocatedStorage: Number(inputs.maxAllocatedStorage),
      StorageType: text(inputs.storageType),
      MultiAZ: inputs.multiAz === true,
      PubliclyAccessible: inputs.publiclyAccessible === true,
      AutoMinorVersionUpgrade: inputs.autoMinorVersionUpgrade === true,
    });
    return id;
  },
  read: async (aws, id) => {
    const found = await instanceOf(aws, id);
    if (found === undefined) return undefined;
    return bag({
      identifier: found.DBInstanceIdentifier,
      engine: found.Engine,
      engineVersion: found.EngineVersion,
      dbName: found.DBName,
      username: found.MasterUsername,
      instanceClass: found.DBInstanceClass,
      storageType: found.StorageType,
      allocatedStorage: found.AllocatedStorage,
      maxAllocatedStorage: found.MaxAllocatedStorage,
      multiAz: found.MultiAZ,
      publiclyAccessible: found.PubliclyAccessible,
      autoMinorVersionUpgrade: found.AutoMinorVersionUpgrade,
      dbSubnetGroupName: found.DBSubnetGroup?.DBSubnetGroupName,
      storageEncrypted: found.StorageEncrypted,
      vpcSecurityGroupIds: (found.VpcSecurityGroups ?? []).map(({ VpcSecurityGroupId = '' }) => VpcSecurityGroupId),
      backupRetentionPeriod: found.BackupRetentionPeriod,
      deletionProtection: found.DeletionProtection,
      copyTagsToSnapshot: found.CopyTagsToSnapshot,
      arn: found.DBInstanceArn,
      address: found.Endpoint?.Address,
    });
  },
  delete: async (aws, DBInstanceIdentifier, state) => {
    await unlessMissing((await aws.use('rds')).deleteDBInstance({ DBInstanceIdentifier, ...snapshot(state) }));
  },
};
