import { readFile, stat } from "node:fs/promises";

/** The content of an archive made by `tar`: one entry for each path, in the order given. */
export type Entry =
  | { path: string; type: "directory"; mode?: number; uid?: number }
  | { path: string; type: "link"; target: string }
  | { path: string; type: "file"; content: string | Buffer; mode?: number }
  /** A file of this machine; symbolic links are followed; the mode is the file's own by default. */
  | { path: string; type: "copy"; from: string; mode?: number };

const BLOCK_BYTES = 512;

/**
 * A POSIX ustar archive (pax(1), "ustar Interchange Format"), block by block: `docker import` takes it as an image.
 * Writing it here needs no staging directory, so an image can have names, owners and modes that the host lacks.
 */
export async function* tar(entries: readonly Entry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    switch (entry.type) {
      case "directory":
        yield header(`${entry.path}/`, "5", entry.mode ?? 0o755, 0, "", entry.uid ?? 0);
        break;
      case "link":
        yield header(entry.path, "2", 0o777, 0, entry.target, 0);
        break;
      case "file": {
        const content = Buffer.from(entry.content);
        yield header(entry.path, "0", entry.mode ?? 0o644, content.length, "", 0);
        yield padded(content);
        break;
      }
      case "copy": {
        const content = await readFile(entry.from);
        const mode = entry.mode ?? (await stat(entry.from)).mode & 0o7777;
        yield header(entry.path, "0", mode, content.length, "", 0);
        yield padded(content);
        break;
      }
    }
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

function padded(content: Buffer): Buffer {
  const rest = content.length % BLOCK_BYTES;
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(BLOCK_BYTES - rest)]);
}

function header(path: string, type: string, mode: number, size: number, target: string, uid: number): Buffer {
  const name = path.replace(/^\/+/, "");
  if (Buffer.byteLength(name) > 100 || Buffer.byteLength(target) > 100) throw new Error(`too long for ustar: ${path}`);
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  block.write(name, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(uid, 7), 108);
  block.write(octal(uid, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(type, 156);
  block.write(target, 157);
  block.write("ustar\x0000", 257);
  // The checksum is taken with its own field as eight spaces.
  block.fill(" ", 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}
