/** The CPUs that the init is built for, and the emulators of those that are not this machine's own. */
import { join } from "node:path";
import { type Arch, ARCHS } from "../../scripts/build.ts";

/** What Debian's qemu-user-static calls each CPU. */
const EMULATORS: Readonly<Record<Arch, string>> = {
  x64: "qemu-x86_64-static",
  arm64: "qemu-aarch64-static",
  riscv64: "qemu-riscv64-static",
  ppc64: "qemu-ppc64le-static",
  arm: "qemu-arm-static",
  ia32: "qemu-i386-static",
};

/** Where the init for a CPU other than this machine's lies. */
export const initFor = (arch: Arch): string => join(import.meta.dirname, `../../dist/tini-ts-${arch}`);

/** The CPUs to emulate here. */
export const emulated = (): { arch: Arch; emulator: string }[] =>
  ARCHS.filter((arch) => arch !== process.arch).map((arch) => ({ arch, emulator: `/usr/bin/${EMULATORS[arch]}` }));
