// An HTTP server that ends as a service should: on SIGTERM it takes no new connection, finishes the open requests and
// leaves with an exit code of its own. It also leaves orphans on request, to show that PID 1 reaps them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";

const port = Number(process.env.PORT ?? 8080);
const exitCode = Number(process.env.EXIT_CODE ?? 0);
let openRequests = 0;

const routes = {
  "/": () => "ok\n",

  // Takes as long as the client wishes: /slow?ms=500
  "/slow": async (query) => {
    log("slow request", { openRequests });
    await delay(Number(query.get("ms") ?? 1000));
    return "done\n";
  },

  // Starts processes whose parent ends at once: /orphans?count=3 answers with their process ids.
  "/orphans": async (query) => {
    const parent = spawn(process.execPath, ["orphans.mjs", query.get("count") ?? "1"], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [pids] = await Promise.all([text(parent.stdout), once(parent, "exit")]);
    return pids;
  },
};

const server = createServer(async (request, response) => {
  openRequests++;
  try {
    const url = new URL(request.url ?? "/", "http://localhost");
    const route = routes[url.pathname];
    response.statusCode = route === undefined ? 404 : 200;
    response.end(route === undefined ? "not found\n" : await route(url.searchParams));
  } catch (error) {
    log("error", { message: String(error) });
    response.statusCode = 500;
    response.end("error\n");
  } finally {
    openRequests--;
  }
});

process.once("SIGTERM", async () => {
  log("stopping", { openRequests });
  server.close();
  await once(server, "close");
  log("end", { exitCode });
  process.exit(exitCode);
});

server.listen(port, () => log("listening", { port, pid: process.pid }));

// One JSON object a line. Node writes to pipes and files at once (on Linux), so that no line is lost at the end.
function log(event, fields) {
  const time = performance.timeOrigin + performance.now();
  process.stdout.write(`${JSON.stringify({ time, event, ...fields })}\n`);
}
