/*
 * family: a program with relatives, each of which reports what it does, to observe them when the program is stopped.
 *
 *   family [--deaf] [--slow=MS] [--code=CODE] [--main-at-once] [MEMBER...]
 *
 * MEMBER is one of
 *   child     a child in the main process's group
 *   group     a child with a process group of its own
 *   session   a daemon: a session of its own, and its parent is dead
 *   worker    a child of the main process that has a daemon as `session` makes it (no line of its own for its parent)
 *
 * Each prints `NAME is ready` (the main process last of all, as `main`), then waits for SIGTERM. At that it prints
 * `NAME got 15`, and ends after MS milliseconds with a last line `NAME is done`. With --deaf it goes on instead.
 * The main process ends with CODE; with --main-at-once it is not slow. It never waits for its children.
 * A line `quit CODE` on standard input ends the main process at once, without output.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int deaf, code, at_once;
static long slow;
static int ready[2];

/* One write(2) a line: the lines of several processes do not mix. */
static void say(const char *name, const char *what) {
    char line[128];
    int length = snprintf(line, sizeof line, "%s %s\n", name, what);
    if (write(1, line, (size_t)length) < 0) _exit(94);
}

static void live(const char *name, int is_main) {
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    int signals = signalfd(-1, &term, SFD_CLOEXEC);
    say(name, "is ready");
    if (ready[1] >= 0) close(ready[1]);
    struct pollfd fds[2] = {{signals, POLLIN, 0}, {is_main ? 0 : -1, POLLIN, 0}};
    for (;;) {
        poll(fds, 2, -1);
        if (fds[0].revents) {
            struct signalfd_siginfo info;
            if (read(signals, &info, sizeof info) < 0) _exit(94);
            say(name, "got 15");
            if (deaf) continue;
            if (!(is_main && at_once)) nanosleep(&(struct timespec){slow / 1000, slow % 1000 * 1000000}, NULL);
            say(name, "is done");
            _exit(is_main ? code : 0);
        }
        if (fds[1].revents) {
            char line[64];
            ssize_t length = read(0, line, sizeof line - 1);
            if (length <= 0) fds[1].fd = -1;
            else {
                line[length] = 0;
                const char *quit = strstr(line, "quit ");
                if (quit) _exit(atoi(quit + 5));
            }
        }
    }
}

static void make_daemon(void) {
    pid_t between = fork();
    if (between < 0) _exit(95);
    if (between == 0) {
        pid_t pid = fork();
        if (pid < 0) _exit(95);
        if (pid > 0) _exit(0);
        setsid();
        live("session", 0);
    }
    waitpid(between, NULL, 0);
}

static void make(const char *member) {
    if (!strcmp(member, "session")) {
        make_daemon();
        return;
    }
    pid_t pid = fork();
    if (pid < 0) _exit(95);
    if (pid) return;
    if (!strcmp(member, "group")) setpgid(0, 0);
    if (!strcmp(member, "worker")) make_daemon();
    live(member, 0);
}

int main(int count, char **arguments) {
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    if (pipe(ready)) return 96;
    for (int i = 1; i < count; i++) {
        if (!strcmp(arguments[i], "--deaf")) deaf = 1;
        else if (!strcmp(arguments[i], "--main-at-once")) at_once = 1;
        else if (!strncmp(arguments[i], "--slow=", 7)) slow = atol(arguments[i] + 7);
        else if (!strncmp(arguments[i], "--code=", 7)) code = atoi(arguments[i] + 7);
        else make(arguments[i]);
    }
    /* The end of the pipe: each relative has said that it is ready. */
    char byte;
    close(ready[1]);
    ready[1] = -1;
    if (read(ready[0], &byte, 1)) return 94;
    live("main", 1);
}
