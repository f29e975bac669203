/*
 * agent: PID 1 of the tests' virtual machine (test/machine/machine.ts). Runs programs as commanded on the second serial port,
 * and reports there what happens.
 *
 * We read lines of words; in a word, blanks, `%` and bytes other than printable ASCII are written as %HH.
 *   start ID MILLISECONDS WORD...   run a program, with a time-out
 *   input ID TEXT                   to its standard input
 *   close ID                        the end of its standard input
 *   kill PID SIGNAL
 * We write:
 *   ready                           once the machine is up
 *   out|err|say ID TEXT             what came out of its descriptors 1, 2 and 3
 *   late ID                         its time is over, it is being killed
 *   end ID exited|signalled NUMBER LEFT MICROSECONDS
 *                                   how it ended, how many processes it left (they are dead by now) and when (CLOCK_MONOTONIC)
 *   failed ID TEXT                  it could not be started
 *
 * Each program runs in a control group of its own, /sys/fs/cgroup/ID/seat; ID has every controller turned on for other groups
 * beside `seat`. When the program has ended, everything in ID is killed and ID is removed, before `end` is written.
 *
 * Before all that: /proc, /sys, /sys/fs/cgroup (with nsdelegate, as systemd mounts it), /dev, /tmp and /run are mounted, the
 * kernel modules of /modules are loaded in the order of their names. With `cgroups=hybrid` on the kernel's command line
 * /sys/fs/cgroup has a hierarchy of version 1 for each controller, and `unified` is version 2, which has none left.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"

/* Where version 2 is mounted. */
static const char *root = ROOT;

enum { RUNS = 16, LINE_BYTES = 262144, WORDS = 512, PIECE_BYTES = 4096, TEXT_BYTES = 4096 };

static struct run {
    char id[32];
    pid_t pid;       /* 0: this place is free */
    int input;       /* our end of its standard input, or -1 */
    int outputs[3];  /* our ends of its descriptors 1, 2 and 3, or -1 */
    long deadline;   /* microseconds */
    int ended, late, left;
    int status;
    long end;
    int removed;
} runs[RUNS];

static const char *const streams[3] = {"out", "err", "say"};
static int serial = -1;

/* Like sprintf, into TEXT_BYTES bytes. */
static int print(char *to, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int length = vsnprintf(to, TEXT_BYTES, format, list);
    va_end(list);
    if (length >= TEXT_BYTES) exit(1);
    return length;
}

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void send_all(const char *text, size_t length) {
    while (length > 0) {
        ssize_t written = write(serial, text, length);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) exit(1);
        text += written;
        length -= (size_t)written;
    }
}

/* Sends two words and a text. */
static void tell(const char *what, const char *id, const char *text, size_t length) {
    static char line[128 + 3 * PIECE_BYTES];
    int at = sprintf(line, "%s %s ", what, id);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte > ' ' && byte < 0x7f && byte != '%') line[at++] = (char)byte;
        else at += sprintf(line + at, "%%%02x", byte);
    }
    line[at++] = '\n';
    send_all(line, (size_t)at);
}

static void decode(char *word) {
    char *to = word;
    for (char *from = word; *from; from++) {
        if (*from == '%') {
            char digits[3] = {from[1], from[2], 0};
            *to++ = (char)strtol(digits, NULL, 16);
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = 0;
}

static int write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t written = write(fd, text, strlen(text));
    int error = errno;
    close(fd);
    errno = error;
    return written < 0 ? -1 : 0;
}

static ssize_t read_file(const char *path, char *text, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t length = read(fd, text, size - 1);
    close(fd);
    if (length >= 0) text[length] = 0;
    return length;
}

/* "cpu memory\n" becomes "+cpu +memory", written to the file. */
static void turn_on_all(const char *group) {
    char path[TEXT_BYTES], list[512], text[1024] = "";
    print(path, "%s/cgroup.controllers", group);
    if (read_file(path, list, sizeof list) <= 0) return;
    for (char *word = strtok(list, " \n"); word; word = strtok(NULL, " \n")) {
        strcat(text, " +");
        strcat(text, word);
    }
    print(path, "%s/cgroup.subtree_control", group);
    if (text[0]) write_file(path, text + 1);
}

static int count_processes(const char *group) {
    char path[TEXT_BYTES], line[64];
    int count = 0;
    print(path, "%s/cgroup.procs", group);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    while (fgets(line, sizeof line, file)) count++;
    fclose(file);
    DIR *directory = opendir(group);
    if (!directory) return count;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
        print(path, "%s/%s", group, entry->d_name);
        count += count_processes(path);
    }
    closedir(directory);
    return count;
}

/* Returns 0 once the group and all below are gone. */
static int remove_tree(const char *group) {
    DIR *directory = opendir(group);
    if (!directory) return errno == ENOENT ? 0 : -1;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
        char path[TEXT_BYTES];
        print(path, "%s/%s", group, entry->d_name);
        remove_tree(path);
    }
    closedir(directory);
    return rmdir(group);
}

static void kill_group(const char *id) {
    char path[TEXT_BYTES];
    print(path, "%s/%s/cgroup.kill", root, id);
    write_file(path, "1");
}

static struct run *find(const char *id) {
    for (int i = 0; i < RUNS; i++)
        if (runs[i].pid && !strcmp(runs[i].id, id)) return &runs[i];
    return NULL;
}

static void failed(const char *id, const char *what) {
    char text[TEXT_BYTES];
    int length = print(text, "%s: %s", what, strerror(errno));
    tell("failed", id, text, (size_t)length);
}

static void start(char **words, int count) {
    const char *id = words[0];
    struct run *run = NULL;
    for (int i = 0; i < RUNS; i++)
        if (!runs[i].pid) run = &runs[i];
    if (!run || count < 3 || strlen(id) >= sizeof run->id) {
        errno = EINVAL;
        failed(id, "start");
        return;
    }
    char group[TEXT_BYTES], seat[TEXT_BYTES];
    print(group, "%s/%s", root, id);
    print(seat, "%s/seat", group);
    if (mkdir(group, 0755)) return failed(id, group);
    turn_on_all(group);
    if (mkdir(seat, 0755)) return failed(id, seat);
    int pipes[4][2];
    for (int i = 0; i < 4; i++)
        if (pipe2(pipes[i], O_CLOEXEC)) return failed(id, "pipe");
    pid_t pid = fork();
    if (pid < 0) return failed(id, "fork");
    if (pid == 0) {
        strcat(seat, "/cgroup.procs");
        if (write_file(seat, "0")) _exit(127);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        setsid();
        /* Out of the way of what they become. */
        int ends[4];
        for (int i = 0; i < 4; i++) ends[i] = fcntl(pipes[i][i ? 1 : 0], F_DUPFD_CLOEXEC, 100);
        for (int i = 0; i < 4; i++) dup2(ends[i], i);
        char *environment[] = {"PATH=/bin", NULL};
        execvpe(words[2], words + 2, environment);
        dprintf(2, "cannot run %s: %s\n", words[2], strerror(errno));
        _exit(127);
    }
    *run = (struct run){.pid = pid, .input = pipes[0][1], .deadline = now() + atol(words[1]) * 1000};
    strcpy(run->id, id);
    close(pipes[0][0]);
    for (int i = 0; i < 3; i++) {
        close(pipes[i + 1][1]);
        run->outputs[i] = pipes[i + 1][0];
    }
}

static void obey(char *line) {
    char *words[WORDS + 1];
    int count = 0;
    for (char *word = strtok(line, " "); word && count < WORDS; word = strtok(NULL, " ")) words[count++] = word;
    words[count] = NULL;
    for (int i = 0; i < count; i++) decode(words[i]);
    struct run *run;
    if (count >= 2 && !strcmp(words[0], "start")) start(words + 1, count - 1);
    else if (count == 3 && !strcmp(words[0], "kill")) kill(atoi(words[1]), atoi(words[2]));
    else if (count >= 2 && (run = find(words[1])) && run->input >= 0) {
        if (!strcmp(words[0], "input") && count == 3 && write(run->input, words[2], strlen(words[2])) >= 0) return;
        close(run->input);
        run->input = -1;
    }
}

static void collect(void) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        for (int i = 0; i < RUNS; i++) {
            struct run *run = &runs[i];
            if (run->pid != pid || run->ended) continue;
            char group[TEXT_BYTES];
            print(group, "%s/%s", root, run->id);
            run->ended = 1;
            run->status = status;
            run->end = now();
            run->left = count_processes(group);
            kill_group(run->id);
        }
    }
}

/* Reports that a run is over, once nothing of it is left. */
static void finish(struct run *run) {
    char group[TEXT_BYTES], text[TEXT_BYTES];
    print(group, "%s/%s", root, run->id);
    if (!run->removed) run->removed = remove_tree(group) == 0;
    if (!run->removed || run->outputs[0] >= 0 || run->outputs[1] >= 0 || run->outputs[2] >= 0) return;
    int length = print(text, "end %s %s %d %d %ld\n", run->id, WIFEXITED(run->status) ? "exited" : "signalled",
                         WIFEXITED(run->status) ? WEXITSTATUS(run->status) : WTERMSIG(run->status), run->left, run->end);
    if (run->input >= 0) close(run->input);
    run->pid = 0;
    send_all(text, (size_t)length);
}

static void must(int bad, const char *what) {
    if (!bad) return;
    fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void mount_on(const char *type, const char *path, const char *data) {
    mkdir(path, 0755);
    must(mount(type, path, type, 0, data), path);
}

/* As systemd does where it is asked for version 1 (file-hierarchy(7), systemd.unified_cgroup_hierarchy=0). */
static void mount_hybrid(void) {
    static const char *const hierarchies[] = {"cpuset", "cpu,cpuacct", "blkio", "memory", "devices", "freezer", "pids"};
    mount_on("tmpfs", ROOT, "mode=755");
    for (size_t i = 0; i < sizeof hierarchies / sizeof *hierarchies; i++) {
        char path[TEXT_BYTES];
        print(path, ROOT "/%s", hierarchies[i]);
        mount_on("cgroup", path, hierarchies[i]);
    }
    mount_on("cgroup", ROOT "/systemd", "none,name=systemd");
    root = ROOT "/unified";
    mount_on("cgroup2", root, "nsdelegate");
}

static void mount_all(void) {
    /* The first file system cannot be pivoted away from, which runc does; a bind mount of it can. */
    mkdir("/mnt", 0755);
    must(mount("/", "/mnt", NULL, MS_BIND, NULL) || chdir("/mnt") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot("."), "/mnt");
    must(chdir("/"), "/");
    static const struct { const char *type, *path, *data; } mounts[] = {
        {"proc", "/proc", ""}, {"sysfs", "/sys", ""}, {"devtmpfs", "/dev", ""},
        {"tmpfs", "/tmp", "mode=1777"}, {"tmpfs", "/run", "mode=755"},
    };
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) mount_on(mounts[i].type, mounts[i].path, mounts[i].data);
    /* The kernel hands words that it does not know to its PID 1. */
    const char *cgroups = getenv("cgroups");
    if (cgroups && !strcmp(cgroups, "hybrid")) mount_hybrid();
    else mount_on("cgroup2", ROOT, "nsdelegate");
    mkdir("/dev/pts", 0755);
    must(mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=666"), "/dev/pts");
    must(symlink("/proc/self/fd", "/dev/fd") != 0, "/dev/fd");
}

static int not_hidden(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static void load_modules(void) {
    struct dirent **names;
    int count = scandir("/modules", &names, not_hidden, alphasort);
    for (int i = 0; i < count; i++) {
        char path[TEXT_BYTES];
        print(path, "/modules/%s", names[i]->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        must(fd < 0 || syscall(SYS_finit_module, fd, "", 0), path);
        close(fd);
    }
}

static void open_serial(void) {
    serial = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
    must(serial < 0, "/dev/ttyS1");
    struct termios settings;
    must(tcgetattr(serial, &settings), "tcgetattr");
    cfmakeraw(&settings);
    cfsetspeed(&settings, B115200);
    must(tcsetattr(serial, TCSANOW, &settings), "tcsetattr");
}

int main(void) {
    mount_all();
    load_modules();
    turn_on_all(root);
    open_serial();
    signal(SIGPIPE, SIG_IGN);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    int signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    send_all("ready\n", 6);

    static char line[LINE_BYTES];
    size_t length = 0;
    for (;;) {
        struct pollfd fds[2 + RUNS * 3] = {{serial, POLLIN, 0}, {signals, POLLIN, 0}};
        long wait = -1;
        for (int i = 0; i < RUNS; i++) {
            struct run *run = &runs[i];
            for (int j = 0; j < 3; j++) fds[2 + 3 * i + j] = (struct pollfd){run->pid ? run->outputs[j] : -1, POLLIN, 0};
            if (!run->pid) continue;
            long left = run->ended ? 2000 : run->late ? -1 : run->deadline - now();
            if (!run->ended && !run->late && left <= 0) {
                run->late = 1;
                tell("late", run->id, "", 0);
                kill_group(run->id);
                left = 2000;
            }
            if (left >= 0 && (wait < 0 || left < wait)) wait = left;
        }
        int timeout = wait < 0 ? -1 : (int)(wait / 1000 + 1);
        if (poll(fds, 2 + RUNS * 3, timeout) < 0 && errno != EINTR) return 1;
        if (fds[1].revents) {
            struct signalfd_siginfo info;
            while (read(signals, &info, sizeof info) == sizeof info)
                ;
        }
        for (int i = 0; i < RUNS; i++) {
            for (int j = 0; j < 3; j++) {
                if (!fds[2 + 3 * i + j].revents) continue;
                char piece[PIECE_BYTES];
                ssize_t size = read(runs[i].outputs[j], piece, sizeof piece);
                if (size > 0) {
                    tell(streams[j], runs[i].id, piece, (size_t)size);
                } else {
                    close(runs[i].outputs[j]);
                    runs[i].outputs[j] = -1;
                }
            }
        }
        collect();
        for (int i = 0; i < RUNS; i++)
            if (runs[i].pid && runs[i].ended) finish(&runs[i]);
        if (fds[0].revents) {
            ssize_t size = read(serial, line + length, sizeof line - length - 1);
            must(size <= 0, "the serial port");
            length += (size_t)size;
            line[length] = 0;
            char *at = line, *end;
            while ((end = strchr(at, '\n'))) {
                *end = 0;
                obey(at);
                at = end + 1;
            }
            length = strlen(at);
            memmove(line, at, length + 1);
            must(length + 1 >= sizeof line, "a line that is too long");
        }
    }
}
