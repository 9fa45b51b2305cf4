/** Roles of IAM from the pieces in which Terraform, CloudFormation and Pulumi have them: attachments stand apart. */

import { type AwsRole, type Declared, type Location, Unknown } from '../../trust/resource.ts';

/** A role, before what is attached to it elsewhere. */
export interface RolePiece {
  readonly place: Location;
  /** Everything by which attachments may name it: name, address, ARN. */
  readonly names: readonly string[];
  /** As IAM knows it. */
  readonly name?: string;
  readonly trustPolicy: unknown;
  readonly managed: readonly unknown[];
  readonly inline: AwsRole['inline'];
  readonly boundary?: unknown;
  readonly session?: unknown;
  readonly declared?: Declared;
}

/** A policy that is attached to roles. */
export type Attachment =
  | { readonly place: Location; readonly roles: readonly unknown[]; readonly managed: unknown }
  | { readonly place: Location; readonly roles: readonly unknown[]; readonly name: string; readonly document: unknown };

/** A managed policy that the same document makes. */
export interface ManagedPolicy {
  readonly names: readonly string[];
  readonly name: string;
  readonly document: unknown;
}

/** Each role with what is attached to it. What is attached to a role that is not known may belong to any of them. */
export function joinRoles(
  pieces: readonly RolePiece[],
  attachments: readonly Attachment[],
  policies: readonly ManagedPolicy[],
): AwsRole[] {
  const byRole = Map.groupBy(
    attachments.flatMap((one) => one.roles.map((role) => ({ role, one }))),
    ({ role }) => (typeof role === 'string' ? role : DOUBTFUL),
  );
  const doubtful = byRole.get(DOUBTFUL)?.map(({ one }) => one.place.resource) ?? [];
  const doubt = doubtful.length === 0 ? [] : [new Unknown(`${doubtful.join(', ')}: to which role is not known`)];
  const made = new Map(policies.flatMap((policy) => policy.names.map((name) => [name, policy])));
  return pieces.map(({ names, ...piece }) => {
    const own = [...new Set(names.flatMap((name) => byRole.get(name)?.map(({ one }) => one) ?? []))];
    const attached = [...piece.managed, ...own.flatMap((one) => ('managed' in one ? [one.managed] : []))];
    const isMade = (one: unknown) => typeof one === 'string' && made.has(one);
    const documents = [
      ...own.flatMap((one) => ('document' in one ? [one] : [])),
      ...attached.flatMap((one) => (typeof one === 'string' ? (made.get(one) ?? []) : [])),
    ];
    return {
      kind: 'aws-role',
      ...piece,
      managed: [...attached.filter((one) => !isMade(one)), ...doubt],
      inline: [...piece.inline, ...documents.map(({ name, document }) => ({ name, document }))],
    };
  });
}

const DOUBTFUL = Symbol('a role that is not known');
