/** Pulumi without an engine: what a program registers, as data. */
import * as pulumi from '@pulumi/pulumi';

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Of a resource that is read, and not made. */
  readonly id?: string;
}

type Values = Record<string, unknown>;

/** Answers to the functions by which programs ask where they are. */
const ANSWERS: Readonly<Record<string, Values>> = {
  'aws:index/getCallerIdentity:getCallerIdentity': { accountId: '123456789012' },
  'aws:index/getPartition:getPartition': { partition: 'aws' },
};

export interface MockOptions {
  /** What the cloud has of resources that are read, by type. */
  readonly there?: Readonly<Record<string, Values>>;
  /** As in a preview. @default false */
  readonly preview?: boolean;
}

/** Runs the program under mocks and returns what it registered, in order. */
export async function registered(
  program: () => pulumi.Resource,
  { there = {}, preview = false }: MockOptions = {},
): Promise<Registered[]> {
  const seen: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        const values = inputs as Values;
        const read = id !== undefined && id !== '';
        seen.push({ type, name, inputs: values, ...(read ? { id } : {}) });
        const given = values.name ?? values.path ?? values.roleName ?? name;
        const state = { ...values, name: given, arn: `arn:of:${name}`, accessor: 'auth_jwt_1', ...there[type] };
        return { id: read ? id : `${name}-id`, state };
      },
      call: ({ inputs, token }) => ANSWERS[token] ?? (inputs as Values),
    },
    'idp-kit',
    'test',
    preview,
  );
  try {
    program();
  } finally {
    // Waits for every registration that is under way, those of a program that threw included.
    await pulumi.runtime.disconnect();
  }
  return seen;
}

/** Inputs of the resources of a type. */
export function inputsOf(seen: readonly Registered[], type: string): Readonly<Record<string, unknown>>[] {
  return seen.filter((resource) => resource.type.endsWith(`:${type}`)).map(({ inputs }) => inputs);
}

/** The value of an output, or undefined where it is not known. */
export function outputValue<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const { promise, isKnown } = output as unknown as { promise: () => Promise<T>; isKnown: Promise<boolean> };
  return isKnown.then((known) => (known ? promise.call(output) : undefined));
}
