/** What is known of programs: which put others in their own place, which end by themselves, which are there to stay. */
import { basename } from "node:path";
import { additions } from "./additions.ts";
import { AS_PID_1, DEAF, type Reason } from "./as-pid-1.ts";
import type { Word } from "./launch.ts";

/** A program that starts another one in its own place. */
interface Replacing {
  /** Options that have their value in the next word. */
  readonly withValue?: readonly string[];
  /** How many words of its own stand before the program. */
  readonly operands?: number;
  /** The first of them, where it does so for that alone: `poetry run`. */
  readonly verb?: string;
  /** Only behind this word: `wait-for-it.sh db:5432 -- PROGRAM`. */
  readonly behind?: string;
}

/** By the last part of their paths. */
const REPLACING: Readonly<Record<string, Replacing>> = {
  exec: { withValue: ["-a"] },
  env: { withValue: ["-u", "-C", "--unset", "--chdir"] },
  gosu: { operands: 1 },
  "su-exec": { operands: 1 },
  chroot: { operands: 1 },
  chpst: { withValue: ["-u", "-U", "-e", "-/", "-n", "-l", "-L", "-m", "-d", "-o", "-p", "-f", "-c"] },
  nice: { withValue: ["-n", "--adjustment"] },
  ionice: { withValue: ["-c", "-n"] },
  chrt: { operands: 1 },
  taskset: { withValue: [], operands: 1 },
  numactl: { withValue: ["-m", "-N", "-C", "-i", "-p"] },
  nohup: {},
  setpriv: {
    withValue: ["--reuid", "--regid", "--groups", "--inh-caps", "--bounding-set", "--ambient-caps", "--securebits"],
  },
  stdbuf: { withValue: ["-i", "-o", "-e"] },
  fixuid: {},
  "s6-setuidgid": { operands: 1 },
  setuidgid: { operands: 1 },
  busybox: {},
  // Languages' own: each ends in exec.
  bundle: { verb: "exec" },
  poetry: { verb: "run" },
  pipenv: { verb: "run" },
  "opentelemetry-instrument": {
    withValue: [
      ..."traces metrics logs".split(" ").map((name) => `--${name}_exporter`),
      ...["--service_name", "--exporter_otlp_endpoint"],
    ],
  },
  "ddtrace-run": {},
  "newrelic-admin": { verb: "run-program" },
  "wait-for-it.sh": { behind: "--" },
  "wait-for-it": { behind: "--" },
  "wait-for.sh": { behind: "--" },
  "wait-for": { behind: "--" },
};

/** Where the words begin that come behind those that only prepare the ground: `env A=b`, `gosu USER`, `nice -n 5`. */
export function behindWrappers(words: readonly Word[], start: number): number {
  for (let from = start; ;) {
    const name = basename(words[from]?.value ?? "");
    const wrapper = Object.hasOwn(REPLACING, name) ? REPLACING[name] : undefined;
    if (wrapper === undefined) return from;
    let at = from + 1;
    let operands = wrapper.operands ?? 0;
    if (wrapper.verb !== undefined) {
      if (words[at]?.value !== wrapper.verb) return from;
      at++;
    }
    if (wrapper.behind !== undefined) {
      const mark = words.findIndex(({ value }, index) => index >= at && value === wrapper.behind);
      if (mark < 0) return from;
      at = mark + 1;
    }
    for (; at < words.length; at++) {
      const word = words[at]?.value ?? "";
      if (word === "--") continue;
      if (word.startsWith("-")) {
        if (wrapper.withValue?.includes(word) === true) at++;
      } else if (name === "env" && /^\w+=/.test(word)) continue;
      else if (operands > 0) operands--;
      else break;
    }
    if (at >= words.length) return from;
    from = at;
  }
}

/** The words behind those that only prepare the ground. */
export function withoutWrappers<Kind extends Word>(words: readonly Kind[]): readonly Kind[] {
  return words.slice(behindWrappers(words, 0));
}

/** Programs that an image is made to be built on with: with nothing to run, they are nobody's service. */
const INTERPRETERS = /^(?:node|nodejs|deno|bun|java|php[\d.]*|perl[\d.]*|ruby[\d.]*|(?:python|pypy)[\d.]*)$/;

/** Options of python that have their value in the next word. */
const PYTHON_VALUES = new Set(["-X", "-W", "--check-hash-based-pycs"]);

/** `python -m MODULE` is MODULE, with what follows; other programs are themselves. */
function moduleOf(words: readonly string[]): readonly string[] {
  const [first = "", ...others] = words;
  if (!/^(?:python|pypy)[\d.]*$/.test(basename(first))) return words;
  let at = 0;
  while (others[at]?.startsWith("-") === true && others[at] !== "-m") at += PYTHON_VALUES.has(others[at] ?? "") ? 2 : 1;
  const [module = ""] = others[at + 1]?.split(".") ?? [];
  return others[at] === "-m" && OWN_NAME.has(module) ? [module, ...others.slice(at + 2)] : words;
}

/** Modules of Python that have their own way with signals, the same as their programs. */
const OWN_NAME = new Set(
  (
    "aiohttp buildbot celery daphne distributed fastapi flask granian gunicorn hypercorn jupyter jupyterlab locust notebook " +
    "sanic streamlit supervisor twisted uvicorn vllm"
  ).split(" "),
);

const valuesOf = (program: readonly Word[]) => program.map(({ value }) => value);

/** Why a program should not be PID 1; null where nothing is known. */
export function reasonAgainst(program: readonly Word[]): Reason | null {
  const [first = "", ...others] = moduleOf(valuesOf(program));
  const name = basename(first);
  const said = others.slice(0, 8).join(" ");
  if (additions().deafPrograms.has(name)) return DEAF;
  const found = AS_PID_1.find(({ names, words }) => names.test(name) && words?.test(said) !== false)?.reason ?? null;
  if (found !== null && others.length === 0 && INTERPRETERS.test(name)) return { ...found, severity: "info" };
  return found;
}

/** The module that `python -m` runs; null where it is another program, or a module that is one of its own. */
export function moduleOfPython(program: readonly Word[]): string | null {
  const [first = "", ...others] = moduleOf(valuesOf(program));
  const at = others.findIndex((word) => /^-[a-zA-Z]*m$/.test(word));
  const isPython = /^(?:python|pypy)[\d.]*$/.test(basename(first));
  return isPython && at >= 0 && others.slice(0, at).every((word) => word.startsWith("-"))
    ? (others[at + 1] ?? null)
    : null;
}

/** Options of node whose value is the next word, and none of them the program. */
const NODE_VALUES = new Set(["-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions"]);

/** What an interpreter's file is called, among its arguments; null where it runs none. */
export function fileOfInterpreter(program: readonly Word[]): Word | null {
  const [first, ...others] = program;
  const name = basename(first?.value ?? "");
  if (!/^(?:node|nodejs|deno|bun|ts-node|(?:python|pypy)[\d.]*|php[\d.]*|perl[\d.]*)$/.test(name)) return null;
  const isValue = (index: number) => {
    const before = others[index - 1]?.value ?? "";
    return name.startsWith("node") ? NODE_VALUES.has(before) : PYTHON_VALUES.has(before);
  };
  const file = others.find(
    ({ value }, index) => !value.startsWith("-") && value !== "run" && (name.startsWith("php") || !isValue(index)),
  );
  // Node looks for a file's name without its end, and for a folder's index.
  return file !== undefined && (/\.\w+$/.test(file.value) || name.startsWith("node")) ? file : null;
}

/** What a program's own text has where it handles SIGTERM, or starts a server that does. */
const HANDLERS = new RegExp(
  [
    // Node.
    "process\\.(?:on|once|addListener)\\(\\s*[\"'`]SIGTERM",
    "addSignalListener\\(\\s*[\"']SIGTERM",
    "enableShutdownHooks\\(",
    "\\b(?:createTerminus|createLightship|closeWithGrace|gracefulShutdown|asyncExitHook|exitHook)\\(",
    "\\bnew ServiceBroker\\(",
    // Python.
    "signal\\.signal\\(\\s*(?:signal\\.)?SIGTERM",
    "add_signal_handler\\(\\s*(?:signal\\.)?SIGTERM",
    "\\b(?:uvicorn|kopf)\\.(?:run|Server)\\(",
    "\\b(?:FastMCP|Quart|Sanic|GatewayBot)\\(",
    "\\b(?:web\\.run_app|ui\\.run|worker_main|run_polling|run_webhook|updater\\.idle)\\(",
    "(?<![.\\w])idle\\(\\)",
    "\\b(?:dp|dispatcher|_dp|_dispatcher)\\.start_polling\\(",
    "\\bhypercorn\\b[^]{0,4000}\\bserve\\(",
    "\\bimport (?:nextcord|disnake)\\b",
    // PHP, Perl.
    "addSignal\\(\\s*\\\\?SIGTERM",
    "pcntl_signal\\(\\s*SIGTERM",
    "\\$SIG\\{['\"]?TERM",
  ].join("|"),
);

/** Flask's server handles SIGTERM where it watches its files. */
const RELOADING = /\.run\((?![^()]{0,400}use_reloader\s*=\s*False)[^()]{0,400}\bdebug\s*=\s*True/;

/** Whether the text of a program handles SIGTERM. */
export function handlesTerm(text: string): boolean {
  return HANDLERS.test(text) || RELOADING.test(text);
}

/** Where a text sends the signal. */
const SENDS = /\b(?:kill\w*|send_signal)\([^;\n]{0,100}SIGTERM/g;

/** Whether the text of a program speaks of SIGTERM, but to send it: a handler may be set in a way that is not known. */
export function mentionsTerm(text: string): boolean {
  return text.includes("SIGTERM") && text.replaceAll(SENDS, "").includes("SIGTERM");
}

/** Programs that do one thing and end: what ends in one of them is no service. */
const SHORT = new Set(
  (
    "ab alembic aws cat certbot chgrp chmod chown composer cp curl cut cypress date df docker drush du echo eslint false find " +
    "flake8 flyway gcloud git grep gsutil head id install jest jq kcadm.sh kubectl liquibase ln ls mkdir mktemp mongodump mount " +
    "mv mypy mysqldump newman openssl pg_dump pg_isready phpunit pip pip3 playwright prettier printf prisma psql pwd pylint " +
    "pytest rake redis-cli restic rm rsync rspec scp scrapy sed sort ssh stat tar tee terraform test timeout touch tox tr true tsc " +
    "umount uname vitest wc wget which wp xargs zip ["
  ).split(" "),
);

/** What package managers and interpreters are told to do that ends by itself. */
const SHORT_VERBS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^(?:npm|yarn|yarnpkg|pnpm)$/,
    /^(?:(?:run |run-script )?(?:test|lint|build|ci|check|format|typecheck|coverage|migrate)(?:[:\s]|$)|t$|ci$|install\b|publish\b|audit\b)/,
  ],
  [/^(?:go|cargo|dotnet)$/, /^(?:test|build|vet|publish|fmt|clippy)\b/],
  [/^(?:mvnw?|gradlew?)$/, /^(?:test|verify|package|build|check|install|clean)\b/],
  [/^make$/, /^(?:test|check|build|lint|all|install|clean)\b/],
  [
    /^(?:python|pypy)[\d.]*$/,
    /^-m (?:pytest|unittest|pip|build|mypy|flake8|black|alembic|compileall|json\.tool)\b|^(?:\S*\/)?manage\.py (?:migrate|makemigrations|test|collectstatic|check|loaddata|dumpdata|create\w+|compilemessages|flush|shell|clearsessions|(?:clean|delete|export|generate|import|load|rebuild|update|wait_for)_\w+)\b/,
  ],
  [/^(?:manage\.py|django-admin)$/, /^(?!runserver)/],
  [
    /^php[\d.]*$/,
    /^(?:\S*\/)?(?:artisan (?!serve|queue:(?:work|listen)|schedule:work|horizon|octane|reverb|websockets)|(?:occ|wp|composer|drush|phpunit)\b)/,
  ],
  [/^nginx$/, /^-[stTvV](?: |$)/],
  [
    /^(?:apache2ctl|apachectl|httpd|apache2)$/,
    /^(?:-k (?!start)|-[tvVS](?: |$)|configtest|graceful|restart|stop|status)/,
  ],
  [/^rails$/, /^(?:db:|assets:|test\b|runner\b|generate\b|g\b)/],
];

/** Package managers that look for a program, or for a script of package.json, by their first word that is no option. */
const RUNNERS = /^(?:npx|pnpx|bunx|npm|yarn|yarnpkg|pnpm)$/;

/** What names of scripts, folders and targets say that a program is there for once. */
const TASK =
  /(?:^|[-_./\s:"])(?:backup|batch|bench(?:mark)?|build|bootstrap|clean(?:up)?|collectstatic|compile|deploy|e2e|evaluate|export|fixtures|generate|import|init-?db|install|lint|load-?data|migrat\w*|populate|prepare|prisma|provision|prune|publish|purge|release|reset|restore|seed\w*|setup|smoke|sync-?db|tests?|train(?:ing)?|upgrade|wait(?:-for\w*)?)(?:$|[-_.\s:"])/i;

/** What is started after all that. */
const NO_TASK = /(?:^|[-_./\s:"])(?:app|api|dev|serve[rd]?|start|watch|web|worker)(?:$|[-_.\s:"])/i;

/** Whether a name says that what it stands for is done once: `seed-data`, `run_tests.sh`, `db:migrate`. */
export function isTaskName(name: string): boolean {
  return TASK.test(name) && !NO_TASK.test(name);
}

/** What an interpreter runs: its first word that is no option; "" where there is none. */
function fileOf(others: readonly string[]): string {
  return others.find((word) => !word.startsWith("-")) ?? "";
}

/** Longer than this nothing waits that the platform would not wait for: Docker's time between SIGTERM and SIGKILL, in seconds. */
const LONG_SLEEP = 10;

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** What `sleep` is told, in seconds; null where it is not known. */
export function sleepSeconds(words: readonly string[]): number | null {
  let sum = 0;
  for (const word of words) {
    const [, number, unit = ""] = /^(\d+(?:\.\d+)?|inf(?:inity)?)([smhd]?)$/.exec(word) ?? [];
    if (number === undefined) return null;
    sum += number.startsWith("inf") ? Infinity : Number(number) * (UNITS[unit] ?? 1);
  }
  return words.length === 0 ? null : sum;
}

/** Whether a program is known to end by itself: signals do not matter to it. */
export function endsByItself(program: readonly Word[]): boolean {
  const [first = "", ...others] = moduleOf(valuesOf(withoutWrappers(program)));
  const name = basename(first);
  // With nothing to read from, it is there to stay.
  if (name === "cat" && others.length === 0) return false;
  if (name === "tail") return !others.some((word) => /^(?:-\w*[fF]|--follow)/.test(word));
  if (name === "sleep") return (sleepSeconds(others) ?? Infinity) <= LONG_SLEEP;
  const file = fileOf(others);
  if (INTERPRETERS.test(name) && /\.\w+$/.test(file) && isTaskName(basename(file))) return true;
  if (/^(?:ba|da|a)?sh$/.test(name) && file.endsWith(".sh") && isTaskName(basename(file))) return true;
  const said = others.slice(0, 8).join(" ");
  if (others.length > 0 && others.every((word) => /^(?:--?(?:version|help)|-[vVh])$/.test(word))) return true;
  if (RUNNERS.test(name)) {
    const operands = program.filter(({ value }) => !value.startsWith("-")).slice(1);
    const rest = /^(?:run|run-script|exec|x|dlx)$/.test(operands[0]?.value ?? "") ? operands.slice(1) : operands;
    if (isTaskName(rest[0]?.value ?? "") || (!/^npm$/.test(name) && rest.length > 0 && SHORT.has(rest[0]?.value ?? "")))
      return true;
  }
  return SHORT.has(name) || SHORT_VERBS.some(([pattern, verb]) => pattern.test(name) && verb.test(said));
}

/** Programs that are there to stay, whatever they are told. */
const SERVERS =
  /^(?:nginx|httpd(?:-foreground)?|apache2(?:ctl|-foreground)?|apachectl|php-fpm[\d.]*|gunicorn|uvicorn|hypercorn|daphne|granian|locust|waitress-serve|uwsgi|puma|unicorn|sidekiq|rackup|supervisord|(?:redis|valkey)-server|mysqld(?:_safe)?|mariadbd|postgres|mongod|memcached|rabbitmq-server|caddy|traefik|haproxy|envoy|varnishd|squid|dnsmasq|named|vsftpd|sshd|dockerd|pm2-runtime|nodemon|cron|crond|inotifywait)$/;

/** Programs that are there to stay where they are told so. */
const SERVING: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:npm|yarn|yarnpkg|pnpm)$/, /^(?:--\S+ )*(?:(?:run |run-script )?(?:start|dev|serve|server|watch)(?:[:\s-]|$))/],
  [/^(?:python|pypy)[\d.]*$/, /manage\.py runserver|^(?:-u )?-m http\.server/],
  [
    /^(?:flask|next|nuxt|rails|ng|celery|vite|streamlit|mkdocs)$/,
    /^(?:\S+ )*(?:run|start|dev|server?|s|serve|worker|beat)(?: |$)/,
  ],
  [/^php[\d.]*$/, /^-S |artisan (?:serve|queue:\w+|schedule:work|horizon)/],
  [/^java$/, /(?:^| )-(?:jar|cp|classpath) /],
  [/^dotnet$/, /\.dll(?: |$)/],
  [/^catalina\.sh$/, /^run/],
  [/^tail$/, /(?:^| )(?:-\w*[fF]|--follow)/],
  [/^sleep$/, /./],
];

/** What runs a program of one's own: what it is called tells whether it is done once. */
const RUNNING_FILES: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:python|pypy)[\d.]*$/, /^(?:-\w )*(?:[^-\s]\S*\.py|-\w*m \w[\w.]*)(?: |$)/],
  [/^(?:node|nodejs|ts-node|tsx|ruby|php)$/, /^(?:-\S+ )*[^-\s]\S*/],
];

function isOneOf(program: readonly Word[], rows: readonly (readonly [RegExp, RegExp])[]): boolean {
  const [first = "", ...others] = moduleOf(valuesOf(withoutWrappers(program)));
  const said = others.slice(0, 8).join(" ");
  return rows.some(([pattern, verb]) => pattern.test(basename(first)) && verb.test(said));
}

/** Whether a program is a server for sure, or one that does nothing for ever. */
export function isServer(program: readonly Word[]): boolean {
  const [first = ""] = moduleOf(valuesOf(withoutWrappers(program)));
  return !endsByItself(program) && (SERVERS.test(basename(first)) || isOneOf(program, SERVING));
}

/** Whether a program is there to stay, as far as names tell: a server, or a program of one's own that is not called a task. */
export function isService(program: readonly Word[]): boolean {
  return isServer(program) || (!endsByItself(program) && isOneOf(program, RUNNING_FILES));
}
