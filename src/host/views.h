/*
 * What the init's views of the kernel need that is not the same on each CPU (src/init/linux/constants.ts, structs.ts).
 * test/checks compares all of it with the kernel's headers of each.
 */

/* Requests of terminals have other numbers on ppc64le (arch/powerpc/include/uapi/asm/ioctls.h). */
#if defined(__powerpc64__)
#include <asm/ioctls.h>
#define GENERIC_TIOCGPGRP 0x540f
#define GENERIC_TIOCSPGRP 0x5410
#define REQUEST(generic) \
  ((generic) == GENERIC_TIOCGPGRP ? TIOCGPGRP : (generic) == GENERIC_TIOCSPGRP ? TIOCSPGRP : (generic))
#else
#define REQUEST(generic) (generic)
#endif

/* Where the init reads what it wants of struct sysinfo and struct statfs: where 64-bit CPUs have it. */
#define SYSINFO_TOTAL 32
#define SYSINFO_UNIT 104
#define STATFS_FLAGS 80
