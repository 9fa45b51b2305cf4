/**
 * What is there already may stay as it is. An import must find the resource as the program says it is, or it fails: so while one is
 * adopted, what the program says of it is left aside. Once the mark is taken away from the catalog, the next update shows what it changes.
 */

import type * as pulumi from '@pulumi/pulumi';

/** For the `transformations` of a component: inputs of its children of this type that stay as they are. */
export function leaving(type: string, inputs: readonly string[]): pulumi.ResourceTransformation {
  return (args) => {
    if (args.type !== type) return undefined;
    const opts = args.opts as pulumi.CustomResourceOptions;
    return { props: args.props, opts: { ...opts, ignoreChanges: [...(opts.ignoreChanges ?? []), ...inputs] } };
  };
}
