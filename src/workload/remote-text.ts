// Text that another party wrote, made fit for a terminal and a CI log.

const LONGEST = 400;

/**
 * Cuts remote text to one line of at most 400 characters, drops control characters (a terminal would obey them)
 * and masks every secret that was part of the request, because servers do echo what they were sent.
 */
export function quoteRemote(text: string, secrets: readonly string[] = []): string {
  let quoted = text;
  for (const secret of secrets) if (secret !== '') quoted = quoted.replaceAll(secret, '[secret]');
  // \p{C}: control, format (bidirectional overrides) and unassigned characters.
  quoted = quoted.replace(/[\p{C}\s]+/gu, ' ').trim();
  return quoted.length > LONGEST ? `${quoted.slice(0, LONGEST)}…` : quoted;
}
