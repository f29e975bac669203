/*
 * hog: a program that wants more than it may have. RUN IT ONLY WITH A LIMIT.
 *
 *   hog memory MEBIBYTES          takes memory, prints `has N` for each MiB, `has all`, then waits for SIGTERM
 *   hog climb MEBIBYTES SIGNAL    the same in steps of 64 KiB, until the `high` counter of its group's memory.events grows;
 *                                 `passed MICROSECONDS` is when it had not yet, `warned MICROSECONDS` when the first SIGNAL
 *                                 came; ends with 0 once both are said, with 1 where it has all, or no signal came
 *   hog hover MEBIBYTES SIGNAL SECONDS
 *                                 takes memory and gives it back again and again; `warnings N MICROSECONDS`: how often SIGNAL
 *                                 came, and how long it all took
 *   hog cpu MILLISECONDS          spins; prints `spun ELAPSED CPU` in microseconds
 *   hog fork                      fills its place with orphans twice: `filled N ERRNO`, then all die, and as many are made
 *                                 again, which takes an init that reaps: `refilled N`
 *
 * Times are CLOCK_MONOTONIC.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MEBIBYTE = 1 << 20, STEP = 1 << 16, PATIENCE_MICROSECONDS = 10000000 };

static long read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static long now(void) { return read_clock(CLOCK_MONOTONIC); }

static volatile long warned_at;
static volatile int warnings;

static void warn(int number) {
    (void)number;
    if (!warned_at) warned_at = now();
    warnings++;
}

static char *room(size_t bytes) {
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) exit(97);
    /* A huge page would be more than a step. */
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    return memory;
}

static char events[4096];

static void find_events(void) {
    char text[2048] = "";
    int fd = open("/proc/self/cgroup", O_RDONLY);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length < 5 || strncmp(text, "0::", 3)) exit(97);
    text[strcspn(text, "\n")] = 0;
    snprintf(events, sizeof events, "/sys/fs/cgroup%s/memory.events", text + 3);
}

static long high_count(void) {
    char text[512] = "";
    int fd = open(events, O_RDONLY);
    if (fd < 0 || read(fd, text, sizeof text - 1) < 0) exit(97);
    close(fd);
    char *high = strstr(text, "high ");
    return high ? atol(high + 5) : 0;
}

static int climb(size_t bytes) {
    find_events();
    char *memory = room(bytes);
    long before = high_count(), passed = 0, last = now();
    for (size_t at = 0; at < bytes && !passed; at += STEP) {
        memset(memory + at, 1, STEP);
        long start = now();
        if (high_count() > before) passed = last;
        last = start;
    }
    if (!passed) return 1;
    while (!warned_at && now() < passed + PATIENCE_MICROSECONDS) usleep(1000);
    printf("passed %ld\nwarned %ld\n", passed, warned_at);
    return warned_at ? 0 : 1;
}

static int hover(size_t bytes, long microseconds) {
    char *memory = room(bytes);
    long start = now();
    while (now() < start + microseconds) {
        for (size_t at = 0; at < bytes && now() < start + microseconds; at += STEP) memset(memory + at, 1, STEP);
        madvise(memory, bytes, MADV_DONTNEED);
    }
    printf("warnings %d %ld\n", warnings, now() - start);
    return 0;
}

static int spin(long microseconds) {
    long start = now();
    while (now() < start + microseconds)
        ;
    printf("spun %ld %ld\n", now() - start, read_clock(CLOCK_PROCESS_CPUTIME_ID));
    return 0;
}

/* Makes `wanted` orphans, or as many as there may be, that live as long as `life` is open at its other end. */
static int fill(int wanted, int life[2], int *error) {
    int told[2], message[2] = {0, 0};
    if (pipe(told)) exit(97);
    pid_t nest;
    long end = now() + PATIENCE_MICROSECONDS;
    while ((nest = fork()) < 0)
        if (now() > end) exit(98);
    if (nest == 0) {
        close(life[1]);
        while (message[0] < wanted || !wanted) {
            pid_t pid = fork();
            if (pid == 0) {
                char byte;
                close(told[1]);
                if (read(life[0], &byte, 1) < 0) _exit(1);
                _exit(0);
            }
            if (pid > 0) message[0]++;
            else if (!wanted || now() > end) break;
            else usleep(1000);
        }
        message[1] = errno;
        if (write(told[1], message, sizeof message) < 0) _exit(1);
        _exit(0);
    }
    close(told[1]);
    if (read(told[0], message, sizeof message) != sizeof message) exit(97);
    close(told[0]);
    waitpid(nest, NULL, 0);
    *error = message[1];
    return message[0];
}

static int fork_twice(void) {
    int life[2], error, count;
    if (pipe(life)) return 97;
    count = fill(0, life, &error);
    printf("filled %d %s\n", count, strerrorname_np(error));
    close(life[1]);
    close(life[0]);
    if (pipe(life)) return 97;
    printf("refilled %d\n", fill(count, life, &error));
    return 0;
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *what = count > 1 ? arguments[1] : "";
    size_t bytes = count > 2 ? strtoul(arguments[2], NULL, 10) * MEBIBYTE : 0;
    if (count > 3) signal(atoi(arguments[3]), warn);
    if (!strcmp(what, "memory")) {
        char *memory = room(bytes);
        for (size_t at = 0; at < bytes; at += MEBIBYTE) {
            memset(memory + at, 1, MEBIBYTE);
            printf("has %zu\n", at / MEBIBYTE + 1);
        }
        printf("has all\n");
        for (;;) pause();
    }
    if (!strcmp(what, "climb")) return climb(bytes);
    if (!strcmp(what, "hover") && count > 4) return hover(bytes, atol(arguments[4]) * 1000000);
    if (!strcmp(what, "cpu") && count > 2) return spin(atol(arguments[2]) * 1000);
    if (!strcmp(what, "fork")) return fork_twice();
    return 96;
}
