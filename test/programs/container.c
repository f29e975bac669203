/*
 * container: runs a program the way a container engine does with cgroup v2: PID 1 of new PID, mount, UTS, IPC and
 * cgroup namespaces, born in a control group of its own beside ours.
 *
 *   container DIRECTIVE... -- PROGRAM [ARGUMENT...]
 *
 * Our exit code is the program's, or 128 and the signal. On descriptor 3 we write lines:
 *   init PID               the program's pid outside
 *   group PATH             its control group, below /sys/fs/cgroup
 *   before|after TREE      every control group there is, right before the program starts and right after its end:
 *                          PATH:CONTROLLERS:PROCESSES, blanks between, in the order of their names; CONTROLLERS are those turned
 *                          on for the groups below, commas between
 *   ended exited|signalled NUMBER
 *   counted FILE TEXT      what FILE of its group said at the end: see `count`
 *
 * Directives:
 *   cgroup=rw|ro|none      how /sys/fs/cgroup is mounted: rw if not said
 *   host-cgroup-namespace  the program sees where in the tree it is
 *   host-pid-namespace     the program is not PID 1
 *   set=FILE:VALUE         a limit of the container's own, as an engine sets it: FILE of its group
 *   controllers=LIST       the controllers that its group has: all if not said; commas between
 *   company                another process is in its group, as `docker exec` puts one there
 *   user=ID                who the program is
 *   delegate               its group belongs to that user, as cgroups(7), "Cgroups delegation", says
 *   no-proc | no-sys       /proc, /sys are empty
 *   refuse=CALL:ERROR      clone3 or inotify_init1 answers ENOSYS or EPERM, by a seccomp filter
 *   environment=NAME=VALUE
 *   count=FILE             a file of its group to read at the end, while the group is still there
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"

enum { TEXT_BYTES = 4096, TREE_BYTES = 65536, COUNTED = 8 };

static char group[TEXT_BYTES], parent[TEXT_BYTES];

__attribute__((noreturn)) static void fail(const char *what) {
    dprintf(2, "container: %s: %s\n", what, strerror(errno));
    _exit(120);
}

static void must(int bad, const char *what) {
    if (bad) fail(what);
}

/* Like sprintf, into TEXT_BYTES bytes. */
static void print(char *to, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int length = vsnprintf(to, TEXT_BYTES, format, list);
    va_end(list);
    errno = ENAMETOOLONG;
    must(length >= TEXT_BYTES, format);
}

static void report(const char *format, ...) {
    static char line[TREE_BYTES + 64];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    /* One write a line; without descriptor 3 there is no reader. */
    if (write(3, line, (size_t)length) < 0) return;
}

static int read_file(const char *path, char *text, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t length = read(fd, text, size - 1);
    close(fd);
    if (length < 0) return -1;
    while (length > 0 && text[length - 1] == '\n') length--;
    text[length] = 0;
    return 0;
}

static void write_file(const char *directory, const char *name, const char *text) {
    char path[TEXT_BYTES];
    print(path, "%s/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd < 0 || write(fd, text, strlen(text)) < 0, path);
    close(fd);
}

static char tree[TREE_BYTES];

static int not_hidden(const struct dirent *entry) { return entry->d_type == DT_DIR && entry->d_name[0] != '.'; }

static void list_groups(const char *directory, int is_root) {
    char path[TEXT_BYTES], text[TEXT_BYTES] = "";
    int count = 0;
    print(path, "%s/cgroup.procs", directory);
    /* The root's processes are the kernel's own, which come and go. */
    FILE *file = is_root ? NULL : fopen(path, "re");
    for (char line[64]; file && fgets(line, sizeof line, file);) count++;
    if (file) fclose(file);
    print(path, "%s/cgroup.subtree_control", directory);
    read_file(path, text, sizeof text);
    for (char *at = text; *at; at++)
        if (*at == ' ') *at = ',';
    size_t length = strlen(tree);
    snprintf(tree + length, sizeof tree - length, " %s:%s:%d", is_root ? "/" : directory + strlen(ROOT), text, count);
    struct dirent **names;
    int found = scandir(directory, &names, not_hidden, alphasort);
    for (int i = 0; i < found; i++) {
        print(path, "%s/%s", directory, names[i]->d_name);
        free(names[i]);
        list_groups(path, 0);
    }
    if (found >= 0) free(names);
}

static void report_groups(const char *when) {
    tree[0] = 0;
    list_groups(ROOT, 1);
    report("%s%s\n", when, tree);
}

/* Our group is ID/seat; the program's is ID/box. */
static void find_groups(void) {
    char text[TEXT_BYTES];
    must(read_file("/proc/self/cgroup", text, sizeof text), "/proc/self/cgroup");
    char *slash = strrchr(text, '/');
    errno = EINVAL;
    must(strncmp(text, "0::/", 4) || !slash, text);
    *slash = 0;
    print(parent, ROOT "%s", text + 3);
    print(group, "%s/box", parent);
}

static void keep_controllers(const char *wanted) {
    char path[TEXT_BYTES], text[TEXT_BYTES], list[TEXT_BYTES];
    print(path, "%s/cgroup.subtree_control", parent);
    must(read_file(path, text, sizeof text), path);
    print(list, ",%s,", wanted);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        char entry[TEXT_BYTES], order[TEXT_BYTES];
        print(entry, ",%s,", word);
        print(order, "-%s", word);
        if (!strstr(list, entry)) write_file(parent, "cgroup.subtree_control", order);
    }
}

static void delegate(unsigned user) {
    static const char *const files[] = {"", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[TEXT_BYTES];
        print(path, "%s%s", group, files[i]);
        must(chown(path, user, user), path);
    }
}

static void refuse(const char *text) {
    unsigned number = strncmp(text, "clone3:", 7) ? SYS_inotify_init1 : SYS_clone3;
    unsigned error = strstr(text, ":ENOSYS") ? ENOSYS : EPERM;
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog whole = {sizeof program / sizeof *program, program};
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0), "seccomp");
}

static pid_t born_in(const char *directory, unsigned long flags) {
    int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    must(fd < 0, directory);
    struct clone_args how = {.flags = flags | CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (unsigned)fd};
    pid_t pid = (pid_t)syscall(SYS_clone3, &how, sizeof how);
    must(pid < 0, "clone3");
    close(fd);
    return pid;
}

static const char *value_of(const char *directive, const char *name) {
    size_t length = strlen(name);
    if (strncmp(directive, name, length)) return NULL;
    return directive[length] == '=' ? directive + length + 1 : directive[length] ? NULL : "";
}

int main(int count, char **arguments) {
    const char *mount_as = "rw", *refused = NULL, *counted[COUNTED];
    int own_groups = 1, own_pids = 1, company = 0, delegated = 0, no_proc = 0, no_sys = 0, counts = 0, environments = 0;
    unsigned user = 0;
    char *environment[64] = {"PATH=/bin", NULL};
    find_groups();
    /* What changes the parent comes before the group is made. */
    int i = 1;
    for (; i < count && strcmp(arguments[i], "--"); i++)
        if (!strncmp(arguments[i], "controllers=", 12)) keep_controllers(arguments[i] + 12);
    must(mkdir(group, 0755), group);
    for (i = 1; i < count && strcmp(arguments[i], "--"); i++) {
        char *directive = arguments[i];
        const char *value;
        if ((value = value_of(directive, "cgroup"))) mount_as = value;
        else if (value_of(directive, "host-cgroup-namespace")) own_groups = 0;
        else if (value_of(directive, "host-pid-namespace")) own_pids = 0;
        else if ((value = value_of(directive, "set"))) {
            char *colon = strchr(directive, ':');
            errno = EINVAL;
            must(!colon, directive);
            *colon = 0;
            write_file(group, value, colon + 1);
        } else if (value_of(directive, "controllers")) continue;
        else if (value_of(directive, "company")) company = 1;
        else if ((value = value_of(directive, "user"))) user = (unsigned)atoi(value);
        else if (value_of(directive, "delegate")) delegated = 1;
        else if (value_of(directive, "no-proc")) no_proc = 1;
        else if (value_of(directive, "no-sys")) no_sys = 1;
        else if ((value = value_of(directive, "refuse"))) refused = value;
        else if ((value = value_of(directive, "environment")) && environments < 60) environment[++environments] = (char *)value;
        else if ((value = value_of(directive, "count")) && counts < COUNTED) counted[counts++] = value;
        else {
            errno = EINVAL;
            fail(directive);
        }
    }
    environment[environments + 1] = NULL;
    errno = EINVAL;
    must(i + 1 >= count, "no program is given");
    char **program = arguments + i + 1;
    if (delegated) delegate(user);

    pid_t companion = 0;
    if (company && (companion = born_in(group, 0)) == 0)
        for (;;) pause();

    int go[2];
    must(pipe2(go, O_CLOEXEC), "pipe");
    unsigned long flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | (own_pids ? CLONE_NEWPID : 0);
    pid_t init = born_in(group, flags);
    if (init == 0) {
        char byte;
        close(go[1]);
        if (read(go[0], &byte, 1) != 1) _exit(121);
        must(own_groups && unshare(CLONE_NEWCGROUP), "unshare");
        must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "/");
        must(umount2(ROOT, MNT_DETACH), "umount");
        if (strcmp(mount_as, "none")) {
            /* A mount in the host's namespace sets the options of all; in another they are not looked at. */
            must(mount("cgroup2", ROOT, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC | (strcmp(mount_as, "ro") ? 0 : MS_RDONLY), "nsdelegate"), ROOT);
        }
        if (no_sys) must(mount("tmpfs", "/sys", "tmpfs", 0, NULL), "/sys");
        must(mount(no_proc ? "tmpfs" : "proc", "/proc", no_proc ? "tmpfs" : "proc", 0, NULL), "/proc");
        must(user && (setgroups(0, NULL) || setgid(user) || setuid(user)), "user");
        must(setsid() < 0, "setsid");
        close(3);
        if (refused) refuse(refused);
        execve(program[0], program, environment);
        fail(program[0]);
    }
    close(go[0]);
    report("init %d\ngroup %s\n", init, group + strlen(ROOT));
    report_groups("before");
    must(write(go[1], "g", 1) != 1, "go");
    int status;
    must(waitpid(init, &status, 0) != init, "waitpid");
    report_groups("after");
    for (int n = 0; n < counts; n++) {
        char path[TEXT_BYTES], text[TEXT_BYTES] = "";
        print(path, "%s/%s", group, counted[n]);
        read_file(path, text, sizeof text);
        for (char *at = text; *at; at++)
            if (*at == '\n') *at = ';';
        report("counted %s %s\n", counted[n], text);
    }
    report("ended %s %d\n", WIFEXITED(status) ? "exited" : "signalled", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    if (companion) kill(companion, SIGKILL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
