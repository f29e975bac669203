/** The CPUs that the init is built for, and the emulators of those that are not this machine's own. */
import { join } from "node:path";
import { type Arch, ARCHS } from "../../scripts/build.ts";

/** The names of CPUs in Debian's qemu-user-static. */
const EMULATORS: Readonly<Record<Arch, string>> = {
  x64: "qemu-x86_64-static",
  arm64: "qemu-aarch64-static",
  riscv64: "qemu-riscv64-static",
  ppc64: "qemu-ppc64le-static",
  arm: "qemu-arm-static",
  ia32: "qemu-i386-static",
};

/** The path of the init for a CPU other than this machine's. */
export const initFor = (arch: Arch): string => join(import.meta.dirname, `../../dist/tini-ts-${arch}`);

/** The CPUs to emulate here. */
export const emulated = (): { arch: Arch; emulator: string }[] =>
  ARCHS.filter((arch) => arch !== process.arch).map((arch) => ({ arch, emulator: `/usr/bin/${EMULATORS[arch]}` }));
