/** Components of this kit: their args say what was meant, and what their children will be before these are known. */

import { type IssuerConfig, readIssuer } from '../../claims/issuer.ts';
import { type Admission, type AdmissionArgs } from '../../trust/admission.ts';
import { readAdmission } from '../../trust/read-admission.ts';
import { type Declared, type Json, Unknown } from '../../trust/resource.ts';
import { renderPolicy } from '../../trust/vault/path.ts';
import { compileVaultUnion } from '../../trust/vault/union.ts';
import { isObject, listAt, memberAt, objectAt } from './json.ts';

const COMPONENTS = ['FederatedAccess', 'AwsFederatedRole', 'VaultJwtRole', 'VaultTemplatedPolicy'].map(
  (name) => `idp-kit:index:${name}`,
);

export const isKitComponent = (type: string): boolean => COMPONENTS.includes(type);

/** @param args of the component */
export function declaredIn(args: Json): Declared {
  const session = memberAt(objectAt(args, 'aws'), 'maxSessionSeconds') ?? memberAt(args, 'maxSessionSeconds');
  return {
    organization: entriesOf(args).some((one) => memberAt(memberAt(one, 'admission'), 'scope') === 'organization'),
    session: session !== undefined,
  };
}

const entriesOf = (args: Json): readonly unknown[] => [args, ...listAt(args, 'alsoAdmit')];

/** Templates name the accessor of a mount, which is not known before the mount is there. */
const ACCESSOR = 'mount';

/** The policy that a component writes for the paths that it grants; undefined where its args do not tell yet. */
export function policyTextIn(args: Json): string | undefined {
  const grant = memberAt(objectAt(args, 'vault'), 'grant') ?? memberAt(args, 'grant') ?? pathsIn(args);
  const admissions = entriesOf(args).map(admissionOf);
  const [first, ...others] = admissions.flatMap((one) => one ?? []);
  if (first === undefined || admissions.includes(undefined) || !isKnown(grant)) return undefined;
  const compiled = compileVaultUnion([first, ...others], grant);
  return compiled.ok ? renderPolicy(compiled.value.rules, ACCESSOR) : undefined;
}

const pathsIn = (args: Json): Json =>
  Object.fromEntries(
    ['read', 'write', 'kv'].flatMap((name) => {
      const value = memberAt(args, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

function admissionOf(entry: unknown): Admission | undefined {
  const [issuer, admission] = [objectAt(entry, 'issuer'), objectAt(entry, 'admission')];
  if (!isKnown(issuer) || !isKnown(admission) || !isObject(memberAt(admission, 'claims'))) return undefined;
  const profile = readIssuer(issuer as unknown as IssuerConfig);
  const read = profile.ok ? readAdmission(profile.value, admission as unknown as AdmissionArgs) : profile;
  return read.ok ? read.value : undefined;
}

/** Is all of it known? */
function isKnown(value: unknown): boolean {
  if (value instanceof Unknown) return false;
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isKnown);
}
