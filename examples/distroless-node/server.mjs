// As PID 1, node would not stop on SIGTERM without this handler. Under tini-ts it would: the handler is for open requests.
import { createServer } from "node:http";

const server = createServer((_request, response) => response.end("ok\n"));
server.listen(8080, () => console.log("listening"));
process.once("SIGTERM", () => server.close(() => console.log("closed")));
