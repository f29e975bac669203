/*
 * bomb: processes that multiply, or keep changing, without end. RUN IT ONLY WITH A LIMIT on processes.
 *
 *   bomb grow            every process forks again and again, and each has a session of its own
 *   bomb run COUNT       COUNT processes, each of which forks and ends at once: the pids are never the same
 *   bomb groups COUNT DIRECTORY [quit]
 *                        COUNT daemons, each of which makes control groups in DIRECTORY for ever, one within the other, and
 *                        goes from one to the next, as a new process each time; as many stay as the machine has room for.
 *                        With `quit` the main process ends with 3 once they are at work
 *
 * All ignore SIGTERM. It prints `burning` once the limit is reached (grow), or all run (run, groups).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The largest number of groups of one daemon, each with one in it: a group takes kilobytes of the kernel's memory. */
#define KEPT 250

static const char *directory;

/* The path of group `number` of a daemon, or of the one in it. */
static const char *group(int daemon, long number, const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/.daemon-%d-%ld%s", directory, daemon, number, name);
    return path;
}

/* Makes a group with another in it, and moves there. False where that cannot be. */
static int move_on(int daemon, long number) {
    if (mkdir(group(daemon, number, ""), 0755) < 0) return 0;
    if (mkdir(group(daemon, number, "/.within"), 0755) < 0) return 0;
    int procs = open(group(daemon, number, "/.within/cgroup.procs"), O_WRONLY);
    if (procs < 0) return 0;
    int moved = write(procs, "0", 1) == 1;
    close(procs);
    if (number >= KEPT) {
        rmdir(group(daemon, number - KEPT, "/.within"));
        rmdir(group(daemon, number - KEPT, ""));
    }
    return moved;
}

static void make_groups(int daemon, int done) {
    setsid();
    for (long number = 0;; number++) {
        int moved = move_on(daemon, number);
        /* They report that they are at work, and so does one that cannot be. */
        if (number == 20 || !moved) {
            if (done >= 0 && write(done, moved ? "+" : "-", 1) < 0) _exit(94);
            if (done >= 0) close(done);
            done = -1;
        }
        if (fork() > 0) _exit(0);
    }
}

static void say_burning(void) {
    if (write(1, "burning\n", 8) < 0) _exit(94);
}

int main(int count, char **arguments) {
    signal(SIGTERM, SIG_IGN);
    /* Nobody waits for the dead: they do not count against the limit. */
    signal(SIGCHLD, SIG_IGN);
    if (count > 2 && !strcmp(arguments[1], "run")) {
        for (int left = atoi(arguments[2]); left > 0; left--) {
            if (fork()) continue;
            setsid();
            for (;;) {
                pid_t pid = fork();
                if (pid > 0) _exit(0);
            }
        }
        say_burning();
        for (;;) pause();
    }
    if (count > 3 && !strcmp(arguments[1], "groups")) {
        directory = arguments[3];
        int wanted = atoi(arguments[2]), done[2];
        if (pipe(done) < 0) return 95;
        for (int daemon = 0; daemon < wanted; daemon++)
            if (fork() == 0) make_groups(daemon, done[1]);
        for (int daemon = 0; daemon < wanted; daemon++) {
            char how;
            if (read(done[0], &how, 1) != 1 || how != '+') {
                dprintf(2, "cannot make groups in %s: %s\n", directory, strerror(errno));
                return 95;
            }
        }
        say_burning();
        if (count > 4) return 3;
        for (;;) pause();
    }
    if (count > 1 && !strcmp(arguments[1], "grow")) {
        int is_main = 1, said = 0;
        for (;;) {
            pid_t pid = fork();
            if (pid == 0) {
                is_main = 0;
                setsid();
            } else if (pid < 0 && is_main && !said) {
                said = 1;
                say_burning();
            }
        }
    }
    return 96;
}
