/** Text that has to fit: whole parts as far as there is room, and what is left out is counted. */

export interface Section {
  readonly heading: string;
  readonly parts: readonly string[];
  /** Between parts: a line feed makes lines of one list of them. */
  readonly separator: '\n' | '\n\n';
}

const BETWEEN = '\n\n';

/**
 * The head, then the sections. No part is cut in two, so that fences and folds stay closed: one that finds no room is left out.
 * @param limit in UTF-16 units, which are never fewer than the characters that a host counts
 * @param note what is said of so many parts that were left out
 */
export function fit(
  head: string,
  sections: readonly Section[],
  limit: number,
  note: (leftOut: number) => string,
): string {
  const all = [head, ...sections.map(whole)].join(BETWEEN);
  if (all.length <= limit) return all;
  const count = sections.reduce((sum, { parts }) => sum + parts.length, 0);
  let room = limit - head.length - BETWEEN.length - note(count).length;
  let leftOut = 0;
  const kept = sections.map((section) => {
    const parts: string[] = [];
    for (const part of section.parts) {
      const cost = part.length + (parts.length === 0 ? section.heading.length + 2 * BETWEEN.length : BETWEEN.length);
      if (cost <= room) {
        room -= cost;
        parts.push(part);
      } else leftOut += 1;
    }
    return { ...section, parts };
  });
  const shown = kept.filter(({ parts }) => parts.length > 0);
  return [head, ...shown.map(whole), note(leftOut)].join(BETWEEN);
}

const whole = ({ heading, parts, separator }: Section): string => [heading, parts.join(separator)].join(BETWEEN);
