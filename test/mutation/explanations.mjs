/** For `npm run mutate`: code that only explains a verdict, so that no verdict depends on it. */
import { PluginKind, declareValuePlugin } from '@stryker-mutator/api/plugin';

/**
 * What is looked at of Babel's nodes.
 * @typedef {{
 *   readonly type: string, readonly name?: string, readonly key?: Node, readonly id?: Node | null, readonly argument?: Node,
 *   readonly consequent?: Node, readonly alternate?: Node, readonly properties?: readonly Node[]
 * }} Node
 */

const PROPERTIES = ['advice', 'actual', 'expected', 'place', 'operator', 'claim'];
const NAMES = [
  ...['advice', 'PRINCIPAL_ADVICE', 'deadKey', 'adviceFor', 'boundAdvice', 'timeNote', 'show', 'firstFailure'],
  ...['federatedOf'],
];

/** @param {Node} node */
function explains({ type, key, id, argument }) {
  if (type === 'ObjectProperty') return PROPERTIES.includes(key?.name ?? '');
  if (type === 'FunctionDeclaration' || type === 'VariableDeclarator') return NAMES.includes(id?.name ?? '');
  // `...(verdict ? {} : { advice })`
  if (type !== 'SpreadElement' || argument?.type !== 'ConditionalExpression') return false;
  const properties = [argument.consequent, argument.alternate].map((branch) => branch?.properties);
  return properties.every((ones) => ones?.every((one) => one.key?.name === 'advice') === true);
}

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'explanations', {
    shouldIgnore: (path) =>
      'node' in path && explains(/** @type {Node} */ (path.node)) ? 'it explains a verdict' : undefined,
  }),
];
