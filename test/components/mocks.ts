/** Pulumi without an engine: what a program registers, as data. */
import * as pulumi from '@pulumi/pulumi';

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Runs the program under mocks and returns what it registered, in order. */
export async function registered(program: () => pulumi.Resource): Promise<Registered[]> {
  const seen: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const values = inputs as Record<string, unknown>;
        seen.push({ type, name, inputs: values });
        const given = values.name ?? values.path ?? values.roleName ?? name;
        return { id: `${name}-id`, state: { ...values, name: given, arn: `arn:of:${name}`, accessor: 'auth_jwt_1' } };
      },
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    'idp-kit',
    'test',
  );
  try {
    program();
  } finally {
    // Waits for every registration that is under way, those of a program that threw included.
    await pulumi.runtime.disconnect();
  }
  return seen;
}
