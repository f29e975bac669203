/** A Docker engine in the machine: with cgroup v2, and privileged containers that are. */
import { createServer, type AddressInfo } from "node:net";
import { useEngine, connect } from "../containers/docker.ts";
import { find } from "../containers/engine.ts";
import { BUSYBOX, busyboxFiles, importImage } from "../containers/images.ts";
import { patience } from "../patience.ts";
import { until } from "../processes/waiting.ts";
import { kernelModule } from "./kernel.ts";
import { Machine } from "./machine.ts";
import { withLibraries } from "./native.ts";

/** In the order of their dependencies. */
const MODULES = [
  ...["virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci"],
  ...["failover", "net_failover", "virtio_net", "overlay"],
];

/** QEMU's user network, slirp, gives the machine this address; only the forwarded port connects it to the host. */
const ADDRESS = "10.0.2.15/24";
const PORT = 2375;
const START_MILLISECONDS = 90_000;
/** Longer than any run of the tests. */
const LIFE_MILLISECONDS = 3_600_000;

const OPTIONS = [
  `--host=tcp://0.0.0.0:${PORT}`,
  ...["--data-root=/tmp/docker", "--exec-root=/run/docker", "--pidfile=/run/docker.pid"],
  ...["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"],
  ...["--storage-driver=overlay2", "--exec-opt=native.cgroupdriver=cgroupfs", "--init-path=/tini-ts"],
];

/** A free port of the loopback interface. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const answers = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(patience(5000)) }).then(
    (response) => response.ok,
    () => false,
  );

/** Boots a machine with an engine that has the image BUSYBOX; the Docker clients of this process use it from now on. */
export async function bootEngine(): Promise<Machine> {
  const port = await freePort();
  const network = `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:${PORT}`;
  const programs = ["dockerd", "containerd", "containerd-shim-runc-v2", "runc"].map((name) => find(name) ?? name);
  const machine = await Machine.boot({
    files: withLibraries(programs),
    modules: MODULES.map(kernelModule),
    megabytes: 2048,
    options: ["-netdev", network, "-device", "virtio-net-pci,netdev=net"],
  });
  try {
    await machine.sh(`ip link set lo up; ip addr add ${ADDRESS} dev eth0; ip link set eth0 up`);
    const command = ["env", "PATH=/usr/bin:/bin", "dockerd", ...OPTIONS];
    const engine = machine.start(command, LIFE_MILLISECONDS);
    const started = await until(
      "dockerd answers",
      async () => (await answers(`http://127.0.0.1:${port}/_ping`)) || (engine.stderr.closed ? "ended" : false),
      () => engine.describe(),
      START_MILLISECONDS,
    );
    if (started === "ended") throw new Error(`dockerd ended\n${engine.describe()}`);
    useEngine(`tcp://127.0.0.1:${port}`);
    await importImage(await connect(), BUSYBOX, await busyboxFiles());
    return machine;
  } catch (error) {
    await machine[Symbol.asyncDispose]();
    throw error;
  }
}
