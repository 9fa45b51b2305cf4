// Which addresses a token or credential may be sent to.
import { WorkloadFailure } from './failure.ts';

/** Loopback by name or literal (RFC 5735, RFC 4291): what is sent there does not leave the machine. */
export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname);
}

/** An address without its query, fragment and user part: those may carry secrets. */
export function shownAddress(url: URL): string {
  return `${url.origin}${url.pathname === '/' ? '' : url.pathname}`;
}

/**
 * Parses an address that a bearer secret will be sent to: https, or http on loopback, and no password inside it.
 * `where` names the variable or document it came from.
 */
export function secureAddress(value: string, where: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new WorkloadFailure(
      'bad-input',
      `${where} is not an https URL`,
      `Write it in full, such as https://host.example.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new WorkloadFailure('bad-input', `${where} holds a user name or password`, 'Remove the part before the @.');
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw new WorkloadFailure(
      'bad-input',
      `${where} is ${shownAddress(url)}, and plain http would show the token to everyone on the way`,
      'Use https; http is accepted for localhost, 127.0.0.0/8 and [::1] only.',
    );
  }
  return url;
}
