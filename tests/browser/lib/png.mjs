// Makes a PNG smaller without changing a pixel: browsers write theirs in haste. PNG (Third Edition), 8 bits a channel,
// not interlaced, as screenshots are.
import { deflateSync, inflateSync } from "node:zlib";

const signature = Buffer.from("89504e470d0a1a0a", "hex");
const channels = { 0: 1, 2: 3, 4: 2, 6: 4 };

const crc_table = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crc_table[(crc ^ byte) & 255];
  return (crc ^ 0xffffffff) >>> 0;
}

function chunks_of(png) {
  if (!png.subarray(0, 8).equals(signature)) throw new Error("this is no PNG");
  const chunks = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

/** The neighbour that a + b - c is nearest to (PNG, 9.4). */
function paeth(a, b, c) {
  const [to_a, to_b, to_c] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (to_a <= to_b && to_a <= to_c) return a;
  return to_b <= to_c ? b : c;
}

const guesses = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  paeth,
];

function unfiltered(filtered, width_bytes, pixel_bytes) {
  const height = filtered.length / (width_bytes + 1);
  const rows = Buffer.alloc(width_bytes * height);
  for (let y = 0; y < height; y += 1) {
    const guess = guesses[filtered[y * (width_bytes + 1)]];
    const row = y * width_bytes;
    for (let x = 0; x < width_bytes; x += 1) {
      const left = x >= pixel_bytes ? rows[row + x - pixel_bytes] : 0;
      const up = y > 0 ? rows[row - width_bytes + x] : 0;
      const corner = x >= pixel_bytes && y > 0 ? rows[row - width_bytes + x - pixel_bytes] : 0;
      rows[row + x] = filtered[y * (width_bytes + 1) + 1 + x] + guess(left, up, corner);
    }
  }
  return rows;
}

/** Each row by the filter that leaves the smallest sum; plain areas and letters like it. */
function filtered(rows, width_bytes, pixel_bytes) {
  const height = rows.length / width_bytes;
  const all = Buffer.alloc((width_bytes + 1) * height);
  const tries = guesses.map(() => Buffer.alloc(width_bytes));
  for (let y = 0; y < height; y += 1) {
    const row = y * width_bytes;
    const sums = tries.map(() => 0);
    for (let x = 0; x < width_bytes; x += 1) {
      const left = x >= pixel_bytes ? rows[row + x - pixel_bytes] : 0;
      const up = y > 0 ? rows[row - width_bytes + x] : 0;
      const corner = x >= pixel_bytes && y > 0 ? rows[row - width_bytes + x - pixel_bytes] : 0;
      for (let kind = 0; kind < guesses.length; kind += 1) {
        const value = (rows[row + x] - guesses[kind](left, up, corner)) & 255;
        tries[kind][x] = value;
        sums[kind] += value < 128 ? value : 256 - value;
      }
    }
    const best = sums.indexOf(Math.min(...sums));
    all[y * (width_bytes + 1)] = best;
    tries[best].copy(all, y * (width_bytes + 1) + 1);
  }
  return all;
}

export function compressed(png) {
  const chunks = chunks_of(png);
  const head = chunks.find((each) => each.type === "IHDR").data;
  const pixel_bytes = channels[head[9]];
  if (head[8] !== 8 || !pixel_bytes || head[12] !== 0) throw new Error("only plain PNGs of 8 bits a channel");
  const width_bytes = head.readUInt32BE(0) * pixel_bytes;
  const data = inflateSync(Buffer.concat(chunks.filter((each) => each.type === "IDAT").map((each) => each.data)));
  const rows = unfiltered(data, width_bytes, pixel_bytes);
  // Flat drawings are smaller without any filter as often as with the best of each row.
  const plain = Buffer.alloc(data.length);
  for (let y = 0; y * width_bytes < rows.length; y += 1)
    rows.copy(plain, y * (width_bytes + 1) + 1, y * width_bytes, (y + 1) * width_bytes);
  const smallest = [plain, filtered(rows, width_bytes, pixel_bytes)]
    .map((each) => deflateSync(each, { level: 9, memLevel: 9 }))
    .sort((one, other) => one.length - other.length)[0];
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", smallest), chunk("IEND", Buffer.alloc(0))]);
}
