/**
 * The toolkit never replaces a device, a FIFO, a socket or a folder by a file: a file in the place of /dev/null would take
 * it from the whole machine.
 */
import { spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { replaceable, Unwritable, writeAtOnce } from "../../src/kit/files/write.ts";
import { folderOf, run } from "./command.ts";

const FOUND = "FROM node:24\nCMD node server.js\n";
const TOOLKIT = resolve("src/kit/main.ts");

/** What may exist at a path that is to be written, except devices, and the reason that is reported. */
const OTHERS = {
  "a folder": {
    make: (path: string) => {
      mkdirSync(path);
    },
    reason: "is a folder",
    isStill: (path: string) => lstatSync(path).isDirectory(),
  },
  "a FIFO": {
    make: (path: string) => void spawnSync("mkfifo", [path]),
    reason: "is a FIFO, and is not replaced by a file",
    isStill: (path: string) => lstatSync(path).isFIFO(),
  },
  "a socket": {
    make: async (path: string) => {
      const server = createServer();
      onTestFinished(() => void server.close());
      await new Promise<void>((ready) => void server.listen(path, ready));
    },
    reason: "is a socket, and is not replaced by a file",
    isStill: (path: string) => lstatSync(path).isSocket(),
  },
  "a symbolic link that leads to nothing": {
    make: (path: string) => {
      symlinkSync("nowhere", path);
    },
    reason: "is a symbolic link that leads to nothing",
    isStill: (path: string) => lstatSync(path).isSymbolicLink(),
  },
};

describe.each(Object.entries(OTHERS))("%s stays what it is:", (name, { make, reason, isStill }) => {
  test("--update-baseline", async () => {
    const folder = folderOf({ Dockerfile: FOUND });
    const baseline = join(folder, "known.json");
    await make(baseline);
    const words = ["lint", "--baseline", baseline, "--update-baseline", "--quiet", join(folder, "Dockerfile")];
    expect(await run(words, { folder })).toEqual({ code: 2, stdout: "", stderr: `tini-ts: known.json ${reason}\n` });
    expect(isStill(baseline)).toBe(true);
  });

  test("install", async () => {
    const folder = folderOf({});
    const path = join(folder, "tini-ts");
    await make(path);
    expect(await run(["install", folder], { folder })).toEqual({
      code: 2,
      stdout: "",
      stderr: `tini-ts: tini-ts ${reason}\n`,
    });
    expect(isStill(path)).toBe(true);
  });

  test("wrap: nothing at all is written", async () => {
    const folder = folderOf({ Dockerfile: FOUND, ".dockerignore": "*\n" });
    await make(join(folder, "tini-ts"));
    expect(await run(["wrap", "--write", join(folder, "Dockerfile")], { folder })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`tini-ts ${reason}\n`) as string,
    });
    expect(isStill(join(folder, "tini-ts"))).toBe(true);
    expect(readFileSync(join(folder, "Dockerfile"), "utf8")).toBe(FOUND);
    expect(readFileSync(join(folder, ".dockerignore"), "utf8")).toBe("*\n");
  });

  test("wrap, in the place of the Dockerfile or of .dockerignore", async () => {
    // Without a .dockerignore there is nothing to write to it.
    const isNothing = name.startsWith("a symbolic link");
    for (const place of isNothing ? ["Dockerfile"] : ["Dockerfile", ".dockerignore"]) {
      const folder = folderOf(place === "Dockerfile" ? {} : { Dockerfile: FOUND });
      await make(join(folder, place));
      const { code, stderr } = await run(["wrap", "--write", join(folder, "Dockerfile")], { folder });
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringMatching(
          new RegExp(
            `^tini-ts: ${place} (?:is no regular file|is a folder|cannot be read: no such file or directory|has no FROM.*)\n$`,
          ),
        ) as string,
      });
      expect(isStill(join(folder, place))).toBe(true);
    }
  });

  test("--fix", async () => {
    const folder = folderOf({});
    await make(join(folder, "Dockerfile"));
    // A folder is looked through.
    expect((await run(["lint", "--fix", join(folder, "Dockerfile")])).code).toBe(name === "a folder" ? 0 : 2);
    expect(isStill(join(folder, "Dockerfile"))).toBe(true);
  });

  test("whatever is written", async () => {
    const path = join(folderOf({}), "file");
    await make(path);
    expect(() => {
      writeAtOnce(path, Buffer.from("text"), 0o644);
    }).toThrow(new Unwritable(reason));
    expect(isStill(path)).toBe(true);
  });
});

test("a circular link is reported with the system's reason", () => {
  const folder = folderOf({});
  symlinkSync("one", join(folder, "one"));
  expect(() => replaceable(join(folder, "one"))).toThrow(/ELOOP/);
});

test("a file that standard output or standard error goes to stays theirs", () => {
  const folder = folderOf({ Dockerfile: FOUND });
  for (const [redirection, name] of [
    [">out.json", "standard output"],
    ["2>out.json", "standard error"],
  ]) {
    const script = `"$0" "$1" lint --no-color --baseline out.json --update-baseline Dockerfile ${redirection}; echo "code $?"`;
    const { stdout, stderr } = spawnSync("sh", ["-c", script, process.execPath, TOOLKIT], {
      cwd: folder,
      encoding: "utf8",
    });
    const said = redirection?.startsWith("2") === true ? readFileSync(join(folder, "out.json"), "utf8") : stderr;
    expect({ said, stdout }).toEqual({
      said: `tini-ts: out.json is what ${name ?? ""} goes to: name another file\n`,
      stdout: "code 2\n",
    });
  }
});

/** In a mount namespace with a file system of its own, since it takes a device to be made: never with one of the machine's. */
test("a device stays what it is, as root", (context) => {
  if (process.getuid?.() !== 0) context.skip("not root");
  const folder = folderOf({});
  const script = `set -e
    mount -t tmpfs tmpfs . && cd "$PWD"
    printf 'FROM node:24\\nCMD node server.js\\n' >Dockerfile
    mknod null c 1 3; mkdir there other; mknod there/tini-ts c 1 3
    mkdir wrapped; cp Dockerfile wrapped; mknod wrapped/tini-ts c 1 3; ln -s ../null other/Dockerfile; ln -s ../null other/tini-ts
    t() { "$node" "$toolkit" "$@" >>said 2>&1 || echo "code $?" >>said; }
    t lint --quiet --baseline null --update-baseline Dockerfile
    t lint --quiet --baseline null Dockerfile
    t install there
    t install other
    t wrap --write wrapped/Dockerfile
    t wrap --write other/Dockerfile
    t lint --quiet --fix other/Dockerfile
    cat said; stat -c '%n %F' null there/tini-ts wrapped/tini-ts; cat wrapped/Dockerfile`;
  const { stdout, stderr } = spawnSync("unshare", ["--mount", "sh", "-c", script], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, node: process.execPath, toolkit: TOOLKIT },
  });
  expect({ stdout, stderr }).toEqual({
    stdout: `tini-ts: null is a device, and is not replaced by a file
code 2
tini-ts: null is no regular file
code 2
tini-ts: there/tini-ts is a device, and is not replaced by a file
code 2
tini-ts: other/tini-ts is a device, and is not replaced by a file
code 2
tini-ts: wrapped/tini-ts is a device, and is not replaced by a file
code 2
tini-ts: other/Dockerfile is no regular file
code 2
other/Dockerfile is no regular file
code 2
null character special file
there/tini-ts character special file
wrapped/tini-ts character special file
FROM node:24
CMD node server.js
`,
    stderr: "",
  });
});
