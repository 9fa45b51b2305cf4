/** Where the comment of a review goes: the port to a code host, and how one comment is kept. */

export interface Comment {
  readonly id: string;
  readonly body: string;
}

export interface CodeHost {
  /** Comments that the holder of the token wrote, oldest first. */
  readonly ownComments: () => Promise<readonly Comment[]>;
  readonly create: (body: string) => Promise<void>;
  /** `gone`: somebody deleted it meanwhile. */
  readonly update: (id: string, body: string) => Promise<'updated' | 'gone'>;
}

export type Kept = 'created' | 'updated' | 'unchanged';

/**
 * Writes the comment, or the one that was written before anew.
 * @param marker what the comment begins with, and no other one of the same author
 */
export async function keepComment(host: CodeHost, marker: string, body: string): Promise<Kept> {
  const found = (await host.ownComments()).find((comment) => comment.body.startsWith(marker));
  if (found?.body === body) return 'unchanged';
  if (found !== undefined && (await host.update(found.id, body)) === 'updated') return 'updated';
  await host.create(body);
  return 'created';
}
