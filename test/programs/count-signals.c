/*
 * count-signals: a workload that takes every signal that can be caught, and reports them.
 *
 *   count-signals [--each] [--until=SIGNAL:COUNT] [--quit-on=SIGNAL] [--user=ID]
 *
 * It prints `ready` once every signal is collected. With --each it prints every signal as it comes:
 *   signal NUMBER code CODE sender PID user UID value VALUE
 * `report` on standard input prints the totals, `NUMBER=COUNT` each, on one line that begins with `counts`, and then
 * `order ok` or `order broken NUMBER: A after B`: values of a real-time signal have to rise by one, from the first on.
 * `quit CODE` ends it. --until=SIGNAL:COUNT prints `reached` when that many have come. --quit-on=SIGNAL ends with 0.
 * --user=ID becomes that user first, so that an init without CAP_KILL may not signal it.
 * It collects with signalfd and everything blocked: nothing is lost to a handler, and coalescing is the kernel's alone.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

static long counts[65];
static int last_value[65];
static int broken, broken_value, broken_before;

static void report(void) {
    printf("counts");
    for (int number = 1; number <= 64; number++)
        if (counts[number]) printf(" %d=%ld", number, counts[number]);
    if (broken)
        printf("\norder broken %d: %d after %d\n", broken, broken_value, broken_before);
    else
        printf("\norder ok\n");
    fflush(stdout);
}

int main(int count, char **arguments) {
    int each = 0, until_signal = 0, quit_on = 0;
    long until_count = 0;
    for (int i = 1; i < count; i++) {
        if (!strcmp(arguments[i], "--each")) each = 1;
        if (!strncmp(arguments[i], "--until=", 8)) sscanf(arguments[i] + 8, "%d:%ld", &until_signal, &until_count);
        if (!strncmp(arguments[i], "--quit-on=", 10)) quit_on = atoi(arguments[i] + 10);
        if (!strncmp(arguments[i], "--user=", 7) && setuid((uid_t)atoi(arguments[i] + 7))) return 96;
    }
    unsigned long all = ~0ul;
    /* The system calls themselves: the libc's would leave out the two signals that it reserves. */
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8);
    int signals = (int)syscall(SYS_signalfd4, -1, &all, 8, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) return 96;
    printf("ready\n");
    fflush(stdout);

    int input = 0;
    for (;;) {
        struct pollfd fds[2] = {{signals, POLLIN, 0}, {input, POLLIN, 0}};
        poll(fds, 2, -1);
        struct signalfd_siginfo batch[64];
        ssize_t length;
        while ((length = read(signals, batch, sizeof batch)) > 0) {
            for (size_t i = 0; i < (size_t)length / sizeof *batch; i++) {
                int number = (int)batch[i].ssi_signo;
                int value = batch[i].ssi_int;
                if (number >= 34 && batch[i].ssi_code == SI_QUEUE) {
                    if (counts[number] && value != last_value[number] + 1 && !broken) {
                        broken = number;
                        broken_value = value;
                        broken_before = last_value[number];
                    }
                    last_value[number] = value;
                }
                counts[number]++;
                if (each) {
                    printf("signal %d code %d sender %d user %d value %d\n", number, batch[i].ssi_code, (int)batch[i].ssi_pid,
                           (int)batch[i].ssi_uid, value);
                    fflush(stdout);
                }
                if (number == until_signal && counts[number] == until_count) {
                    printf("reached\n");
                    fflush(stdout);
                }
                if (quit_on && number == quit_on) return 0;
            }
        }
        if (fds[1].revents) {
            char line[128];
            length = read(0, line, sizeof line - 1);
            if (length <= 0) {
                input = -1;
                continue;
            }
            line[length] = 0;
            if (strstr(line, "report")) report();
            const char *quit = strstr(line, "quit");
            if (quit) return atoi(quit + 4);
        }
    }
}
