import { crc32 } from 'node:zlib';

/** CRC-32 (IEEE 802.3) of the UTF-8 text as eight lower-case hex digits. It finds accidents and hand edits, not attackers. */
export function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
