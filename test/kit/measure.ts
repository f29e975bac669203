/**
 * Measures how long it takes to lint a thousand files as a user would: `npm run benchmark:lint [RUNS]`. It fails if the
 * fastest run takes more than two seconds of CPU time; the elapsed time shows how busy the machine is.
 *
 * A fifth each of Dockerfiles with their scripts, Compose files that build them, Deployments, workflows, and YAML files
 * that do not concern the linter.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const PROJECTS = 250;

/** Of the processor, for a thousand files. */
const MOST_SECONDS = 2;

/** The files of one project; all projects differ, so that no cache helps. */
function filesOf(index: number): Record<string, string> {
  return {
    Dockerfile:
      `FROM node:22-alpine AS build\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n\n` +
      `FROM node:22-alpine\nRUN apk add --no-cache tini\nENV PORT=${8000 + index} TINI_GRACE=${index}s\nWORKDIR /app\n` +
      `COPY --from=build /app/dist ./dist\nCOPY entrypoint.sh /usr/local/bin/\nSTOPSIGNAL SIGTERM\n` +
      `HEALTHCHECK --interval=30s CMD wget -q --spider http://localhost:${8000 + index}/ || exit 1\n` +
      `ENTRYPOINT ["/sbin/tini", "-g", "--", "entrypoint.sh"]\nCMD ["node", "dist/server-${index}.js"]\n`,
    "entrypoint.sh": `#!/bin/sh\nset -e\nif [ "$1" = migrate ]; then\n  shift\n  exec node dist/migrate-${index}.js "$@"\nfi\n"$@"\n`,
    "compose.yaml":
      `x-defaults: &defaults\n  restart: unless-stopped\n  stop_grace_period: ${index + 1}s\nservices:\n` +
      `  web-${index}:\n    <<: *defaults\n    build: .\n    environment:\n      NODE_ENV: production\n` +
      `    ports: ["${8000 + index}:8000"]\n  db:\n    <<: *defaults\n    image: postgres:16\n` +
      `  worker:\n    <<: *defaults\n    image: node:22\n    command: npm run worker-${index}\n`,
    "deploy/web.yaml":
      `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-${index}\nspec:\n  replicas: 2\n` +
      `  selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    spec:\n` +
      `      terminationGracePeriodSeconds: ${index + 30}\n      containers:\n        - name: web\n` +
      `          image: registry.example.org/web:${index}\n          args: ["node", "dist/server.js"]\n` +
      `          env:\n            - { name: TINI_DELAY, value: 5s }\n` +
      `          resources: { limits: { memory: 256Mi, cpu: 500m } }\n` +
      `---\napiVersion: v1\nkind: Service\nmetadata: { name: web-${index} }\nspec: { ports: [{ port: 80 }] }\n`,
    "values.yaml": `image: web\ntag: "${index}"\n`,
  };
}

const folder = mkdtempSync(join(tmpdir(), "tini-ts-measure-"));
try {
  for (let index = 0; index < PROJECTS; index++) {
    for (const [path, text] of Object.entries(filesOf(index))) {
      const file = join(folder, `project-${index}`, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const workflow = join(folder, ".github/workflows", `${index}.yml`);
    mkdirSync(dirname(workflow), { recursive: true });
    writeFileSync(
      workflow,
      `on: push\njobs:\n  test-${index}:\n    runs-on: ubuntu-latest\n    container: { image: "node:22", options: --init }\n    steps: [{ run: npm test }]\n`,
    );
  }
  const program = join(import.meta.dirname, "../../src/kit/main.ts");
  const report =
    "process.on('exit', () => { const { user, system } = process.cpuUsage(); " +
    "console.error(`${((user + system) / 1e6).toFixed(2)} s of the processor`); });";
  const taken: number[] = [];
  for (let run = 0; run < Number(process.argv[2] ?? 3); run++) {
    const start = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--import", `data:text/javascript,${report}`, program, "lint", folder],
      {
        encoding: "utf8",
        maxBuffer: 1 << 26,
      },
    );
    const seconds = ((performance.now() - start) / 1000).toFixed(2);
    taken.push(Number(/([\d.]+) s of the processor/.exec(stderr)?.[1] ?? Infinity));
    console.log(
      `${seconds} s: exit ${status ?? "none"}, ${stderr.trim().replace("\n", ", ")}, of ${PROJECTS * 6} in the folder`,
    );
  }
  const least = Math.min(...taken);
  console.log(`1 000 files in ${least.toFixed(2)} s of the processor, of ${MOST_SECONDS} s at most`);
  if (!(least <= MOST_SECONDS)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
