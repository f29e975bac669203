// The program that runs under the inits while they are measured.
//
//   workload idle READY               says that it runs, then sleeps until its standard input ends
//   workload answer READY             answers each SIGUSR1 with one byte
//   workload orphans READY GATE N     leaves N orphans to PID 1, which end when GATE reaches its end; says when they are
//                                     left, when each ends, and when all are reaped
//
// READY and GATE are inherited descriptors.

#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

_Noreturn static void fail(const char *what) {
  fprintf(stderr, "workload: %s: %s\n", what, strerror(errno));
  exit(111);
}

static int ready, gate;

static void say(char what) {
  if (write(ready, &what, 1) != 1) fail("write");
}

_Noreturn static void answer(void) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGUSR1);
  sigprocmask(SIG_BLOCK, &wanted, NULL);
  say('r');
  for (;;) {
    if (sigwaitinfo(&wanted, NULL) == SIGUSR1) say('a');
  }
}

static int orphan(void *unused) {
  (void)unused;
  char byte;
  while (read(gate, &byte, 1) < 0 && errno == EINTR) continue;
  say('o');
  _exit(0);
}

// The orphans share one memory, so that twenty thousand of them fit on a small machine; they are processes of their
// own all the same, and cost the init what any other orphan costs.
enum { STACK_BYTES = 4096 };

_Noreturn static void leave_orphans(int count, pid_t *pids) {
  char *stacks = mmap(NULL, (size_t)count * STACK_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (stacks == MAP_FAILED) fail("mmap");
  for (int i = 0; i < count; i++) {
    pids[i] = clone(orphan, stacks + (size_t)(i + 1) * STACK_BYTES, CLONE_VM | SIGCHLD, NULL);
    if (pids[i] < 0) fail("cannot start that many processes");
  }
  _exit(0);
}

_Noreturn static void orphans(int count) {
  pid_t *pids = mmap(NULL, (size_t)count * sizeof *pids, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (pids == MAP_FAILED) fail("mmap");
  pid_t parent = fork();
  if (parent < 0) fail("fork");
  if (parent == 0) leave_orphans(count, pids);
  int status;
  if (waitpid(parent, &status, 0) != parent || status != 0) fail("orphans");
  close(gate);
  say('r');
  // A process that is gone has been reaped: until then kill() finds it as a zombie.
  for (int i = count - 1; i >= 0; i--) {
    while (kill(pids[i], 0) == 0) nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  say('d');
  for (;;) pause();
}

int main(int argc, char **argv) {
  const char *what = argc > 2 ? argv[1] : "";
  ready = argc > 2 ? atoi(argv[2]) : -1;
  // Not every init ends its child when it is killed itself, and outside of a PID namespace nobody else would.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!strcmp(what, "idle")) {
    say('r');
    char byte;
    while (read(STDIN_FILENO, &byte, 1) != 0) continue;
    return 0;
  }
  if (!strcmp(what, "answer")) answer();
  if (!strcmp(what, "orphans") && argc == 5) {
    gate = atoi(argv[3]);
    orphans(atoi(argv[4]));
  }
  fprintf(stderr, "workload: what is that to do?\n");
  return 111;
}
