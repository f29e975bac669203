import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { inject } from "vitest";

/** Asks an app for a page, from inside the engine's network, which the host is not part of. Resolves with status and body. */
export async function get(address: string, path: string): Promise<string> {
  const script = `const response = await fetch(process.argv[1]);
    process.stdout.write(\`\${response.status} \${await response.text()}\`)`;
  const node = [process.execPath, "--input-type=module", "-e", script, `http://${address}:8080${path}`];
  return (await promisify(execFile)("nsenter", [`--net=/proc/${inject("containersRoot")}/ns/net`, ...node])).stdout;
}
