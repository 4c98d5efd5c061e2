/**
 * The container of Opus segments, "HOP1": raw packets without the framing and checksums of Ogg.
 *
 * Layout: 4 bytes magic `48 4f 50 31`; uint16 LE packet count; that many uint16 LE packet lengths; the packets, back to
 * back. Example with two packets of 1 and 2 bytes: `48 4f 50 31  02 00  01 00 02 00  fc  fc ff`.
 */

const MAGIC = [0x48, 0x4f, 0x50, 0x31];
const HEADER_BYTES = 6;

/** The packets of a segment as views into `bytes`. Throws an Error that names what was expected and what came. */
export function packetsOf(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new Error(`expected an Opus segment (HOP1), got ${bytes.length} bytes that begin otherwise`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint16(4, true);
  let offset = HEADER_BYTES + 2 * count;
  if (offset > bytes.length) throw new Error(`expected ${count} packet lengths, the segment ends before them`);
  const packets: Uint8Array[] = [];
  for (let i = 0; i < count; i += 1) {
    const length = view.getUint16(HEADER_BYTES + 2 * i, true);
    packets.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  if (offset !== bytes.length) throw new Error(`expected a segment of ${offset} bytes, got ${bytes.length}`);
  return packets;
}
