/*
 * 32-bit CPUs: translates where the kernel's structs differ from the init's views, which are those of 64-bit CPUs
 * (src/init/linux/structs.ts), and passes 64-bit times and offsets. No decisions are made here.
 *
 * The calls with 64-bit time came with Linux 5.1. If they are refused, those with 32 bits serve until 2038.
 */

#include <linux/sysinfo.h>
#include <sys/statfs.h>

/* The calls from before Linux 2.4 have 16-bit ids. */
#undef __NR_setresuid
#define __NR_setresuid __NR_setresuid32
#undef __NR_setresgid
#define __NR_setresgid __NR_setresgid32
#undef __NR_getresuid
#define __NR_getresuid __NR_getresuid32
#undef __NR_getresgid
#define __NR_getresgid __NR_getresgid32
#undef __NR_fchown
#define __NR_fchown __NR_fchown32
#undef __NR_setgroups
#define __NR_setgroups __NR_setgroups32
#undef __NR_getgroups
#define __NR_getgroups __NR_getgroups32

#define OPEN_FLAGS KERNEL_O_LARGEFILE

/* The kernel's structs with 32-bit time, and those with 64-bit time, which the views are for. */
struct old_time {
  int32_t seconds, nanoseconds;
};
struct new_time {
  int64_t seconds, nanoseconds;
};

/* Seconds that do not fit become the largest number, 68 years. */
static inline struct old_time shortened(const struct new_time *time) {
  const struct old_time old = {time->seconds > INT32_MAX ? INT32_MAX : (int32_t)time->seconds, (int32_t)time->nanoseconds};
  return old;
}

static long get_time(uint32_t clock, void *time) {
  long result = CALL(clock_gettime64, clock, time);
  if (result != -ENOSYS) return result;
  struct old_time old;
  struct new_time *new = time;
  result = CALL(clock_gettime, clock, &old);
  new->seconds = old.seconds;
  new->nanoseconds = old.nanoseconds;
  return result;
}

static long poll_now(struct pollfd *polled) {
  const struct new_time now = {0, 0};
  const long result = CALL(ppoll_time64, polled, 1, &now, NULL, 0);
  return result == -ENOSYS ? CALL(ppoll, polled, 1, &now, NULL, 0) : result; /* all zeros in both structs */
}

/*
 * siginfo_t: three words, then on 64-bit CPUs one of padding, because the union that follows contains addresses. What the
 * kernel returns is moved up by a word, and what it gets down; of the 128 bytes, nothing uses the last word.
 */
#define HEAD_WORDS 3
#define INFO_WORDS 32
static void widen(uint32_t *info) {
  for (int word = INFO_WORDS - 1; word > HEAD_WORDS; word--) info[word] = info[word - 1];
  info[HEAD_WORDS] = 0;
}
static void narrow(uint32_t *to, const uint32_t *info) {
  for (int word = 0; word < INFO_WORDS; word++) to[word] = word < HEAD_WORDS ? info[word] : info[(word + 1) % INFO_WORDS];
}

static long wait_for_signal(void *set, void *info, void *timeout) {
  long result = CALL(rt_sigtimedwait_time64, set, info, timeout, SIGNAL_SET_BYTES);
  if (result == -ENOSYS) {
    struct old_time old;
    if (timeout) old = shortened(timeout);
    result = CALL(rt_sigtimedwait, set, info, timeout ? &old : NULL, SIGNAL_SET_BYTES);
  }
  if (result > 0 && info) widen(info);
  return result;
}
static long wait_for_child(void *info, uint32_t options) {
  const long result = CALL(waitid, P_ALL, 0, info, options, NULL);
  if (result >= 0) widen(info);
  return result;
}
static long queue_signal(uint32_t pid, uint32_t signal, void *info) {
  uint32_t narrowed[INFO_WORDS];
  narrow(narrowed, info);
  return CALL(rt_sigqueueinfo, pid, signal, narrowed);
}
static long send_to_pidfd(uint32_t fd, uint32_t signal, void *info, uint32_t flags) {
  uint32_t narrowed[INFO_WORDS];
  if (info) narrow(narrowed, info);
  return CALL(pidfd_send_signal, fd, signal, info ? narrowed : NULL, flags);
}

/* struct rusage: of its 18 words, the times and the memory, all that the init reads. */
#define USAGE_WORDS 18
#define USAGE_READ 5
static long get_usage(uint32_t who, int64_t *usage) {
  int32_t old[USAGE_WORDS];
  const long result = CALL(getrusage, who, old);
  for (int word = 0; word < USAGE_READ && result == 0; word++) usage[word] = old[word];
  return result;
}

/* struct sysinfo: the total memory and its unit, all that the init reads. */
static long get_memory(void *info) {
  struct sysinfo old;
  const long result = CALL(sysinfo, &old);
  *(uint64_t *)((char *)info + SYSINFO_TOTAL) = old.totalram;
  *(uint32_t *)((char *)info + SYSINFO_UNIT) = old.mem_unit;
  return result;
}

/* struct statfs64: the type and the flags, all that the init reads. */
static long get_mount(const char *path, void *status) {
  struct statfs64 old;
  const long result = CALL(statfs64, path, sizeof old, &old);
  *(uint64_t *)((char *)status + STATFS_TYPE) = old.f_type;
  *(uint64_t *)((char *)status + STATFS_FLAGS) = (uint32_t)old.f_flags;
  return result;
}

/* An offset below 0 has to stay below 0, so that the kernel refuses it. */
static inline long read_at(uint32_t fd, void *buffer, uint32_t size, int32_t offset) {
#if PAIRS_ARE_EVEN
  return CALL(pread64, fd, buffer, size, 0, offset, offset >> 31);
#else
  return CALL(pread64, fd, buffer, size, offset, offset >> 31);
#endif
}
static long get_offset(uint32_t fd) {
  int64_t offset;
  return CALL(_llseek, fd, 0, 0, &offset, SEEK_CUR);
}
static inline long send_file(uint32_t to, uint32_t from, void *offset, uint32_t size) {
  return CALL(sendfile64, to, from, offset, size);
}
static inline long control(uint32_t fd, uint32_t command, uint32_t argument) { return CALL(fcntl64, fd, command, argument); }
