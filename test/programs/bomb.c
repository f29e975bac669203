/*
 * bomb: processes that multiply, or run away, as long as they are let. RUN IT WITH A LIMIT on processes alone.
 *
 *   bomb grow            every process forks again and again, and each has a session of its own
 *   bomb run COUNT       COUNT processes, each of which forks and ends at once: the pids are never the same
 *
 * All ignore SIGTERM. It prints `burning` once the limit is reached (grow), or all run (run).
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
