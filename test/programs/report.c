/*
 * report: prints its initial state, one `name=value` a line, only by system calls, so that it also runs without /proc.
 *
 *   report [--exit=CODE] [--to=PATH] [--descriptors] [ARGUMENT...]
 *
 * With --descriptors nothing is written for descriptors above 1023. --to=PATH writes there instead of to standard output.
 * Sets of signals are 16 hexadecimal digits, signal n at bit n - 1, as in /proc/PID/status.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;
static FILE *out;

static void print_quoted(const char *text) {
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte > 0x7e || byte == '\\')
            fprintf(out, "\\x%02x", byte);
        else
            fputc(byte, out);
    }
    fputc('\n', out);
}

int main(int count, char **arguments) {
    int code = 0, first = 1, descriptors[1024], descriptor_count = 0;
    /* Before we open anything. */
    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0) descriptors[descriptor_count++] = fd;
    out = stdout;
    for (; first < count; first++) {
        if (!strncmp(arguments[first], "--exit=", 7))
            code = atoi(arguments[first] + 7);
        else if (!strncmp(arguments[first], "--to=", 5))
            out = fopen(arguments[first] + 5, "we");
        else
            break;
    }
    if (!out) return 96;

    unsigned long mask = 0, ignored = 0, caught = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
    for (int number = 1; number <= 64; number++) {
        unsigned long action[4] = {0, 0, 0, 0};
        if (syscall(SYS_rt_sigaction, number, NULL, action, 8)) continue;
        if (action[0] == 1) ignored |= 1ul << (number - 1);
        if (action[0] > 1) caught |= 1ul << (number - 1);
    }
    int foreground = -1, terminal = -1;
    for (int fd = 0; fd < 3 && terminal < 0; fd++)
        if (!ioctl(fd, TIOCGPGRP, &foreground)) terminal = fd;
    int death_signal = 0, subreaper = 0;
    prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
    mode_t mask_of_files = umask(0);
    struct rlimit limit;
    char directory[4096];

    fprintf(out, "pid=%d\nparent=%d\ngroup=%d\nsession=%d\n", getpid(), getppid(), getpgrp(), getsid(0));
    fprintf(out, "terminal=%d\nforeground=%d\n", terminal, foreground);
    int controlling = open("/dev/tty", O_RDWR | O_CLOEXEC);
    fprintf(out, "controlling=%s\n", controlling >= 0 ? "yes" : strerror(errno));
    fprintf(out, "blocked=%016lx\nignored=%016lx\ncaught=%016lx\n", mask, ignored, caught);
    fprintf(out, "death-signal=%d\nsubreaper=%d\numask=%03o\n", death_signal, subreaper, mask_of_files);
    getrlimit(RLIMIT_NOFILE, &limit);
    fprintf(out, "limit-nofile=%lu:%lu\n", (unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max);
    struct stat self;
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (pidfd >= 0 && !fstat(pidfd, &self)) fprintf(out, "pidfd-id=%lu\n", (unsigned long)self.st_ino);
    fprintf(out, "directory=%s\n", getcwd(directory, sizeof directory) ? directory : strerror(errno));
    fprintf(out, "user=%d:%d\nno-new-privileges=%d\n", getuid(), getgid(), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    fprintf(out, "descriptors=");
    for (int i = 0; i < descriptor_count; i++) fprintf(out, i ? ",%d" : "%d", descriptors[i]);
    fprintf(out, "\narguments=%d\n", count - first);
    unsigned long bytes = 0;
    for (int i = 0; i < count; i++) bytes += strlen(arguments[i]) + 1;
    fprintf(out, "argument-bytes=%lu\nname=", bytes);
    if (count) print_quoted(arguments[0]);
    for (int i = first; i < count && i < first + 20; i++) {
        fprintf(out, "argument-%d=", i - first);
        if (strlen(arguments[i]) > 1000)
            fprintf(out, "long\n");
        else
            print_quoted(arguments[i]);
    }
    for (char **each = environ; *each; each++) {
        fputs("environment ", out);
        print_quoted(*each);
    }
    fflush(out);
    return code;
}
