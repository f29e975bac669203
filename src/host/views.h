/*
 * Where CPUs differ from the init's constants and views of the kernel's structs (src/init/linux/constants.ts, structs.ts).
 * test/checks compares all of it with the kernel's headers for each.
 */

/* Terminals' requests have other numbers on ppc64le (arch/powerpc/include/uapi/asm/ioctls.h). */
#if defined(__powerpc64__)
#include <asm/ioctls.h>
#define GENERIC_TIOCGPGRP 0x540f
#define GENERIC_TIOCSPGRP 0x5410
#define REQUEST(generic) \
  ((generic) == GENERIC_TIOCGPGRP ? TIOCGPGRP : (generic) == GENERIC_TIOCSPGRP ? TIOCSPGRP : (generic))
#else
#define REQUEST(generic) (generic)
#endif

/* The offsets at which the init reads struct sysinfo and struct statfs: those of 64-bit CPUs. */
#define SYSINFO_TOTAL 32
#define SYSINFO_UNIT 104
#define STATFS_TYPE 0
#define STATFS_FLAGS 80
