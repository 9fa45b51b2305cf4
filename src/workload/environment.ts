// Environment variables as an argument, so that a test or an embedding program decides what is set.

export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable, or undefined when it is unset or blank: CI systems write `FOO=` for "not set". */
export function setting(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}
