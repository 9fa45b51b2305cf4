/** A plan or a state of Terraform, as `terraform show -json` prints it (JSON output format). */

import { type Json, type Resource, Unknown } from '../../trust/resource.ts';
import { isObject, listAt, memberAt, objectAt, textAt } from './json.ts';
import { type Provided, readProvided } from './providers.ts';

/** The resources after the plan; undefined where the document is none of Terraform's. */
export function readTerraform(document: unknown, file: string): readonly Resource[] | undefined {
  if (memberAt(document, 'format_version') === undefined) return undefined;
  const changes = listAt(document, 'resource_changes').filter((change) => memberAt(change, 'mode') !== 'data');
  const values = objectAt(objectAt(document, 'planned_values'), 'root_module');
  const state = objectAt(objectAt(document, 'values'), 'root_module');
  let known: References | undefined;
  const references = () => (known ??= referencesIn(objectAt(objectAt(document, 'configuration'), 'root_module')));
  if (changes.length > 0) return readProvided(changes.flatMap((change) => fromChange(change, file, references)));
  return readProvided([values, state].flatMap((module) => fromModule(module, file)));
}

/** What refers to what, by address: the values of such attributes are not known before the apply. */
type References = ReadonlyMap<string, Readonly<Record<string, readonly string[]>>>;

function referencesIn(module: Json, prefix = ''): References {
  const own = listAt(module, 'resources').flatMap((resource): [string, Record<string, readonly string[]>][] => {
    const address = textAt(resource, 'address');
    const expressions = objectAt(resource, 'expressions');
    const named = Object.keys(expressions).map((name): [string, readonly string[]] => [
      name,
      listAt(expressions[name], 'references').map((one) => `${prefix}${String(one)}`),
    ]);
    return address === undefined ? [] : [[`${prefix}${address}`, Object.fromEntries(named)]];
  });
  const calls = Object.entries(objectAt(module, 'module_calls')).flatMap(([name, call]) => [
    ...referencesIn(objectAt(call, 'module'), `${prefix}module.${name}.`),
  ]);
  return new Map([...own, ...calls]);
}

/** @param references asked only where a value is not known */
function fromChange(change: unknown, file: string, references: () => References): Provided[] {
  const [type, address] = [textAt(change, 'type'), textAt(change, 'address')];
  const inner = memberAt(change, 'change');
  const after = memberAt(inner, 'after');
  // Something that is destroyed has nothing after.
  if (type === undefined || address === undefined || !isObject(after)) return [];
  const attributes = withUnknown(after, memberAt(inner, 'after_unknown'), 'computed when the plan is applied') as Json;
  const resolved = REFERRING.filter((name) => attributes[name] instanceof Unknown).flatMap((name) => {
    const target = addressIn(references().get(plainAddress(address))?.[name]);
    return target === undefined ? [] : [[name, target] as const];
  });
  return [
    {
      type,
      place: { file, resource: address },
      names: [address, plainAddress(address)],
      attributes: { ...attributes, ...Object.fromEntries(resolved) },
    },
  ];
}

const REFERRING = ['role', 'role_name', 'policy_arn'];

/** `aws_iam_role.ci.name` names the role `aws_iam_role.ci`, whatever its name will be; so does the ARN of a policy. */
function addressIn(references: readonly string[] = []): string | undefined {
  const found = references.find((one) => /(?:^|\.)aws_iam_(?:role|policy)\.[^.]+$/.test(one));
  return found === undefined ? undefined : plainAddress(found);
}

/** Without the indexes of `count` and `for_each`. */
const plainAddress = (address: string): string => address.replaceAll(/\[[^\]]*\]/g, '');

/** Puts a mark where the plan says that a value is not known, or must not be shown. */
export function withUnknown(value: unknown, unknown: unknown, why: string): unknown {
  if (unknown === true) return new Unknown(why);
  if (Array.isArray(unknown)) {
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    return Array.from({ length: Math.max(list.length, unknown.length) }, (_, index) =>
      withUnknown(list[index], unknown[index], why),
    );
  }
  if (!isObject(unknown)) return value;
  const source = isObject(value) ? value : {};
  const marked = Object.entries(unknown).map(([name, mark]) => [name, withUnknown(source[name], mark, why)] as const);
  return { ...source, ...Object.fromEntries(marked) };
}

function fromModule(module: Json, file: string): Provided[] {
  const own = listAt(module, 'resources').flatMap((resource): Provided[] => {
    const [type, address] = [textAt(resource, 'type'), textAt(resource, 'address')];
    if (type === undefined || address === undefined || memberAt(resource, 'mode') === 'data') return [];
    return [{ type, place: { file, resource: address }, names: [address], attributes: objectAt(resource, 'values') }];
  });
  return [
    ...own,
    ...listAt(module, 'child_modules').flatMap((child) => (isObject(child) ? fromModule(child, file) : [])),
  ];
}
