/**
 * CRC-32 (IEEE 802.3) of the text's UTF-8 bytes as eight lower-case hex digits. It finds accidents and hand edits, not attackers.
 * Written out because `node:zlib`, which has one, costs a rollback four milliseconds of start-up for 180 bytes of text.
 */
export function checksum(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
