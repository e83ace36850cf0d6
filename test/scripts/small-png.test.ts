import { crc32, deflateSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { smallPng } from "../../scripts/small-png.ts";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

type Pixel = readonly [red: number, green: number, blue: number];

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, crc]);
}

/** Rows of pixels as a PNG of 8 bits a channel, `filtered` as the bytes of its rows with their filters. */
function aPng(width: number, height: number, filtered: Buffer, type = 2): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, type], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(filtered)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function plain(rows: readonly (readonly Pixel[])[]): Buffer {
  return Buffer.concat(rows.map((row) => Buffer.from([0, ...row.flat()])));
}

function chunks(png: Buffer): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(png.subarray(at + 4, at + 8 + length)));
    found.set(type, png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return found;
}

/** The pixels that a PNG with a palette shows. */
function shown(png: Buffer): readonly (readonly number[])[] {
  const parts = chunks(png);
  const header = parts.get("IHDR") ?? Buffer.alloc(13);
  const palette = parts.get("PLTE") ?? Buffer.alloc(0);
  const rows = inflateSync(parts.get("IDAT") ?? Buffer.alloc(0));
  const width = header.readUInt32BE(0);
  return Array.from({ length: header.readUInt32BE(4) * width }, (_, index) => {
    const row = Math.floor(index / width);
    const colour = rows[row * (width + 1) + 1 + (index % width)] ?? 0;
    return [...palette.subarray(colour * 3, colour * 3 + 3)];
  });
}

const RED: Pixel = [200, 10, 20];
const GREEN: Pixel = [10, 200, 20];
const WHITE: Pixel = [255, 255, 255];

describe("a small PNG", () => {
  it("shows the same picture where it has few colours", () => {
    const rows = [
      [WHITE, RED, WHITE],
      [GREEN, GREEN, WHITE],
    ];
    expect(shown(smallPng(aPng(3, 2, plain(rows))))).toEqual(rows.flat());
  });

  it("understands each of a PNG's filters", () => {
    // Every row shows red, green, white: as differences from the left, from above, from the mean, from the nearest.
    const filtered = Buffer.from(
      [
        [1, 200, 10, 20, 66, 190, 0, 245, 55, 235],
        [2, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [3, 100, 5, 10, 161, 95, 0, 123, 28, 118],
        [4, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      ].flat(),
    );
    const rows = Array.from({ length: 4 }, () => [RED, GREEN, WHITE]);
    expect(shown(smallPng(aPng(3, 4, filtered)))).toEqual(rows.flat());
  });

  it("leaves out what is behind an opaque picture", () => {
    const filtered = Buffer.from([0, ...RED, 255, ...GREEN, 255]);
    expect(shown(smallPng(aPng(2, 1, filtered, 6)))).toEqual([RED, GREEN]);
  });

  it("keeps to 256 colours: the frequent ones as they are, the others almost", () => {
    const shades = Array.from({ length: 600 }, (_, shade): Pixel => [shade % 256, shade >> 8, 128]);
    const rows = [[...shades, ...Array.from({ length: 600 }, () => WHITE)]];
    const small = smallPng(aPng(1200, 1, plain(rows)));
    expect(chunks(small).get("PLTE")?.length).toBeLessThanOrEqual(256 * 3);
    const pixels = shown(small);
    expect(pixels.slice(600)).toEqual(rows[0]?.slice(600));
    shades.forEach((shade, index) => {
      const off = shade.map((value, channel) => Math.abs(value - (pixels[index]?.[channel] ?? 0)));
      expect(Math.max(...off)).toBeLessThanOrEqual(8);
    });
  });

  it("is not made of a PNG of another kind", () => {
    expect(() => smallPng(aPng(1, 1, Buffer.from([0, 7]), 0))).toThrow(TypeError);
  });
});
