/*
 * no-reap: a control for the tests, an init with faults.
 *
 *   no-reap [--poll] PROGRAM [ARGUMENT...]
 *
 * It waits only for PROGRAM, so that every orphan stays a zombie. With --poll it polls ten times a second, so that it never
 * sleeps for long.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
    int poll = count > 1 && !strcmp(arguments[1], "--poll");
    int status;
    if (count < 2 + poll) return 96;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    pid_t pid = fork();
    if (pid == 0) {
        execv(arguments[1 + poll], arguments + 1 + poll);
        _exit(127);
    }
    while (waitpid(pid, &status, poll ? WNOHANG : 0) == 0) usleep(100000);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
