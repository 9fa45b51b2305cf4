/** A template of CloudFormation, in JSON or YAML, with its intrinsic functions read as far as the template alone decides them. */

import { type Json, type Location, type Resource, Unknown } from '../../trust/resource.ts';
import { type Attachment, type RolePiece, joinRoles } from './iam.ts';
import { isObject, listAt, memberAt, objectAt, textAt } from './json.ts';

/** Any account and region will do: who is let in is the same in all of them. */
const PSEUDO: Readonly<Record<string, unknown>> = {
  'AWS::AccountId': '000000000000',
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'stack',
};

/** The resources of a template; undefined where the document is none. */
export function readCloudFormation(document: unknown, file: string): readonly Resource[] | undefined {
  const resources = Object.entries(objectAt(document, 'Resources'));
  const isTemplate = resources.some(([, one]) => (textAt(one, 'Type') ?? '').startsWith('AWS::'));
  if (!isTemplate && memberAt(document, 'AWSTemplateFormatVersion') === undefined) return undefined;
  const scope: Scope = { parameters: objectAt(document, 'Parameters'), resources: Object.fromEntries(resources) };
  const of = (type: string) =>
    resources.flatMap(([id, one]): Piece[] =>
      textAt(one, 'Type') === type
        ? [{ place: { file, resource: id }, id, properties: resolve(objectAt(one, 'Properties'), scope) as Json }]
        : [],
    );
  return [
    ...joinRoles(
      of('AWS::IAM::Role').map(rolePiece),
      ['AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
        of(type).map(attachment),
      ),
      of('AWS::IAM::ManagedPolicy').map(({ id, properties }) => ({
        names: [id],
        name: textAt(properties, 'ManagedPolicyName') ?? id,
        document: memberAt(properties, 'PolicyDocument'),
      })),
    ),
    ...of('AWS::IAM::OIDCProvider').map(({ place, properties }): Resource => ({
      kind: 'aws-provider',
      place,
      url: memberAt(properties, 'Url'),
      clientIds: listAt(properties, 'ClientIdList'),
    })),
  ];
}

interface Piece {
  readonly place: Location;
  readonly id: string;
  readonly properties: Json;
}

function rolePiece({ place, id, properties }: Piece): RolePiece {
  const boundary = memberAt(properties, 'PermissionsBoundary');
  const session = memberAt(properties, 'MaxSessionDuration');
  const name = textAt(properties, 'RoleName');
  return {
    place,
    names: [id, ...(name === undefined ? [] : [name])],
    ...(name === undefined ? {} : { name }),
    trustPolicy: memberAt(properties, 'AssumeRolePolicyDocument'),
    managed: listAt(properties, 'ManagedPolicyArns'),
    inline: listAt(properties, 'Policies').map((one) => ({
      name: textAt(one, 'PolicyName') ?? 'inline',
      document: memberAt(one, 'PolicyDocument'),
    })),
    ...(boundary === undefined ? {} : { boundary }),
    ...(session === undefined ? {} : { session: typeof session === 'string' ? Number(session) : session }),
  };
}

const attachment = ({ place, id, properties }: Piece): Attachment => ({
  place,
  roles: [...listAt(properties, 'Roles'), ...listAt(properties, 'RoleName')],
  name: textAt(properties, 'PolicyName') ?? textAt(properties, 'ManagedPolicyName') ?? id,
  document: memberAt(properties, 'PolicyDocument'),
});

interface Scope {
  readonly parameters: Json;
  readonly resources: Json;
}

/** The value, with the functions of which the template alone knows the result; of the others it is not known. */
function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(one, scope));
  if (!isObject(value)) return value;
  const [[name, argument] = ['', undefined], ...more] = Object.entries(value);
  if (more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return intrinsic(name, argument, scope);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      const resolved = resolve(one, scope);
      return resolved === NO_VALUE ? [] : [[key, resolved]];
    }),
  );
}

const NO_VALUE = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope) => refer(String(name), scope),
  'Fn::GetAtt': (argument, scope) => {
    const [id = '', attribute = ''] = typeof argument === 'string' ? argument.split(/\.(.*)/s) : (argument as string[]);
    return attribute === 'Arn' ? refer(id, scope) : new Unknown(`${id}.${attribute} is known when the stack is made`);
  },
  'Fn::Sub': (argument, scope) => {
    const [text, given] = Array.isArray(argument)
      ? [String(argument[0]), argument[1] as unknown]
      : [String(argument), {}];
    return substitute(text, objectAt({ given }, 'given'), scope);
  },
  'Fn::Join': (argument, scope) => {
    const [separator, list] = Array.isArray(argument)
      ? [String(argument[0]), resolve(argument[1], scope)]
      : ['', undefined];
    if (!Array.isArray(list)) return new Unknown('Fn::Join of a list that is not known');
    const parts: readonly unknown[] = list;
    return parts.find((part) => part instanceof Unknown) ?? parts.map(String).join(separator);
  },
};

function intrinsic(name: string, argument: unknown, scope: Scope): unknown {
  const known = Object.hasOwn(INTRINSICS, name) ? INTRINSICS[name] : undefined;
  return known === undefined ? new Unknown(`${name} is evaluated when the stack is made`) : known(argument, scope);
}

/** A parameter's default, a pseudo parameter, or a resource: of a provider its ARN, of a role or policy its logical id. */
function refer(name: string, { parameters, resources }: Scope): unknown {
  if (name === 'AWS::NoValue') return NO_VALUE;
  if (Object.hasOwn(PSEUDO, name)) return PSEUDO[name];
  const fallback = memberAt(parameters[name], 'Default');
  if (Object.hasOwn(parameters, name)) return fallback ?? new Unknown(`the parameter ${name} has no default`);
  const resource = resources[name];
  const url = memberAt(objectAt(resource, 'Properties'), 'Url');
  if (textAt(resource, 'Type') === 'AWS::IAM::OIDCProvider' && typeof url === 'string')
    return `arn:aws:iam::000000000000:oidc-provider/${url.replace(/^https:\/\//, '')}`;
  if (['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy'].includes(textAt(resource, 'Type') ?? '')) return name;
  return new Unknown(`${name} is known when the stack is made`);
}

function substitute(text: string, given: Json, scope: Scope): unknown {
  let unknown: Unknown | undefined;
  const written = text.replaceAll(/\$\{(!?)([^}]*)\}/g, (whole, literal: string, name: string) => {
    if (literal !== '') return `\${${name}}`;
    const value = Object.hasOwn(given, name)
      ? resolve(given[name], scope)
      : name.includes('.')
        ? intrinsic('Fn::GetAtt', name, scope)
        : refer(name, scope);
    if (value instanceof Unknown) unknown = value;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
  });
  return unknown ?? written;
}
