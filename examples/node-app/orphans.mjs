// Starts as many processes as it is told, prints their process ids and ends before them: they become orphans.
import { spawn } from "node:child_process";

const count = Number(process.argv[2] ?? 1);
// An orphan reads a pipe that only this process can write to, so it ends after this one has, never before.
const orphan = ["-e", "process.stdin.resume()", "orphan"];
const pids = [];
for (let index = 0; index < count; index++) {
  const child = spawn(process.execPath, orphan, { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  pids.push(child.pid);
}
process.stdout.write(`${JSON.stringify(pids)}\n`, () => process.exit(0));
