import { readFileSync, statSync } from "node:fs";

/** The content of an archive made by `cpio`: one entry for each path; missing parent folders are added. */
export type Entry =
  | { path: string; type: "directory"; mode?: number }
  | { path: string; type: "link"; target: string }
  | { path: string; type: "file"; content: string | Buffer; mode?: number }
  /** A file of this machine; symbolic links are followed, the mode is the file's own where none is given. */
  | { path: string; type: "copy"; from: string; mode?: number }
  /** A character device. */
  | { path: string; type: "device"; major: number; minor: number };

const DIRECTORY = 0o040000;
const LINK = 0o120000;
const FILE = 0o100000;
const DEVICE = 0o020000;

/**
 * A cpio archive in the "newc" format, piece by piece: the format that the kernel unpacks as its first file system
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Everything belongs to root.
 */
export function* cpio(entries: readonly Entry[]): Generator<Buffer> {
  let inode = 1;
  const made = new Set<string>();
  for (const entry of entries) {
    const path = entry.path.replace(/^\/+/, "");
    const names = path.split("/");
    for (let depth = 1; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join("/");
      if (!made.has(folder)) yield* record(folder, inode++, DIRECTORY | 0o755, Buffer.alloc(0));
      made.add(folder);
    }
    made.add(path);
    switch (entry.type) {
      case "directory":
        yield* record(path, inode++, DIRECTORY | (entry.mode ?? 0o755), Buffer.alloc(0));
        break;
      case "link":
        yield* record(path, inode++, LINK | 0o777, Buffer.from(entry.target));
        break;
      case "file":
        yield* record(path, inode++, FILE | (entry.mode ?? 0o644), Buffer.from(entry.content));
        break;
      case "copy":
        yield* record(
          path,
          inode++,
          FILE | (entry.mode ?? statSync(entry.from).mode & 0o7777),
          readFileSync(entry.from),
        );
        break;
      case "device":
        yield* record(path, inode++, DEVICE | 0o600, Buffer.alloc(0), entry.major, entry.minor);
        break;
    }
  }
  yield* record("TRAILER!!!", 0, 0, Buffer.alloc(0));
}

function* record(path: string, inode: number, mode: number, content: Buffer, major = 0, minor = 0): Generator<Buffer> {
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  // Name and content each end at a multiple of four bytes.
  yield padded(Buffer.concat([Buffer.from(head), name]));
  yield padded(content);
}

function padded(bytes: Buffer): Buffer {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}
