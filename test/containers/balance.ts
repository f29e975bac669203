/**
 * A tiny load balancer and its clients: `node balance.ts URL...` sends requests to the servers in turn, several at a
 * time, until told to end. Standard input: `remove URL` takes a server out of the rotation, `end` ends it.
 * Standard output: a line `asked URL COUNT` for each hundredth answer of a server, `lost URL` for each failed request,
 * `removed URL` once no request to it is open any more, and at the end `failed COUNT REASONS`.
 */
import { createInterface } from "node:readline";
import { patience } from "../patience.ts";

const servers = new Set(process.argv.slice(2));
const open = new Map<string, number>();
const answered = new Map<string, number>();
const failures: string[] = [];
let over = false;

async function ask(server: string): Promise<void> {
  open.set(server, (open.get(server) ?? 0) + 1);
  try {
    const response = await fetch(server, { signal: AbortSignal.timeout(patience(20_000)) });
    await response.text();
    if (response.status !== 200) throw new Error(String(response.status));
    const count = (answered.get(server) ?? 0) + 1;
    answered.set(server, count);
    if (count % 100 === 0) console.log(`asked ${server} ${count}`);
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    failures.push(String(cause ?? error));
    console.log(`lost ${server}`);
  }
  open.set(server, (open.get(server) ?? 0) - 1);
  if (!servers.has(server) && open.get(server) === 0) console.log(`removed ${server}`);
}

let turn = 0;
async function client(): Promise<void> {
  while (!over) {
    const rotation = [...servers];
    const server = rotation[turn++ % rotation.length];
    if (server !== undefined) await ask(server);
  }
}

createInterface(process.stdin).on("line", (line) => {
  const [verb, server = ""] = line.split(" ");
  if (verb === "remove") servers.delete(server);
  else over = true;
});
await Promise.all(Array.from({ length: 4 }, client));
console.log(`failed ${failures.length} ${[...new Set(failures)].join("; ")}`);
process.exit(0);
