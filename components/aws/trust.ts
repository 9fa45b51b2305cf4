/** The trust policies of a role, from the args: which issuers' tokens, for which audience, with what session. */

import * as pulumi from '@pulumi/pulumi';
import { type Problem, type Result, accept, problem, refuse, under } from '../../src/claims/problem.ts';
import { conditionPrefix } from '../../src/claims/profile.ts';
import { type AdmissionArgs } from '../../src/trust/admission.ts';
import { type AwsTrust, compileTrusts, providerArn, splitTrusts } from '../../src/trust/aws/compile.ts';
import { type PolicyDocument } from '../../src/trust/aws/policy.ts';
import { type SessionArgs, readSessionDemands } from '../../src/trust/aws/session-demands.ts';
import { type IssuerArgs, admissionOf } from '../args.ts';
import { type ArgTable, type Later, isPlain, mapped, resolved, valueOf } from '../resolve.ts';
import { DEFAULT_PARTITION, checkAccount, checkAudiences, checkPartition } from './account.ts';

/** Tokens of one issuer that may take the role. */
export interface FederatedAdmissionArgs {
  /** The issuer; its OIDC provider must exist in the account (see `AwsOidcProvider`). */
  issuer: IssuerArgs;
  /** Which of its tokens. */
  admission: pulumi.Input<AdmissionArgs>;
  /** Audiences, any of which a token must be for. @default `sts.amazonaws.com` */
  audiences?: pulumi.Input<pulumi.Input<string>[]>;
  /** Session tags and source identity that a token must carry. @default none, and a token that carries some is refused */
  session?: SessionArgs;
}

export const FEDERATED_ADMISSION_ARGS: ArgTable<FederatedAdmissionArgs> = {
  issuer: 'required',
  admission: 'required',
  audiences: 'optional',
  session: 'optional',
};

/** What the trust policies of a role are made of. */
export interface TrustInputs {
  readonly admissions: readonly FederatedAdmissionArgs[];
  readonly accountId: pulumi.Input<string>;
  readonly partition?: pulumi.Input<string>;
  readonly quota?: number;
  readonly split?: boolean;
}

/** The same when all is known. */
export type TrustValues = pulumi.Unwrap<TrustInputs>;

/** One trust policy, or as many as it takes, as JSON; or everything that is wrong. Pure. */
export function trustPolicyTexts(values: TrustValues): Result<readonly string[]> {
  const { accountId, partition = DEFAULT_PARTITION, quota } = values;
  const problems: Problem[] = [...checkAccount(accountId), ...checkPartition(partition)];
  const trusts: AwsTrust[] = [];
  for (const [index, one] of values.admissions.entries()) {
    const trust = trustOf(one, partition, accountId);
    const path = index === 0 ? [] : ['alsoAdmit', index - 1];
    if (trust.ok) trusts.push(trust.value);
    else problems.push(...under(path, trust.problems));
  }
  if (problems.length > 0) return refuse(...problems);
  const limits = quota === undefined ? {} : { quota };
  const documents = values.split === true ? splitTrusts(trusts, limits) : asList(compileTrusts(trusts, limits));
  return documents.ok ? accept(documents.value.map((document) => JSON.stringify(document))) : documents;
}

const asList = (document: Result<PolicyDocument>): Result<readonly PolicyDocument[]> =>
  document.ok ? accept([document.value]) : document;

function trustOf(one: pulumi.Unwrap<FederatedAdmissionArgs>, partition: string, account: string): Result<AwsTrust> {
  const admission = admissionOf(one.issuer, one.admission);
  const session = readSessionDemands(one.session ?? {});
  const audiences = one.audiences as readonly string[] | undefined;
  const problems = [
    ...(admission.ok ? [] : admission.problems),
    ...(session.ok ? [] : session.problems),
    ...(audiences === undefined ? [] : checkAudiences(audiences)),
  ];
  if (problems.length > 0 || !admission.ok || !session.ok) return refuse(...problems);
  const { tags, sourceIdentity } = session.value;
  return accept({
    admission: admission.value,
    providerArn: providerArn(partition, account, conditionPrefix(admission.value.issuer) ?? ''),
    ...(audiences === undefined ? {} : { audiences }),
    ...(tags.length > 0 || sourceIdentity !== undefined ? { session: session.value } : {}),
  });
}

/** Any account: all ids are as long. */
const SOME_ACCOUNT = '000000000000';

/** The trust policy of each role. How many there are must be known when the program runs. */
export function trustPolicies(inputs: TrustInputs, resource: pulumi.Resource): [Later<string>, ...Later<string>[]] {
  const texts = resolved(inputs, (values) => valueOf(trustPolicyTexts(values), resource));
  const at = (index: number) => mapped(texts, (all) => all[index] ?? '');
  if (inputs.split !== true) return [at(0)];
  const known = { ...inputs, accountId: isPlain(inputs.accountId) ? inputs.accountId : SOME_ACCOUNT };
  if (!isPlain(known)) {
    const later = problem(
      ['split'],
      'how many roles it takes must be known when the program runs',
      'give plain values',
    );
    valueOf(refuse(later), resource);
  }
  const { length } = valueOf(trustPolicyTexts(known as TrustValues), resource);
  return [at(0), ...Array.from({ length: length - 1 }, (_, index) => at(index + 1))];
}
