// Makes a browser's picture small: one byte a pixel instead of three or four, by a palette of the colours that matter.

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = 256;
/** The most frequent colours, such as those of surfaces and texts, stay exactly as they are. */
const EXACT = 96;

/**
 * The same picture as a PNG with a palette; edges of letters may differ by a shade that nobody sees.
 *
 * @param png as Chromium writes it: 8 bits a channel, opaque, not interlaced
 * @throws TypeError for another kind of PNG
 * @see https://www.w3.org/TR/png-3/
 */
export function smallPng(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const { palette, indexOf } = choosePalette(counts);

  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    // The byte before each row names its filter: none suits palettes best.
    for (let x = 0; x < width; x += 1) {
      rows[y * (width + 1) + 1 + x] = indexOf.get(pixels[y * width + x] ?? 0) ?? 0;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a pixel, by palette.
  header.set([8, 3], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap(channels))),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Row by row: 0xRRGGBB. */
  readonly pixels: Uint32Array;
}

function decode(png: Buffer): Pixels {
  const data: Buffer[] = [];
  let header = Buffer.alloc(13);
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 8, at + 8 + length);
    const type = png.toString("latin1", at + 4, at + 8);
    if (type === "IHDR") header = Buffer.from(body);
    if (type === "IDAT") data.push(body);
    at += 12 + length;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, type, , , interlaced] = header.subarray(8);
  if (depth !== 8 || (type !== 2 && type !== 6) || interlaced !== 0) {
    throw new TypeError("only PNGs of 8 bits a channel, not interlaced, are made small");
  }
  const bytes = type === 2 ? 3 : 4;
  const raw = unfiltered(inflateSync(Buffer.concat(data)), width * bytes, bytes);
  const pixels = new Uint32Array(width * height);
  for (let index = 0; index < pixels.length; index += 1) {
    pixels[index] = raw.readUIntBE(index * bytes, 3);
  }
  return { width, height, pixels };
}

/** The rows without their filters: each byte was written as what it differs by from those before and above. */
function unfiltered(filtered: Buffer, rowBytes: number, pixelBytes: number): Buffer {
  const rows = filtered.length / (rowBytes + 1);
  const raw = Buffer.alloc(rows * rowBytes);
  for (let y = 0; y < rows; y += 1) {
    const filter = filtered[y * (rowBytes + 1)] ?? 0;
    for (let x = 0; x < rowBytes; x += 1) {
      const at = y * rowBytes + x;
      const left = x < pixelBytes ? 0 : (raw[at - pixelBytes] ?? 0);
      const up = y === 0 ? 0 : (raw[at - rowBytes] ?? 0);
      const corner = x < pixelBytes || y === 0 ? 0 : (raw[at - rowBytes - pixelBytes] ?? 0);
      const guess = guessOf(filter, left, up, corner);
      raw[at] = (filtered[y * (rowBytes + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return raw;
}

function guessOf(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4:
      return paeth(left, up, corner);
    default:
      return 0;
  }
}

/** Of the three neighbours the one that is nearest to left + up - corner. */
function paeth(left: number, up: number, corner: number): number {
  const [byLeft, byUp] = [Math.abs(up - corner), Math.abs(left - corner)];
  const byCorner = Math.abs(left + up - 2 * corner);
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}

type Counted = readonly [colour: number, count: number];

/** The frequent colours themselves, and the means of groups of like ones (median cut) for the others. */
function choosePalette(counts: ReadonlyMap<number, number>) {
  const byCount: readonly Counted[] = [...counts].sort(([, one], [, other]) => other - one);
  const groups: (readonly Counted[])[] = byCount.slice(0, EXACT).map((colour) => [colour]);
  const others = byCount.slice(EXACT);
  if (others.length > 0) groups.push(...cut(others, COLOURS - groups.length));
  const indexOf = new Map<number, number>();
  groups.forEach((group, index) => {
    for (const [colour] of group) indexOf.set(colour, index);
  });
  return { palette: groups.map(meanOf), indexOf };
}

function cut(colours: readonly Counted[], most: number): readonly (readonly Counted[])[] {
  const groups = [colours];
  while (groups.length < most) {
    const widest = groups.reduce((one, other) =>
      spreadOf(other).by > spreadOf(one).by ? other : one,
    );
    const { by, channel } = spreadOf(widest);
    if (by === 0) break;
    const sorted = widest.toSorted(
      ([one], [other]) => (channels(one)[channel] ?? 0) - (channels(other)[channel] ?? 0),
    );
    const middle = Math.ceil(sorted.length / 2);
    groups.splice(groups.indexOf(widest), 1, sorted.slice(0, middle), sorted.slice(middle));
  }
  return groups;
}

/** In which channel a group's colours differ the most, and by how much. */
function spreadOf(group: readonly Counted[]): { readonly by: number; readonly channel: number } {
  const spreads = [0, 1, 2].map((channel) => {
    const values = group.map(([colour]) => channels(colour)[channel] ?? 0);
    return { by: Math.max(...values) - Math.min(...values), channel };
  });
  return spreads.reduce((one, other) => (other.by > one.by ? other : one));
}

function meanOf(group: readonly Counted[]): number {
  const total = group.reduce((sum, [, count]) => sum + count, 0);
  const mean = (channel: number) =>
    Math.round(
      group.reduce((sum, [colour, count]) => sum + (channels(colour)[channel] ?? 0) * count, 0) /
        total,
    );
  return (mean(0) << 16) | (mean(1) << 8) | mean(2);
}

function channels(colour: number): readonly number[] {
  return [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(body.length, 0);
  around.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)]);
}
