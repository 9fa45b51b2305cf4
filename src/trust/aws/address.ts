/** Addresses of networks, for `IpAddress` and `NotIpAddress` (RFC 4632, RFC 4291). */

interface Address {
  /** 32 bits or 128. */
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Is the address in the network, which is written with or without a prefix length? False where either is malformed. */
export function isInNetwork(address: string, network: string): boolean {
  const [base = '', prefix, ...rest] = network.split('/');
  const [own, other] = [parseAddress(address), parseAddress(base)];
  if (own === undefined || own.bits !== other?.bits || rest.length > 0) return false;
  const length = prefix === undefined ? own.bits : /^[0-9]{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (length < 0 || length > own.bits) return false;
  const shift = BigInt(own.bits - length);
  return own.value >> shift === other.value >> shift;
}

function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseSix(text) : parseFour(text);
}

function parseFour(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return { bits: 32, value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n) };
}

/** Eight groups, of which one run of zeros may be left out; the last two may be written as an address of four bytes. */
function parseSix(text: string): Address | undefined {
  const halves = withoutFour(text)
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':').map(groupOf)));
  const missing = 8 - halves.flat().length;
  if (halves.length > 2 || (halves.length === 1 ? missing !== 0 : missing < 1)) return undefined;
  const zeros = Array.from({ length: missing }, () => 0);
  const groups = halves.reduce((head, tail) => [...head, ...zeros, ...tail]);
  if (groups.some((group) => Number.isNaN(group))) return undefined;
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n) };
}

/** With four bytes at the end as two groups. */
function withoutFour(text: string): string {
  const end = text.lastIndexOf(':') + 1;
  const four = parseFour(text.slice(end));
  if (four === undefined) return text;
  return `${text.slice(0, end)}${(four.value >> 16n).toString(16)}:${(four.value & 0xffffn).toString(16)}`;
}

function groupOf(part: string): number {
  return /^[0-9A-Fa-f]{1,4}$/.test(part) ? Number.parseInt(part, 16) : Number.NaN;
}
