/**
 * The rules on all resources of a stack. The engine asks once for each policy, and the SDK hands out the resources anew each time: they are
 * judged once, and again when they are others.
 */

import type { PolicyResource, StackValidationArgs } from '@pulumi/policy';
import { lint } from '../src/lint/lint.ts';
import { type RuleText } from '../src/lint/rule.ts';
import { applySuppressions } from '../src/lint/suppress.ts';
import { isReviewed, plainMembers, readPulumiResources } from '../src/sources/review/pulumi-resources.ts';
import { type Json, type Location } from '../src/trust/resource.ts';
import { madeBy, messageOf, printable } from './message.ts';
import { type ReadSettings, type TrustSettings, readSettings } from './settings.ts';

export interface Violation {
  readonly message: string;
  /** Absent where the stack as a whole is meant. */
  readonly urn?: string;
}

export const unreadableText: RuleText = {
  id: 'unreadable',
  severity: 'high',
  title: 'what AWS or Vault would not store',
  reason: 'it cannot be judged',
  fix: 'mend it: nothing else was looked at in it',
};

export interface ReviewOptions {
  readonly settings: TrustSettings;
  /** The day, as YYYY-MM-DD. */
  readonly today: () => string;
}

export class Review {
  readonly #options: ReviewOptions;
  readonly #inputs = new Map<string, Json>();
  #configured = '{}';
  #settings: ReadSettings;
  #last: { readonly key: string; readonly violations: ReadonlyMap<string, readonly Violation[]> } | undefined;

  constructor(options: ReviewOptions) {
    this.#options = options;
    this.#settings = readSettings(options.settings);
  }

  /** Settings of the stack's policy configuration, which go before those of the code. */
  configure(settings: TrustSettings): void {
    const written = JSON.stringify(settings);
    if (written === this.#configured) return;
    this.#settings = readSettings({ ...this.#options.settings, ...settings });
    this.#configured = written;
  }

  /** What is asked for. At the end of a preview the engine only tells what would be there, with what the provider fills in. */
  expect(urn: string, type: string, props: object): void {
    if (isReviewed(type)) this.#inputs.set(urn, members(props));
  }

  /** The violations of a rule. */
  of(rule: string, { resources }: Pick<StackValidationArgs, 'resources'>): readonly Violation[] {
    const reviewed = resources.filter(({ type }) => isReviewed(type));
    const given = reviewed.map((resource): Given => ({
      urn: resource.urn,
      type: resource.type,
      parent: resource.parent?.urn,
      inputs: this.#inputs.get(resource.urn) ?? {},
      outputs: members(resource.props),
      propertyDependencies: dependenciesOf(resource),
    }));
    const key = JSON.stringify([given, this.#configured, this.#options.today()]);
    if (this.#last?.key !== key) this.#last = { key, violations: this.#judge(given, makersOf(reviewed)) };
    return this.#last.violations.get(rule) ?? [];
  }

  #judge(given: readonly Given[], makers: Makers): ReadonlyMap<string, readonly Violation[]> {
    const { lint: options, suppressions } = this.#settings;
    // The engine hands them out in no order.
    const sorted = [...given].sort((left, right) => (left.urn < right.urn ? -1 : 1));
    const resources = sorted.map((one) => ({
      ...one,
      inputs: plainMembers(one.inputs),
      outputs: plainMembers(one.outputs),
    }));
    const result = lint(readPulumiResources(resources, placeOf), options);
    const { findings } = applySuppressions(result.findings, suppressions, this.#options.today());
    const at = (place: Location) => (makers.has(urnOf(place)) ? { urn: urnOf(place) } : {});
    const above = (place: Location) => makers.get(urnOf(place)) ?? [];
    const violations = [
      ...findings.map((one) => ({ rule: one.rule, message: messageOf(one, above(one.place)), ...at(one.place) })),
      ...result.unreadable.map(({ place, message }) => ({
        rule: unreadableText.id,
        message: [printable(message), `fix: ${unreadableText.fix}`, ...madeBy(above(place))].join('\n'),
        ...at(place),
      })),
    ];
    return Map.groupBy(violations, ({ rule }) => rule);
  }
}

/** A resource with its values as the engine sent them. */
interface Given {
  readonly urn: string;
  readonly type: string;
  readonly parent: string | undefined;
  readonly inputs: Json;
  readonly outputs: Json;
  readonly propertyDependencies: Json;
}

/** The SDK's proxy throws where a value is not known, and so the whole rule would be given up; descriptors have the value as it came. */
function members(props: object): Json {
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(props));
  return Object.fromEntries(descriptors.map(([name, { value }]): [string, unknown] => [name, value]));
}

const dependenciesOf = ({ propertyDependencies }: PolicyResource): Json =>
  Object.fromEntries(
    Object.entries(propertyDependencies).map(([name, resources]) => [name, resources.map(({ urn }) => urn)]),
  );

/** `urn:pulumi:STACK::PROJECT::TYPE::NAME`: what follows the project is the address, and is unlike any other's of the stack. */
function placeOf(urn: string): Location {
  const parts = urn.split('::');
  return { file: parts.slice(0, 2).join('::'), resource: parts.slice(2).join('::') };
}

const urnOf = ({ file, resource }: Location): string => `${file}::${resource}`;

/** For each URN the components above it. */
type Makers = ReadonlyMap<string, readonly string[]>;

const STACK = 'pulumi:pulumi:Stack';

const makersOf = (resources: readonly PolicyResource[]): Makers =>
  new Map(resources.map((resource) => [resource.urn, componentsAbove(resource)]));

function componentsAbove({ parent }: PolicyResource): string[] {
  if (parent === undefined || parent.type === STACK) return [];
  return [`${parent.type} ${parent.name}`, ...componentsAbove(parent)];
}
