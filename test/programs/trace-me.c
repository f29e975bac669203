/*
 * trace-me: a child that makes its parent its tracer, and stops.
 *
 *   trace-me [--orphan] SIGNAL CODE
 *   trace-me exec CODE          stops by execve(), as every traced process does, with SIGTRAP
 *
 * It calls PTRACE_TRACEME and raises SIGNAL. An unaware tracer leaves it stopped forever. Once it
 * runs again it prints `went on`, and whether the signal reached it (`caught SIGNAL`), and exits with CODE.
 * With --orphan that happens in an orphan, once the init is its parent; the main child waits for the orphan's end and then exits with CODE.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void on_signal(int number) {
    caught = number;
}

static int trace_me(int number, int code) {
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(number, &action, NULL);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL)) {
        printf("PTRACE_TRACEME failed\n");
        fflush(stdout);
        return 95;
    }
    raise(number);
    if (caught) printf("caught %d\n", caught);
    printf("went on\n");
    fflush(stdout);
    return code;
}

int main(int count, char **arguments) {
    int orphan = count > 1 && !strcmp(arguments[1], "--orphan");
    if (count < 3 + orphan) return 96;
    int number = atoi(arguments[1 + orphan]), code = atoi(arguments[2 + orphan]);
    if (!strcmp(arguments[1], "exec")) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL)) return 95;
        execl("/proc/self/exe", arguments[0], "executed", arguments[2], NULL);
        return 94;
    }
    if (!strcmp(arguments[1], "executed")) {
        puts("went on");
        return code;
    }
    if (!orphan) return trace_me(number, code);

    int born[2], alive[2];
    if (pipe(born) || pipe(alive)) return 96;
    pid_t parent = fork();
    if (parent == 0) {
        pid_t pid = fork();
        if (pid == 0) {
            char byte;
            close(born[1]);
            /* It ends when the main child has reaped our parent: the init is our parent then. */
            if (read(born[0], &byte, 1) != 0) _exit(96);
            _exit(trace_me(number, code));
        }
        _exit(0);
    }
    waitpid(parent, NULL, 0);
    close(born[1]);
    close(born[0]);
    close(alive[1]);
    char byte;
    if (read(alive[0], &byte, 1) != 0) return 96;
    return code;
}
