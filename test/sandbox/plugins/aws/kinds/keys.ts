/** KMS keys, secrets and their versions. */
import type { CreateKeyCommandInput } from '@aws-sdk/client-kms';
import { samePolicy } from '../../core/compare.ts';
import { bag, text, type Bag, type Kind } from '../../core/kind.ts';
import type { Aws } from '../api.ts';
import { changeable, fixed, kept, outputs, unlessMissing } from '../table.ts';

export const key: Kind<Aws> = {
  properties: {
    ...changeable('string', 'description'),
    ...changeable('policy', 'policy'),
    keyUsage: { as: 'string', default: 'ENCRYPT_DECRYPT', replace: true },
    customerMasterKeySpec: { as: 'string', default: 'SYMMETRIC_DEFAULT', replace: true },
    enableKeyRotation: { as: 'boolean', default: false },
    ...kept('number', 'deletionWindowInDays'),
    ...outputs('string', 'arn', 'keyId'),
  },
  create: async (aws, inputs) => {
    const kms = await aws.use('kms');
    const { KeyMetadata } = await kms.createKey({
      Description: text(inputs.description),
      Policy: text(inputs.policy),
      KeyUsage: text(inputs.keyUsage) as CreateKeyCommandInput['KeyUsage'],
      KeySpec: text(inputs.customerMasterKeySpec) as CreateKeyCommandInput['KeySpec'],
    });
    const KeyId = KeyMetadata?.KeyId ?? '';
    if (inputs.enableKeyRotation === true) await kms.enableKeyRotation({ KeyId });
    return KeyId;
  },
  read: async (aws, KeyId) => {
    const kms = await aws.use('kms');
    const found = (await unlessMissing(kms.describeKey({ KeyId })))?.KeyMetadata;
    if (found === undefined || found.KeyState === 'PendingDeletion') return undefined;
    const symmetric = found.KeySpec === 'SYMMETRIC_DEFAULT';
    return bag({
      description: found.Description,
      policy: (await kms.getKeyPolicy({ KeyId, PolicyName: 'default' })).Policy,
      keyUsage: found.KeyUsage,
      customerMasterKeySpec: found.KeySpec,
      enableKeyRotation: symmetric && (await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled === true,
      arn: found.Arn,
      keyId: KeyId,
    });
  },
  update: async (aws, KeyId, olds, news) => {
    const kms = await aws.use('kms');
    await kms.updateKeyDescription({ KeyId, Description: text(news.description) });
    if (samePolicy(olds.policy ?? '', news.policy ?? '')) return;
    await kms.putKeyPolicy({ KeyId, PolicyName: 'default', Policy: text(news.policy) });
  },
  delete: async (aws, KeyId, state) => {
    const PendingWindowInDays = Number(state.deletionWindowInDays ?? 30);
    await unlessMissing((await aws.use('kms')).scheduleKeyDeletion({ KeyId, PendingWindowInDays }));
  },
};

export const secret: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...changeable('string', 'description'),
    ...kept('number', 'recoveryWindowInDays'),
    ...outputs('string', 'arn'),
  },
  create: async (aws, inputs) => {
    const request = { Name: text(inputs.name), Description: text(inputs.description) };
    return (await (await aws.use('secretsmanager')).createSecret(request)).ARN ?? '';
  },
  read: async (aws, SecretId) => {
    const found = await unlessMissing((await aws.use('secretsmanager')).describeSecret({ SecretId }));
    if (found === undefined || found.DeletedDate !== undefined) return undefined;
    return bag({ name: found.Name, description: found.Description, arn: found.ARN });
  },
  update: async (aws, SecretId, _olds, news) => {
    await (await aws.use('secretsmanager')).updateSecret({ SecretId, Description: text(news.description) });
  },
  delete: async (aws, SecretId, state) => {
    const days = Number(state.recoveryWindowInDays ?? 30);
    const window = days === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: days };
    await unlessMissing((await aws.use('secretsmanager')).deleteSecret({ SecretId, ...window }));
  },
};

/** Its id is the secret's and the version's. A version is not deleted: it loses its stages when the next has them. */
export const secretVersion: Kind<Aws> = {
  properties: {
    ...fixed('string', 'secretId', 'secretString'),
    ...outputs('string', 'arn', 'versionId'),
  },
  create: async (aws, inputs) => {
    const SecretId = text(inputs.secretId);
    const SecretString = text(inputs.secretString);
    const { VersionId = '' } = await (await aws.use('secretsmanager')).putSecretValue({ SecretId, SecretString });
    return `${SecretId}|${VersionId}`;
  },
  read: async (aws, id) => {
    const [SecretId, VersionId = ''] = id.split('|');
    const found = await unlessMissing((await aws.use('secretsmanager')).getSecretValue({ SecretId, VersionId }));
    if (found === undefined) return undefined;
    return bag({
      secretId: SecretId,
      secretString: found.SecretString,
      arn: found.ARN,
      versionId: found.VersionId,
    });
  },
  delete: () => Promise.resolve(),
};

export async function randomPassword(aws: Aws, args: Bag): Promise<Bag> {
  const { RandomPassword = '' } = await (
    await aws.use('secretsmanager')
  ).getRandomPassword({
    PasswordLength: Number(args.passwordLength ?? 32),
    ExcludePunctuation: args.excludePunctuation === true,
    RequireEachIncludedType: args.requireEachIncludedType === true,
  });
  return { ...args, id: 'random', randomPassword: RandomPassword };
}
