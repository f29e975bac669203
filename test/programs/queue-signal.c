/*
 * queue-signal: sends a signal with a value, as sigqueue(3) does, also the two that the libc reserves.
 *
 *   queue-signal PID SIGNAL FIRST [COUNT [CODE]]
 *
 * COUNT (1) signals with the values FIRST, FIRST + 1 ... and the code CODE (SI_QUEUE, -1). Where the kernel has no room for more
 * (EAGAIN) it waits until there is: nothing is lost on this side. Prints `sent COUNT`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **arguments) {
    if (count < 4) return 96;
    pid_t pid = atoi(arguments[1]);
    int number = atoi(arguments[2]), first = atoi(arguments[3]);
    int many = count > 4 ? atoi(arguments[4]) : 1;
    int code = count > 5 ? atoi(arguments[5]) : SI_QUEUE;
    for (int i = 0; i < many; i++) {
        siginfo_t info;
        memset(&info, 0, sizeof info);
        info.si_signo = number;
        info.si_code = code;
        info.si_pid = getpid();
        info.si_uid = getuid();
        info.si_value.sival_int = first + i;
        while (syscall(SYS_rt_sigqueueinfo, pid, number, &info)) {
            if (errno != EAGAIN) {
                perror("queue-signal");
                return 1;
            }
            sched_yield();
        }
    }
    printf("sent %d\n", many);
    return 0;
}
