/*
 * launch: starts a binary the way a container engine, a shell or a careless parent would, and reports exactly how it ended.
 *
 *   launch CONTROL DIRECTIVE... -- BINARY [ARGUMENT...]
 *
 * CONTROL is a descriptor number or the path of a listening unix socket. Over it go lines of text.
 * We write:
 *   started PID            host pid of the binary; it is about to be executed
 *   parent PID             host pid of the parent that `middle-parent` puts in between
 *   executed               execve() worked
 *   error TEXT             a directive or execve() failed, nothing runs
 *   held NUMBER A B C      the traced binary is held after system call NUMBER with these arguments (-1: right after execve)
 *   ended exited CODE | ended signalled SIGNAL    the wait status, as it is
 *   leftover COUNT         after `finish`: how many processes had to be killed
 * We read:
 *   go                     let a held binary run on, untraced
 *   kill-parent            SIGKILL for the parent in between
 *   drain                  start to read the pipe of `full-pipe`; what it holds comes out of our standard error
 *   finish                 kill what is left and end; so does the end of CONTROL
 *
 * Directives, applied in this order of writing in the child:
 *   pid-namespace          new PID, mount, IPC and UTS namespaces, /proc mounted
 *   middle-parent          a parent between us and the binary, for PR_SET_PDEATHSIG
 *   hold-after=N           hold it after its Nth system call (0: before its first instruction); its children count too
 *   hold-after-call=NAME:N hold it after its Nth call of NAME
 *   block=LIST ignore=LIST signal numbers, comma separated
 *   close=FD               close a descriptor
 *   open=FD:PATH           open PATH for reading and writing as FD, without O_CLOEXEC
 *   duplicate=FD:FROM      dup2
 *   extra-descriptors=N    N descriptors of /dev/null, from 3 up
 *   closed-pipe=FD         a pipe without a reader
 *   full-pipe=FD           a pipe without room, read on `drain`
 *   new-terminal=PATH      setsid(), then PATH becomes the controlling terminal, 0, 1 and 2
 *   own-terminal           setsid(), then the terminal on descriptor 0 becomes the controlling one, stolen if need be
 *   session | group        setsid() | setpgid(0, 0)
 *   lost-directory         a working directory that no longer exists
 *   chdir=PATH umask=OCTAL chroot=PATH user=ID
 *   no-proc                nothing in /proc
 *   limit=NAME:SOFT        NPROC, SIGPENDING, NOFILE, STACK, CORE, FSIZE; `unlimited` is a value
 *   no-new-privileges      PR_SET_NO_NEW_PRIVS
 *   seccomp=ERROR:CALLS    these calls answer ERROR, or kill (KILL); CALLS are NAME or NAME@INDEX=VALUE (argument INDEX is VALUE), comma separated
 *   drop-capability=N      out of the bounding set: not to be had after execve()
 *   listen-self            LISTEN_PID, LISTEN_PIDFDID, WATCHDOG_PID and SYSTEMD_EXEC_PID name the binary, as systemd does it
 *   no-environment         an empty environment
 *   no-arguments           execve() with an empty argv
 *   name=TEXT              argv[0], where it is not BINARY
 *   escaped                \xHH in BINARY's arguments is a byte
 *   many-arguments=N:SIZE  N more arguments of SIZE bytes
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* glibc's sys/ptrace.h and the kernel's linux/ptrace.h conflict; the kernel's has what we need. */
static long trace(int request, pid_t pid, unsigned long address, unsigned long data) {
    return syscall(SYS_ptrace, (long)request, (long)pid, address, data);
}

/* Our own descriptors are up here, out of reach of directives and closed standard descriptors. */
enum { OWN_DESCRIPTORS = 900, DIRECTIVES = 128 };

static int control = -1;
static int problems = -1; /* in the child: where to report errors */

static void say(const char *format, ...) {
    char line[512];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    /* MSG_NOSIGNAL: the other end may be gone, and we end by that soon. */
    if (send(control, line, (size_t)length, MSG_NOSIGNAL) < 0 && errno == ENOTSOCK && write(control, line, (size_t)length) < 0)
        return;
}

/* In the child: hands the reason to the parent and ends. */
static void fail(const char *what) {
    char line[512];
    int length = snprintf(line, sizeof line, "%s: %s", what, strerror(errno));
    if (write(problems, line, (size_t)length) < 0) _exit(98);
    _exit(99);
}

static void check(int bad, const char *what) {
    if (bad) fail(what);
}

static const char *value_of(const char *directive, const char *name) {
    size_t length = strlen(name);
    if (strncmp(directive, name, length)) return NULL;
    if (directive[length] == '=') return directive + length + 1;
    return directive[length] ? NULL : "";
}

static int high(int fd) {
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, OWN_DESCRIPTORS);
    close(fd);
    return moved;
}

#define CALL(name) {#name, SYS_##name}
static const struct { const char *name; long number; } calls[] = {
    CALL(chdir), CALL(clone), CALL(clone3), CALL(close), CALL(close_range), CALL(execve), CALL(faccessat), CALL(faccessat2),
    CALL(fcntl), CALL(getdents64), CALL(getpgid), CALL(getpid), CALL(getppid), CALL(getsid), CALL(ioctl), CALL(kill),
    CALL(lseek), CALL(openat), CALL(pidfd_open), CALL(pidfd_send_signal), CALL(ppoll), CALL(prctl), CALL(pwritev2),
    CALL(ptrace), CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigqueueinfo), CALL(rt_sigtimedwait), CALL(setpgid),
    CALL(setsid), CALL(statx), CALL(wait4), CALL(waitid), CALL(write), CALL(writev),
#ifdef SYS_vfork
    CALL(fork), CALL(vfork), CALL(poll), CALL(getpgrp), CALL(open), CALL(access),
#else
    /* Newer architectures do not have these calls. */
    {"fork", -1}, {"vfork", -1}, {"poll", -1}, {"getpgrp", -1}, {"open", -1}, {"access", -1},
#endif
};

static long call_number(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strlen(calls[i].name) == length && !memcmp(calls[i].name, name, length)) return calls[i].number;
    errno = EINVAL;
    fail(name);
    return -1;
}

static int error_number(const char *name, size_t length) {
    static const struct { const char *name; int number; } errors[] = {
        {"EPERM", EPERM}, {"ENOSYS", ENOSYS}, {"EAGAIN", EAGAIN}, {"EIO", EIO}, {"EACCES", EACCES}, {"EINVAL", EINVAL},
        {"ENOTTY", ENOTTY}, {"ENOMEM", ENOMEM}, {"ESRCH", ESRCH}, {"EMFILE", EMFILE}, {"EOPNOTSUPP", EOPNOTSUPP},
    };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strlen(errors[i].name) == length && !memcmp(errors[i].name, name, length)) return errors[i].number;
    errno = EINVAL;
    fail(name);
    return -1;
}

static void install_filter(const char *text) {
    struct sock_filter program[256];
    unsigned length = 0;
    const char *colon = strchr(text, ':');
    check(!colon, "seccomp needs ERROR:CALLS");
    unsigned answer = !strncmp(text, "KILL:", 5) ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | (unsigned)error_number(text, (size_t)(colon - text));
    for (const char *at = colon + 1; *at;) {
        size_t size = strcspn(at, ",");
        const char *condition = memchr(at, '@', size);
        unsigned number = (unsigned)call_number(at, condition ? (size_t)(condition - at) : size);
        program[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        if (condition) {
            unsigned index = (unsigned)condition[1] - '0';
            unsigned wanted = (unsigned)strtoul(condition + 3, NULL, 0);
            program[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3);
            program[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * index);
            program[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, wanted, 0, 1);
        } else {
            program[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
        }
        program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
        at += size;
        if (*at == ',') at++;
    }
    program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog whole = {(unsigned short)length, program};
    check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0) != 0, "seccomp");
}

static void set_limit(const char *text) {
    static const struct { const char *name; int number; } limits[] = {
        {"NPROC:", RLIMIT_NPROC}, {"SIGPENDING:", RLIMIT_SIGPENDING}, {"NOFILE:", RLIMIT_NOFILE},
        {"STACK:", RLIMIT_STACK}, {"CORE:", RLIMIT_CORE},             {"FSIZE:", RLIMIT_FSIZE},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        size_t length = strlen(limits[i].name);
        if (strncmp(text, limits[i].name, length)) continue;
        struct rlimit limit;
        check(getrlimit(limits[i].number, &limit) != 0, "getrlimit");
        limit.rlim_cur = strcmp(text + length, "unlimited") ? strtoul(text + length, NULL, 0) : RLIM_INFINITY;
        check(setrlimit(limits[i].number, &limit) != 0, text);
        return;
    }
    errno = EINVAL;
    fail(text);
}

static void place(int fd, int wanted) {
    check(dup2(fd, wanted) < 0, "dup2");
    if (fd != wanted) close(fd);
}

static void apply_signals(const char *list, int ignore) {
    sigset_t set;
    sigemptyset(&set);
    for (const char *at = list; *at;) {
        char *end;
        int number = (int)strtol(at, &end, 10);
        /* Not sigaddset(): it refuses the two that the libc reserves. */
        ((unsigned long *)&set)[0] |= 1ul << (number - 1);
        if (ignore) {
            /* The kernel's own struct sigaction, for the same reason; SIG_IGN is 1 and the first field. */
            unsigned long action[4] = {1, 0, 0, 0};
            check(syscall(SYS_rt_sigaction, number, action, NULL, 8) != 0, "rt_sigaction");
        }
        at = *end ? end + 1 : end;
    }
    if (!ignore) check(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8) != 0, "rt_sigprocmask");
}

static int full_pipe[2] = {-1, -1};
static int hold_after = -1, hold_call = -1, hold_count = 0;

/* The directives that the parent needs before it forks. */
static void prepare(const char *directive) {
    const char *value;
    if (value_of(directive, "full-pipe")) {
        if (pipe2(full_pipe, O_CLOEXEC)) exit(97);
        fcntl(full_pipe[1], F_SETPIPE_SZ, 4096);
        fcntl(full_pipe[1], F_SETFL, O_NONBLOCK);
        while (write(full_pipe[1], "#", 1) == 1)
            ;
        fcntl(full_pipe[1], F_SETFL, 0);
        full_pipe[0] = high(full_pipe[0]);
        full_pipe[1] = high(full_pipe[1]);
    } else if ((value = value_of(directive, "hold-after"))) {
        hold_after = atoi(value);
    } else if ((value = value_of(directive, "hold-after-call"))) {
        size_t length = strcspn(value, ":");
        hold_call = (int)call_number(value, length);
        hold_count = value[length] ? atoi(value + length + 1) : 1;
    }
}

static char **arguments;
static char *nothing[] = {NULL};
extern char **environ;

static void unescape(char *text) {
    char *to = text;
    for (char *from = text; *from; from++) {
        if (from[0] == '\\' && from[1] == 'x') {
            char digits[3] = {from[2], from[3], 0};
            *to++ = (char)strtol(digits, NULL, 16);
            from += 3;
        } else {
            *to++ = *from;
        }
    }
    *to = 0;
}

static void add_arguments(const char *value) {
    long count = atol(value);
    long size = atol(strchr(value, ':') + 1);
    long before = 0;
    while (arguments[before]) before++;
    char **longer = calloc((size_t)(before + count + 1), sizeof *longer);
    memcpy(longer, arguments, (size_t)before * sizeof *longer);
    for (long i = 0; i < count; i++) {
        longer[before + i] = malloc((size_t)size + 1);
        memset(longer[before + i], 'a', (size_t)size);
        longer[before + i][size] = 0;
    }
    arguments = longer;
}

static void take_terminal(void) {
    check(setsid() < 0, "setsid");
    check(ioctl(0, TIOCSCTTY, 1) != 0, "TIOCSCTTY");
}

static void apply(const char *directive) {
    const char *value;
    if ((value = value_of(directive, "block"))) {
        apply_signals(value, 0);
    } else if ((value = value_of(directive, "ignore"))) {
        apply_signals(value, 1);
    } else if ((value = value_of(directive, "close"))) {
        close(atoi(value));
    } else if ((value = value_of(directive, "open"))) {
        int fd = open(strchr(value, ':') + 1, O_RDWR | O_CREAT, 0600);
        check(fd < 0, value);
        if (fd != atoi(value)) place(fd, atoi(value));
    } else if ((value = value_of(directive, "duplicate"))) {
        check(dup2(atoi(strchr(value, ':') + 1), atoi(value)) < 0, "dup2");
    } else if ((value = value_of(directive, "extra-descriptors"))) {
        int null = high(open("/dev/null", O_RDWR | O_CLOEXEC));
        for (int i = 0; i < atoi(value); i++) check(fcntl(null, F_DUPFD, 3) < 0, "F_DUPFD");
    } else if ((value = value_of(directive, "closed-pipe"))) {
        int ends[2];
        check(pipe(ends) != 0, "pipe");
        place(ends[1], atoi(value));
        close(ends[0]);
    } else if ((value = value_of(directive, "full-pipe"))) {
        check(dup2(full_pipe[1], atoi(value)) < 0, "dup2");
    } else if ((value = value_of(directive, "new-terminal"))) {
        int fd = open(value, O_RDWR | O_NOCTTY);
        check(fd < 0, value);
        for (int i = 0; i < 3; i++) check(dup2(fd, i) < 0, "dup2");
        if (fd > 2) close(fd);
        take_terminal();
    } else if (value_of(directive, "own-terminal")) {
        take_terminal();
    } else if (value_of(directive, "session")) {
        check(setsid() < 0, "setsid");
    } else if (value_of(directive, "group")) {
        check(setpgid(0, 0) != 0, "setpgid");
    } else if (value_of(directive, "lost-directory")) {
        char name[] = "/tmp/lost-directory-XXXXXX";
        check(!mkdtemp(name) || chdir(name) || rmdir(name), "lost-directory");
    } else if ((value = value_of(directive, "chdir"))) {
        check(chdir(value) != 0, value);
    } else if ((value = value_of(directive, "umask"))) {
        umask((mode_t)strtoul(value, NULL, 8));
    } else if ((value = value_of(directive, "chroot"))) {
        check(chroot(value) || chdir("/"), value);
    } else if ((value = value_of(directive, "user"))) {
        check(setgroups(0, NULL) || setgid((gid_t)atoi(value)) || setuid((uid_t)atoi(value)), "user");
    } else if (value_of(directive, "no-proc")) {
        check(mount("none", "/proc", "tmpfs", MS_RDONLY, "size=4k") != 0, "no-proc");
    } else if ((value = value_of(directive, "limit"))) {
        set_limit(value);
    } else if (value_of(directive, "no-new-privileges")) {
        check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0, "no-new-privileges");
    } else if ((value = value_of(directive, "seccomp"))) {
        install_filter(value);
    } else if ((value = value_of(directive, "drop-capability"))) {
        check(prctl(PR_CAPBSET_DROP, atoi(value), 0, 0, 0) != 0, "PR_CAPBSET_DROP");
    } else if (value_of(directive, "listen-self")) {
        char text[32];
        struct stat status;
        int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
        check(self < 0 || fstat(self, &status) != 0, "pidfd_open");
        close(self);
        snprintf(text, sizeof text, "%d", getpid());
        setenv("LISTEN_PID", text, 1);
        setenv("WATCHDOG_PID", text, 1);
        setenv("SYSTEMD_EXEC_PID", text, 1);
        snprintf(text, sizeof text, "%lu", (unsigned long)status.st_ino);
        setenv("LISTEN_PIDFDID", text, 1);
    } else if (value_of(directive, "no-environment")) {
        environ = nothing;
    } else if (value_of(directive, "no-arguments")) {
        arguments = nothing;
    } else if ((value = value_of(directive, "name"))) {
        arguments[0] = (char *)value;
    } else if (value_of(directive, "escaped")) {
        for (char **each = arguments; *each; each++) unescape(*each);
    } else if ((value = value_of(directive, "many-arguments"))) {
        add_arguments(value);
    } else if (!value_of(directive, "pid-namespace") && !value_of(directive, "middle-parent") && !value_of(directive, "hold-after") &&
               !value_of(directive, "hold-after-call")) {
        errno = EINVAL;
        fail(directive);
    }
}

static char *directives[DIRECTIVES];
static int directive_count;

static int wanted(const char *name) {
    for (int i = 0; i < directive_count; i++)
        if (value_of(directives[i], name)) return 1;
    return 0;
}

/* The child: waits for the word, puts everything in its place, becomes the binary. */
static void become(const char *binary, int go) {
    char word;
    if (read(go, &word, 1) != 1) _exit(96);
    if (wanted("pid-namespace")) {
        check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0, "private mounts");
        check(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0, "mount /proc");
    }
    for (int i = 0; i < directive_count; i++) apply(directives[i]);
    execve(binary, arguments, environ);
    fail("execve");
}

static pid_t start(const char *binary, int go) {
    unsigned long flags = SIGCHLD;
    if (wanted("pid-namespace")) flags |= CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
    pid_t pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
    if (pid == 0) become(binary, go);
    return pid;
}

static pid_t init_pid, parent_pid;
static int ended, untraced;
static int count_seen;

static struct { pid_t pid; int inside; long number; unsigned long arguments[3]; } traced[64];

static int slot_of(pid_t pid) {
    for (int i = 0; i < 64; i++)
        if (traced[i].pid == pid) return i;
    for (int i = 0; i < 64; i++)
        if (!traced[i].pid) {
            traced[i].pid = pid;
            traced[i].inside = 0;
            return i;
        }
    return 0;
}

static pid_t held_pid;

/* A traced process stopped: counts system calls until the one to hold at, and passes everything else on unchanged. */
static void on_trace_stop(pid_t pid, int status) {
    int event = status >> 16;
    int signal = WSTOPSIG(status);
    int deliver = event || signal == (SIGTRAP | 0x80) ? 0 : signal;
    if (untraced) {
        trace(PTRACE_DETACH, pid, 0, (unsigned long)deliver);
        return;
    }
    int slot = slot_of(pid);
    if (event == PTRACE_EVENT_EXEC && pid == init_pid && hold_after == 0) {
        held_pid = pid;
        say("held -1 0 0 0\n");
        return;
    }
    if (signal == (SIGTRAP | 0x80) && !event) {
        struct ptrace_syscall_info info;
        memset(&info, 0, sizeof info);
        trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, (unsigned long)&info);
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            traced[slot].inside = 1;
            traced[slot].number = (long)info.entry.nr;
            for (int i = 0; i < 3; i++) traced[slot].arguments[i] = (unsigned long)info.entry.args[i];
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && traced[slot].inside) {
            traced[slot].inside = 0;
            int hit = 0;
            if (hold_after > 0) hit = ++count_seen == hold_after;
            if (hold_call >= 0 && traced[slot].number == hold_call) hit = ++count_seen == hold_count;
            if (hit) {
                held_pid = pid;
                say("held %ld %lu %lu %lu\n", traced[slot].number, traced[slot].arguments[0], traced[slot].arguments[1],
                    traced[slot].arguments[2]);
                return;
            }
        }
    }
    if (event == PTRACE_EVENT_STOP && (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU))
        trace(PTRACE_LISTEN, pid, 0, 0);
    else
        trace(PTRACE_SYSCALL, pid, 0, (unsigned long)deliver);
}

static void collect(void) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
        if (pid <= 0) return;
        if (WIFSTOPPED(status)) {
            on_trace_stop(pid, status);
        } else if (pid == init_pid) {
            ended = 1;
            if (WIFEXITED(status))
                say("ended exited %d\n", WEXITSTATUS(status));
            else
                say("ended signalled %d\n", WTERMSIG(status));
        }
    }
}

/* We are a subreaper: what outlived the binary outside a PID namespace is ours now. */
static int kill_the_rest(void) {
    int killed = 0;
    if (init_pid > 0 && !ended) kill(init_pid, SIGKILL);
    for (int rounds = 0; rounds < 1000000; rounds++) {
        char path[64], text[65536];
        snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
        if (fd >= 0) close(fd);
        if (length <= 0) break;
        text[length] = 0;
        for (char *at = text; *at;) {
            char *end;
            pid_t pid = (pid_t)strtol(at, &end, 10);
            if (end == at) break;
            if (pid > 0) kill(pid, SIGKILL);
            at = end;
        }
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0) break;
        if (pid != init_pid && pid != parent_pid && !WIFSTOPPED(status) && WIFSIGNALED(status)) killed++;
    }
    return killed;
}

static int draining;

static void order(const char *line) {
    if (!strcmp(line, "go")) {
        untraced = 1;
        if (held_pid) trace(PTRACE_DETACH, held_pid, 0, 0);
        held_pid = 0;
        /* The others are running, or waiting in vfork(): they are let go at their next stop. */
    } else if (!strcmp(line, "kill-parent")) {
        kill(parent_pid, SIGKILL);
    } else if (!strcmp(line, "drain")) {
        draining = 1;
    } else if (!strcmp(line, "finish")) {
        say("leftover %d\n", kill_the_rest());
        exit(0);
    }
}

static int open_control(const char *text) {
    if (text[0] != '/') return high(atoi(text));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, text, sizeof address.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) {
        perror("launch: control");
        exit(97);
    }
    return high(fd);
}

int main(int count, char **words) {
    int first = 2;
    while (first < count && strcmp(words[first], "--") && directive_count < DIRECTIVES) directives[directive_count++] = words[first++];
    if (first + 1 >= count) {
        fputs("usage: launch CONTROL DIRECTIVE... -- BINARY [ARGUMENT...]\n", stderr);
        return 97;
    }
    control = open_control(words[1]);
    /* Whatever else our caller has left open is not part of the test. */
    syscall(SYS_close_range, 3, OWN_DESCRIPTORS - 1, 0);
    problems = control;
    arguments = words + first + 1;
    const char *binary = arguments[0];

    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    for (int i = 0; i < directive_count; i++) prepare(directives[i]);

    sigset_t children, old;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);

    int go[2], reports[2], pids[2];
    if (pipe2(go, O_CLOEXEC) || pipe2(reports, O_CLOEXEC) || pipe2(pids, O_CLOEXEC)) return 97;
    for (int i = 0; i < 2; i++) {
        go[i] = high(go[i]);
        reports[i] = high(reports[i]);
        pids[i] = high(pids[i]);
    }
    problems = reports[1];

    if (wanted("middle-parent")) {
        parent_pid = fork();
        if (parent_pid == 0) {
            pid_t pid = start(binary, go[0]);
            if (write(pids[1], &pid, sizeof pid) != sizeof pid) _exit(97);
            /* This descriptor would keep the parent waiting for the end of the reports. */
            close(reports[1]);
            for (;;) pause();
        }
        if (read(pids[0], &init_pid, sizeof init_pid) != sizeof init_pid) return 97;
        say("parent %d\n", parent_pid);
    } else {
        init_pid = start(binary, go[0]);
    }
    if (init_pid < 0) {
        say("error clone: %s\n", strerror(errno));
        return 98;
    }
    close(reports[1]);
    say("started %d\n", init_pid);

    /* Only now: the child must not inherit it. */
    sigprocmask(SIG_BLOCK, &children, &old);
    int signals = high(signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));

    if (hold_after >= 0 || hold_call >= 0) {
        unsigned long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
                                PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
        if (trace(PTRACE_SEIZE, init_pid, 0, options)) {
            say("error PTRACE_SEIZE: %s\n", strerror(errno));
            kill_the_rest();
            return 98;
        }
    }
    int diverted = -1;
    if (full_pipe[1] >= 0) {
        close(full_pipe[1]);
        diverted = fcntl(2, F_DUPFD_CLOEXEC, OWN_DESCRIPTORS);
    }
    /*
     * We have to tell what became of the binary, and to clean up: also when the terminal whose session leader we are hangs up,
     * and when the test run is told to end. The end of CONTROL is our end.
     */
    for (size_t i = 0; i < 4; i++) signal((int[]){SIGHUP, SIGINT, SIGQUIT, SIGTERM}[i], SIG_IGN);
    /* A terminal that nobody has open any more hangs up, also if someone is about to open it again by its name. */
    if (isatty(0) && fcntl(0, F_DUPFD_CLOEXEC, OWN_DESCRIPTORS) < 0) return 97;
    /* Whoever reads the binary's output sees its end only if we do not hold it open. */
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int i = 0; i < 3; i++) dup2(null, i);
    if (write(go[1], "g", 1) != 1) return 97;

    char pending[256];
    size_t pending_length = 0;
    for (;;) {
        struct pollfd fds[4] = {{control, POLLIN, 0}, {signals, POLLIN, 0}, {reports[0], POLLIN, 0}, {draining ? full_pipe[0] : -1, POLLIN, 0}};
        if (poll(fds, 4, -1) < 0 && errno != EINTR) return 97;
        if (fds[2].revents) {
            char text[512];
            ssize_t length = read(reports[0], text, sizeof text - 1);
            if (length > 0) {
                text[length] = 0;
                say("error %s\n", text);
                kill_the_rest();
                return 99;
            }
            close(reports[0]);
            reports[0] = -1;
            say("executed\n");
        }
        if (fds[1].revents) {
            struct signalfd_siginfo info;
            while (read(signals, &info, sizeof info) == sizeof info)
                ;
            collect();
        }
        if (fds[3].revents) {
            char text[4096];
            ssize_t length = read(full_pipe[0], text, sizeof text);
            if (length <= 0) {
                close(full_pipe[0]);
                full_pipe[0] = -1;
                close(diverted);
            } else if (write(diverted, text, (size_t)length) < 0) {
                return 97;
            }
        }
        if (fds[0].revents) {
            ssize_t length = read(control, pending + pending_length, sizeof pending - pending_length - 1);
            if (length <= 0) {
                kill_the_rest();
                return 0;
            }
            pending_length += (size_t)length;
            pending[pending_length] = 0;
            char *at = pending, *end;
            while ((end = strchr(at, '\n'))) {
                *end = 0;
                order(at);
                at = end + 1;
            }
            pending_length = strlen(at);
            memmove(pending, at, pending_length + 1);
        }
    }
}
