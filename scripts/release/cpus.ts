/** The CPUs of a release, and their names elsewhere. */
import type { Arch } from "../build.ts";
import { dockerNameOf } from "../../src/kit/init/binary.ts";

/** A CPU of a release. */
export interface Cpu {
  readonly arch: Arch;
  /** Debian's name for it, with which the release's file names end. */
  readonly debian: string;
  /** OCI's name for it: Go's name, and the variant (image-spec, "Platform Variants"). */
  readonly oci: { readonly architecture: string; readonly variant?: string };
}

const DEBIAN_NAMES: Readonly<Record<Arch, string>> = {
  x64: "amd64",
  arm64: "arm64",
  riscv64: "riscv64",
  ppc64: "ppc64el",
  arm: "armhf",
  ia32: "i386",
};

const VARIANTS: Readonly<Partial<Record<Arch, string>>> = { arm64: "v8", arm: "v7" };

/** What a release has for a CPU. */
export function cpuOf(arch: Arch): Cpu {
  const { [arch]: variant } = VARIANTS;
  const architecture = dockerNameOf(arch);
  return {
    arch,
    debian: DEBIAN_NAMES[arch],
    oci: variant === undefined ? { architecture } : { architecture, variant },
  };
}
