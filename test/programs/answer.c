/*
 * answer: a program whose daemons answer each SIGHUP that they get by a SIGHUP to the init, their parent.
 *
 *   answer [--deaf] COUNT
 *
 * With --forward-to=all one SIGHUP to the init is enough for a storm that never ends: whenever one has been passed on to the
 * last of the COUNT daemons, the first ones have long answered it. The main process prints `ready` once all daemons wait,
 * `storm` when it has got 50 SIGHUP, and ends with 7 at SIGTERM, unless it is deaf; a line on its standard input ends it with 8.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STORM = 50 };

static void say(const char *line) {
    if (write(1, line, strlen(line)) < 0) _exit(94);
}

static void answer(pid_t init, int ready) {
    sigset_t hup;
    sigemptyset(&hup);
    sigaddset(&hup, SIGHUP);
    if (write(ready, "+", 1) < 0) _exit(94);
    close(ready);
    for (;;)
        if (sigwaitinfo(&hup, NULL) == SIGHUP) kill(init, SIGHUP);
}

int main(int count, char **arguments) {
    int deaf = count > 2 && !strcmp(arguments[1], "--deaf");
    int wanted = count > 1 + deaf ? atoi(arguments[1 + deaf]) : 0;
    pid_t init = getppid();
    int ready[2];
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    if (pipe(ready) < 0) return 95;
    pid_t between = fork();
    if (between < 0) return 95;
    if (between == 0) {
        setsid();
        for (int made = 0; made < wanted; made++) {
            pid_t pid = fork();
            if (pid < 0) _exit(95);
            if (pid == 0) answer(init, ready[1]);
        }
        _exit(0);
    }
    waitpid(between, NULL, 0);
    close(ready[1]);
    for (int done = 0; done < wanted; done++) {
        char how;
        if (read(ready[0], &how, 1) != 1) return 95;
    }
    int received = signalfd(-1, &signals, SFD_CLOEXEC), storm = 0;
    say("ready\n");
    for (;;) {
        struct pollfd fds[2] = {{received, POLLIN, 0}, {0, POLLIN, 0}};
        struct signalfd_siginfo info;
        poll(fds, 2, -1);
        if (fds[0].revents && read(received, &info, sizeof info) == sizeof info) {
            if (info.ssi_signo == SIGTERM && !deaf) return 7;
            if (info.ssi_signo == SIGTERM) say("main got 15\n");
            else if (++storm == STORM) say("storm\n");
        }
        if (fds[1].revents) return 8;
    }
}
