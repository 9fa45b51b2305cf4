// Lengths of time for people.

/** Seconds as `59 min`, `1 h 30 min`, `45 s`. */
export function shownSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** What a token's `exp` (seconds since 1970) means now. */
export function shownLife(exp: unknown, now: number): string {
  if (typeof exp !== 'number') return 'The token has no exp: it says of no end.';
  const left = exp - now / 1000;
  return left > 0
    ? `The token is valid for another ${shownSeconds(left)}.`
    : `The token expired ${shownSeconds(-left)} ago.`;
}
