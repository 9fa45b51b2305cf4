/** What a renderer makes of Markdown: which of it is text, in which hosts look for names and links, and which is markup. */
import { parsers } from 'prettier/plugins/markdown';

export interface Rendered {
  /** Text outside of code. */
  readonly text: string;
  readonly code: readonly string[];
  readonly html: readonly string[];
  readonly links: readonly string[];
}

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly children?: readonly Node[];
}

export async function rendered(markdown: string): Promise<Rendered> {
  // The parser looks at no option.
  const root = (await parsers.markdown.parse(markdown, {} as never)) as Node;
  const nodes = [...below(root)];
  const valuesOf = (...types: readonly string[]) =>
    nodes.flatMap(({ type, value }) => (types.includes(type) && value !== undefined ? [value] : []));
  return {
    text: valuesOf('text').join('\n'),
    code: valuesOf('inlineCode', 'code'),
    html: valuesOf('html'),
    links: nodes.flatMap(({ type, url }) => (/^(?:link|image|definition)/i.test(type) ? [url ?? type] : [])),
  };
}

function* below(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children ?? []) yield* below(child);
}
