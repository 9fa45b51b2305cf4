import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { describeProblem } from '../../src/claims/problem.ts';
import { type AwsSession } from '../../src/issuer/aws-session.ts';
import { exchange } from '../../src/issuer/exchange.ts';
import { putOrganization } from '../../src/issuer/organization.ts';
import { evaluateTrustPolicy } from '../../src/trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../../src/trust/aws/policy.ts';
import { ENVIRONMENT, type TestIssuer, configuration, registered, testIssuer } from './issuer.ts';

const NONE: AwsSession = { tags: {}, transitive_tag_keys: [], source_identity: null, roles: null };
const ROLE = 'arn:aws:iam::123456789012:role/ci/deploy';
const SESSION: AwsSession = {
  tags: { Project: 'project_id', Mail: 'creator_email' },
  transitive_tag_keys: ['Project'],
  source_identity: 'creator_email',
  roles: [ROLE],
};

async function claimsFor(session: AwsSession | null, audiences: readonly string[], issuer?: TestIssuer) {
  const at = issuer ?? (await testIssuer());
  const { credential } = await registered(at, { awsSession: session });
  const answer = await exchange(at, { subject: { kind: 'credential', credential }, audiences });
  return answer.ok ? decodeJwt(answer.token) : answer.description;
}

describe("AWS's own claims", () => {
  it('are in a token for AWS, as STS reads them', async () => {
    const claims = await claimsFor(SESSION, ['sts.amazonaws.com']);
    expect(claims).toMatchObject({
      'https://aws.amazon.com/tags': {
        principal_tags: { Project: ['019527e4-2222'], Mail: ['ada@acme.example'] },
        transitive_tag_keys: ['Project'],
      },
      'https://aws.amazon.com/source_identity': 'ada@acme.example',
      'https://aws.amazon.com/roles': [ROLE],
    });
    const statement = {
      Effect: 'Allow',
      Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/app.gitpod.io' },
      Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Condition: { StringEquals: { 'aws:RequestTag/Project': '019527e4-2222' } },
    };
    const policy = parseTrustPolicy({ Version: '2012-10-17', Statement: [statement] });
    if (!policy.ok || typeof claims === 'string') throw new Error('a policy and claims');
    const asked = { claims: claims as never, roleArn: ROLE };
    expect(evaluateTrustPolicy(policy.value, asked).admitted).toBe(true);
    expect(evaluateTrustPolicy(policy.value, { ...asked, roleArn: `${ROLE}-2` }).admitted).toBe(false);
  });

  it.each<[string, AwsSession | null, string[]]>([
    ['for others', SESSION, ['vault.hashicorp.com']],
    ['where none are configured', null, ['sts.amazonaws.com']],
    ['where there is nothing to say', NONE, ['sts.amazonaws.com']],
  ])('are not in a token %s', async (_, session, audiences) => {
    const claims = await claimsFor(session, audiences);
    expect(Object.keys(claims).filter((claim) => claim.includes('aws.amazon.com'))).toEqual([]);
  });

  it('lack the tag of a claim that the token lacks', async () => {
    const issuer = await testIssuer();
    const session = { ...NONE, tags: { Field: 'creator_idp' }, transitive_tag_keys: ['Field'] };
    expect(await claimsFor(session, ['sts.amazonaws.com'], issuer)).not.toHaveProperty(['https://aws.amazon.com/tags']);
  });

  it('are refused where AWS would take no such value', async () => {
    const session = { ...NONE, source_identity: 'sub' };
    expect(await claimsFor(session, ['sts.amazonaws.com'])).toMatch(/AWS takes no source identity/);
  });

  it.each<[string, Partial<AwsSession>, RegExp]>([
    ['a claim that is none', { tags: { P: 'project' } }, /^aws_session\.tags\.P: .*no text `project` \(.*project_id/],
    ['a claim that is no text', { tags: { P: 'creator_idp_claims' } }, /no text `creator_idp_claims`/],
    ['a key of AWS', { tags: { 'aws:x': 'project_id' } }, /tags\.aws:x: this is no key/],
    [
      'too many tags',
      { tags: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, 'sub'])) },
      /at most 50/,
    ],
    ['a transitive key that is no tag', { transitive_tag_keys: ['X'] }, /transitive_tag_keys\.0: there is no tag X/],
    ['a source identity that is no claim', { source_identity: 'mail' }, /aws_session\.source_identity: /],
    ['what is no role', { roles: ['arn:aws:iam::1:role/x'] }, /roles\.0: arn:aws:iam::1:role\/x is no ARN of a role/],
  ])('are not configured with %s', async (_, changes, message) => {
    const put = await putOrganization(
      await testIssuer(),
      'acme',
      configuration({ awsSession: { ...NONE, ...changes } }),
    );
    expect(put.ok ? [] : put.problems.map(describeProblem)).toEqual([expect.stringMatching(message)]);
  });
});

describe('facts that all workloads of an organization share', () => {
  const facts = { organization_id: 'org-of-acme' };

  it('are those of its tokens, and cannot be contradicted', async () => {
    const issuer = await testIssuer();
    const own = Object.fromEntries(Object.entries(ENVIRONMENT).filter(([name]) => name !== 'organization_id'));
    const { credential, subject } = await registered(issuer, { facts }, { facts: own });
    expect(subject).toBe('organization_id:org-of-acme:project_id:019527e4-2222');
    const answer = await exchange(issuer, { subject: { kind: 'credential', credential }, audiences: ['a'] });
    expect(decodeJwt(answer.ok ? answer.token : '')).toMatchObject({ organization_id: 'org-of-acme' });
    await expect(registered(issuer, { facts })).rejects.toThrow(
      /`organization_id` is \\"org-of-acme\\" for all of this/,
    );
  });

  it('win over what a workload was registered with before', async () => {
    const issuer = await testIssuer();
    const { credential } = await registered(issuer);
    await putOrganization(issuer, 'acme', configuration({ facts }));
    const answer = await exchange(issuer, { subject: { kind: 'credential', credential }, audiences: ['a'] });
    expect(decodeJwt(answer.ok ? answer.token : '').sub).toBe('organization_id:org-of-acme:project_id:019527e4-2222');
  });

  it.each<[string, object, RegExp]>([
    ['that no tokens have', { org: 'x' }, /^facts\.org: such tokens have no `org`/],
    ['that cannot be', { organization_id: 'a b' }, /^facts\.organization_id: .*characters that it cannot have/],
  ])('are refused %s', async (_, wrong, message) => {
    const put = await putOrganization(await testIssuer(), 'acme', configuration({ facts: wrong as never }));
    expect(put.ok ? [] : put.problems.map(describeProblem)).toEqual([expect.stringMatching(message)]);
  });
});
