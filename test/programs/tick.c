/*
 * tick: a clock for tests that another process does nothing: COUNT ticks of 100 ms, then `ticked`, and it exits.
 *
 *   tick COUNT [PROGRAM...]      with PROGRAM: becomes it afterwards
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments) {
    if (count < 2) return 96;
    for (int left = atoi(arguments[1]); left > 0; left--) nanosleep(&(struct timespec){0, 100000000}, NULL);
    printf("ticked\n");
    fflush(stdout);
    if (count > 2) execv(arguments[2], arguments + 2);
    return 0;
}
