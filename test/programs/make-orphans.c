/*
 * make-orphans: gives the init many children that it never started.
 *
 *   make-orphans dead COUNT       COUNT zombies become orphans at once, when their parent ends
 *   make-orphans alive COUNT      COUNT running processes become orphans, say `orphaned`, and die all at once at a line on
 *                                 standard input
 *   make-orphans one SIGNAL|CODE  one orphan that ends with an exit code (0 to 99) or by a signal (given as -SIGNAL)
 *
 *   make-orphans die SIGNAL       no orphan: it dies by SIGNAL itself, without a core file
 *
 * In each case but the last it then prints `released` and stays, itself the main child: `quit CODE` on standard input ends it.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_for_line(char *line, size_t size) {
    size_t length = 0;
    while (length < size - 1 && read(0, line + length, 1) == 1 && line[length] != '\n') length++;
    line[length] = 0;
}

int main(int count, char **arguments) {
    if (count < 3) return 96;
    long many = atol(arguments[2]);
    if (!strcmp(arguments[1], "die")) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        kill(getpid(), (int)many);
        for (;;) pause();
    }
    int alive = !strcmp(arguments[1], "alive"), one = !strcmp(arguments[1], "one");
    int release[2];
    char line[128];
    if (pipe(release)) return 96;
    pid_t parent = fork();
    if (parent == 0) {
        for (long i = 0; i < (one ? 1 : many); i++) {
            /* vfork() for the dead: no copy of the page tables, thousands of them in no time. */
            pid_t pid = alive ? fork() : vfork();
            if (pid < 0) _exit(95);
            if (pid == 0) {
                char byte;
                if (one && many < 0) {
                    kill(getpid(), (int)-many);
                    for (;;) pause();
                }
                if (!alive) _exit(one ? (int)many : 0);
                close(release[1]);
                if (read(release[0], &byte, 1) < 0) _exit(1);
                _exit(0);
            }
        }
        _exit(0);
    }
    int status;
    waitpid(parent, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        printf("cannot make that many\n");
        fflush(stdout);
        return 95;
    }
    if (alive) {
        printf("orphaned\n");
        fflush(stdout);
        wait_for_line(line, sizeof line);
        close(release[0]);
        close(release[1]);
    }
    printf("released\n");
    fflush(stdout);
    for (;;) {
        wait_for_line(line, sizeof line);
        if (!strncmp(line, "quit", 4)) return atoi(line + 4);
        if (!line[0]) pause();
    }
}
