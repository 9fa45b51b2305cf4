/** aws:iam/policy:Policy, a customer managed policy; its id is its ARN. */
import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from '@aws-sdk/client-iam';
import { same } from '../core/compare.ts';
import { bag, text, type Bag, type Kind } from '../core/kind.ts';
import { document, tagChange, tagList, tagMap, unlessGone, type Aws } from './api.ts';

/** IAM keeps five versions of a policy (IAM quotas); the oldest makes room for the sixth. */
const MAX_VERSIONS = 5;

export const policy: Kind<Aws> = {
  properties: {
    description: { as: 'string', replace: true },
    name: { as: 'string', autoName: true, computed: true, replace: true },
    namePrefix: { as: 'string', computed: true, replace: true },
    path: { as: 'string', default: '/', replace: true },
    policy: { as: 'policy', required: true },
    tags: { as: 'map' },
    arn: { as: 'string', output: true },
    policyId: { as: 'string', output: true },
    tagsAll: { as: 'map', output: true },
  },
  create: async ({ iam }, inputs) => {
    const answer = await iam.send(
      new CreatePolicyCommand({
        PolicyName: text(inputs.name),
        PolicyDocument: text(inputs.policy),
        Path: text(inputs.path),
        ...(inputs.description === undefined ? {} : { Description: text(inputs.description) }),
        Tags: tagList(inputs.tags),
      }),
    );
    return answer.Policy?.Arn ?? '';
  },
  read: readPolicy,
  update: async ({ iam }, id, olds, news) => {
    if (!same({ as: 'policy' }, olds.policy, news.policy)) {
      const versions = await nonDefaultVersions({ iam }, id);
      for (const VersionId of versions.slice(0, Math.max(0, versions.length + 2 - MAX_VERSIONS))) {
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn: id, VersionId }));
      }
      const PolicyDocument = text(news.policy);
      await iam.send(new CreatePolicyVersionCommand({ PolicyArn: id, PolicyDocument, SetAsDefault: true }));
    }
    const { TagKeys, Tags } = tagChange(olds.tags, news.tags);
    if (TagKeys.length > 0) await iam.send(new UntagPolicyCommand({ PolicyArn: id, TagKeys }));
    if (Tags.length > 0) await iam.send(new TagPolicyCommand({ PolicyArn: id, Tags }));
  },
  delete: async ({ iam }, id) => {
    const versions = await unlessGone(nonDefaultVersions({ iam }, id));
    if (versions === undefined) return;
    for (const VersionId of versions) await iam.send(new DeletePolicyVersionCommand({ PolicyArn: id, VersionId }));
    await unlessGone(iam.send(new DeletePolicyCommand({ PolicyArn: id })));
  },
};

/** Oldest first. */
async function nonDefaultVersions({ iam }: Pick<Aws, 'iam'>, PolicyArn: string): Promise<string[]> {
  const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  const numbered = Versions.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true).map(
    ({ VersionId }) => VersionId ?? '',
  );
  return numbered.sort((left, right) => Number(left.slice(1)) - Number(right.slice(1)));
}

async function readPolicy({ iam }: Pick<Aws, 'iam'>, id: string, state: Bag): Promise<Bag | undefined> {
  const found = (await unlessGone(iam.send(new GetPolicyCommand({ PolicyArn: id }))))?.Policy;
  if (found === undefined) return undefined;
  const version = { PolicyArn: id, VersionId: found.DefaultVersionId };
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand(version));
  const tags = tagMap(found.Tags);
  return bag({
    arn: id,
    description: found.Description ?? '',
    name: found.PolicyName,
    namePrefix: text(state.namePrefix),
    path: found.Path,
    policy: document(PolicyVersion?.Document),
    policyId: found.PolicyId,
    tags,
    tagsAll: tags,
  });
}
