/* 64-bit CPUs: the kernel's structs are those of the init's views (src/init/linux/structs.ts), and an offset is one word. */

#define OPEN_FLAGS 0

static inline long read_at(uint32_t fd, void *buffer, uint32_t size, int32_t offset) {
  return CALL(pread64, fd, buffer, size, offset);
}
static inline long get_offset(uint32_t fd) { return CALL(lseek, fd, 0, SEEK_CUR); }
static inline long get_time(uint32_t clock, void *time) { return CALL(clock_gettime, clock, time); }
static inline long wait_for_signal(void *set, void *info, void *timeout) {
  return CALL(rt_sigtimedwait, set, info, timeout, SIGNAL_SET_BYTES);
}
static inline long poll_now(struct pollfd *polled) {
  const struct timespec now = {0, 0};
  return CALL(ppoll, polled, 1, &now, NULL, 0);
}
static inline long wait_for_child(void *info, uint32_t options) { return CALL(waitid, P_ALL, 0, info, options, NULL); }
static inline long queue_signal(uint32_t pid, uint32_t signal, void *info) { return CALL(rt_sigqueueinfo, pid, signal, info); }
static inline long send_to_pidfd(uint32_t fd, uint32_t signal, void *info, uint32_t flags) {
  return CALL(pidfd_send_signal, fd, signal, info, flags);
}
static inline long get_usage(uint32_t who, void *usage) { return CALL(getrusage, who, usage); }
static inline long get_memory(void *info) { return CALL(sysinfo, info); }
static inline long get_mount(const char *path, void *status) { return CALL(statfs, path, status); }
static inline long send_file(uint32_t to, uint32_t from, void *offset, uint32_t size) {
  return CALL(sendfile, to, from, offset, size);
}
static inline long control(uint32_t fd, uint32_t command, uint32_t argument) { return CALL(fcntl, fd, command, argument); }
