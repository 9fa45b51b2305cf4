/** What a federated role may do: permissions with which one leaked token is the account are said by name or refused. */

import { type Problem, problem } from '../../src/claims/problem.ts';

/** Managed policies of AWS that can give themselves everything. */
const ADMINISTRATOR =
  /^arn:[a-z-]+:iam::aws:policy\/(?:AdministratorAccess|IAMFullAccess|job-function\/SystemAdministrator)$/;

const HINT = 'grant what the workload needs, or set `dangerouslyAllowAdministrator`';

export function checkPolicyArns(arns: readonly string[], administrator: boolean): Problem[] {
  return arns.flatMap((arn) => {
    const path = ['managedPolicyArns'];
    if (!/^arn:[a-z-]+:iam::(?:aws|[0-9]{12}):policy\/.+$/.test(arn)) {
      return [problem(path, `\`${arn}\` is no ARN of a managed policy`, 'arn:aws:iam::aws:policy/ReadOnlyAccess')];
    }
    if (administrator || !ADMINISTRATOR.test(arn)) return [];
    return [problem(path, `with \`${arn}\` one leaked token is the whole account`, HINT)];
  });
}

/** @param text of the policy, JSON */
export function checkPermissions(name: string, text: string, administrator: boolean): Problem[] {
  const path = ['inlinePolicies', name];
  const document = parse(text);
  if (document === undefined) return [problem(path, 'the policy is no JSON object')];
  if (administrator || !statementsOf(document).some(isEverything)) return [];
  return [
    problem(path, 'with all actions, or all of IAM, on all resources one leaked token is the whole account', HINT),
  ];
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const statementsOf = ({ Statement: given }: Json): Json[] => listOf(given).filter(isObject);

/** An Allow for everything, or for all of IAM, without a condition and on every resource. */
function isEverything({ Effect, Action, Resource, Condition }: Json): boolean {
  const wide = (values: unknown, names: readonly string[]) =>
    listOf(values).some((value) => typeof value === 'string' && names.includes(value.toLowerCase()));
  return (
    Effect === 'Allow' &&
    Condition === undefined &&
    wide(Action, ['*', '*:*', 'iam:*']) &&
    wide(Resource, ['*', 'arn:aws:iam::*'])
  );
}
