// Measures times that are too short for Node. Contenders are command lines without the program, each after a `+`:
//
//   driver start ROUNDS TRUE + tini -s -- + dumb-init --
//       nanoseconds from posix_spawn to the end; contender 0 is TRUE alone
//   driver signals BLOCKS ROUNDS WORKLOAD + ...
//       nanoseconds from kill(init, SIGUSR1) to the workload's answer
//   driver orphans TIMES ORPHANS WORKLOAD + ...
//       nanoseconds of CPU time of the init for all its orphans together
//   driver idle WORKLOAD + ...
//       the init's pid; ends, and the inits with it, at the end of standard input
//   driver namespace COMMAND...
//       runs COMMAND as PID 1 of a PID namespace, and ends as it ended
//
// One line for each figure: the contender's number, counted from 1, and the figure. Within a round they run in random order, so that none always follows the same one.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONTENDERS_MAX = 16, WORDS_MAX = 32 };

typedef struct {
  char *words[WORDS_MAX];
  int count;
} Command;

typedef struct {
  pid_t init;
  int ready;  // the workload writes to its other end
  int gate;   // closing it opens the gate that the orphans wait at
} Instance;

static Command contenders[CONTENDERS_MAX];
static int contender_count;
extern char **environ;

_Noreturn static void fail(const char *what) {
  fprintf(stderr, "driver: %s: %s\n", what, strerror(errno));
  exit(1);
}

_Noreturn static void refuse(const char *what) {
  fprintf(stderr, "driver: %s\n", what);
  exit(1);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void parse_contenders(char **words) {
  for (; *words; words++) {
    if (!strcmp(*words, "+")) {
      if (++contender_count >= CONTENDERS_MAX) refuse("too many contenders");
      continue;
    }
    if (contender_count == 0) refuse("a contender begins with +");
    Command *command = &contenders[contender_count];
    if (command->count >= WORDS_MAX - 8) refuse("too many words");
    command->words[command->count++] = *words;
  }
}

static void shuffle(int *order, int count) {
  for (int i = count - 1; i > 0; i--) {
    int other = (int)(random() % (i + 1)), kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
}

static char *number(int value) {
  char *text;
  if (asprintf(&text, "%d", value) < 0) fail("asprintf");
  return text;
}

// --- start-up

static int64_t spawn_and_wait(char **words) {
  pid_t pid;
  int status;
  int64_t begin = now_ns();
  int error = posix_spawn(&pid, words[0], NULL, NULL, words, environ);
  if (error) {
    errno = error;
    fail(words[0]);
  }
  while (waitpid(pid, &status, 0) != pid) continue;
  int64_t end = now_ns();
  if (status != 0) refuse("a contender did not hand its program's exit code 0 on");
  return end - begin;
}

static void start(int rounds, char *program) {
  int order[CONTENDERS_MAX];
  contenders[0].words[0] = program;
  for (int i = 1; i <= contender_count; i++) contenders[i].words[contenders[i].count] = program;
  for (int i = 0; i <= contender_count; i++) order[i] = i;
  for (int round = -3; round < rounds; round++) {  // the first three only warm the caches
    shuffle(order, contender_count + 1);
    for (int i = 0; i <= contender_count; i++) {
      int64_t ns = spawn_and_wait(contenders[order[i]].words);
      if (round >= 0) printf("%d %lld\n", order[i], (long long)ns);
    }
  }
}

// --- PID 1 of a PID namespace

// As fork(), but the child is PID 1 of a new PID namespace. It dies with us.
static pid_t fork_namespace(void) {
  // Users other than root need a user namespace to create a PID namespace.
  int flags = CLONE_NEWPID | SIGCHLD | (geteuid() == 0 ? 0 : CLONE_NEWUSER);
  pid_t pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
  if (pid < 0) fail("cannot make a PID namespace");
  if (pid == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
  return pid;
}

static void await(int ready, char what) {
  char byte;
  ssize_t length;
  do length = read(ready, &byte, 1);
  while (length < 0 && errno == EINTR);
  if (length != 1) refuse("a contender ended before its workload was ready");
  if (byte != what) refuse("a workload said something else than it should");
}

static Instance launch(const Command *command, char *workload, char *verb, int orphan_count) {
  int ready[2], gate[2];
  if (pipe2(ready, O_CLOEXEC) || pipe2(gate, O_CLOEXEC)) fail("pipe");
  pid_t pid = fork_namespace();
  if (pid == 0) {
    fcntl(ready[1], F_SETFD, 0);
    fcntl(gate[0], F_SETFD, 0);
    char *words[WORDS_MAX];
    int count = command->count;
    memcpy(words, command->words, sizeof words);
    words[count++] = workload;
    words[count++] = verb;
    words[count++] = number(ready[1]);
    if (orphan_count > 0) {
      words[count++] = number(gate[0]);
      words[count++] = number(orphan_count);
    }
    words[count] = NULL;
    execv(words[0], words);
    fail(words[0]);
  }
  close(ready[1]);
  close(gate[0]);
  await(ready[0], 'r');
  return (Instance){pid, ready[0], gate[1]};
}

static void end(Instance *instance) {
  int status;
  kill(instance->init, SIGKILL);
  while (waitpid(instance->init, &status, 0) != instance->init) continue;
  close(instance->ready);
  if (instance->gate >= 0) close(instance->gate);
}

// --- signals

// All on one CPU: what is measured is how long the init takes, not how long an idle CPU takes to wake up.
static void pin(void) {
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed)) fail("sched_getaffinity");
  CPU_ZERO(&one);
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    CPU_SET(cpu, &one);
    break;
  }
  if (sched_setaffinity(0, sizeof one, &one)) fail("sched_setaffinity");
}

static void signals(int blocks, int rounds, char *workload) {
  Instance instances[CONTENDERS_MAX];
  int order[CONTENDERS_MAX];
  pin();
  for (int i = 1; i <= contender_count; i++) {
    instances[i] = launch(&contenders[i], workload, "answer", 0);
    order[i - 1] = i;
  }
  for (int block = 0; block < blocks; block++) {
    shuffle(order, contender_count);
    for (int i = 0; i < contender_count; i++) {
      Instance *instance = &instances[order[i]];
      for (int round = -3; round < rounds; round++) {  // the first three only warm the caches
        int64_t begin = now_ns();
        if (kill(instance->init, SIGUSR1)) fail("kill");
        await(instance->ready, 'a');
        int64_t ns = now_ns() - begin;
        if (round >= 0) printf("%d %lld\n", order[i], (long long)ns);
      }
    }
  }
  for (int i = 1; i <= contender_count; i++) end(&instances[i]);
}

// --- orphans

// The CPU time of a process alone, without what its children used: rusage would add those that it has reaped.
static int64_t cpu_time_ns(pid_t pid) {
  char path[64];
  long long ns;
  snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
  FILE *file = fopen(path, "re");
  if (!file || fscanf(file, "%lld", &ns) != 1) fail(path);
  fclose(file);
  return ns;
}

static char state_of(pid_t pid) {
  char path[64], state;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "re");
  if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1) fail(path);
  fclose(file);
  return state;
}

static void await_state(pid_t pid, char state) {
  while (state_of(pid) != state) nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static void orphans(int times, int count, char *workload) {
  int order[CONTENDERS_MAX];
  for (int i = 1; i <= contender_count; i++) order[i - 1] = i;
  for (int time = 0; time < times; time++) {
    shuffle(order, contender_count);
    for (int i = 0; i < contender_count; i++) {
      Instance instance = launch(&contenders[order[i]], workload, "orphans", count);
      // The init stands still until all are dead. Otherwise each wait4() searches the living among its children for a
      // dead one, which takes as long as chance has it, and up to fifty times as long as the rest.
      if (kill(instance.init, SIGSTOP)) fail("kill");
      await_state(instance.init, 'T');
      close(instance.gate);
      instance.gate = -1;
      for (int orphan = 0; orphan < count; orphan++) await(instance.ready, 'o');
      int64_t before = cpu_time_ns(instance.init);
      if (kill(instance.init, SIGCONT)) fail("kill");
      await(instance.ready, 'd');
      await_state(instance.init, 'S');
      printf("%d %lld\n", order[i], (long long)(cpu_time_ns(instance.init) - before));
      end(&instance);
    }
  }
}

// --- idle

static void idle(char *workload) {
  Instance instances[CONTENDERS_MAX];
  for (int i = 1; i <= contender_count; i++) {
    instances[i] = launch(&contenders[i], workload, "idle", 0);
    char path[64], children[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", instances[i].init, instances[i].init);
    FILE *file = fopen(path, "re");
    if (!file || !fgets(children, sizeof children, file)) fail(path);
    fclose(file);
    pid_t child = atoi(children);
    // Idle from here on: both have called what they sleep in.
    await_state(child, 'S');
    await_state(instances[i].init, 'S');
    printf("%d %d\n", i, instances[i].init);
  }
  fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  for (int i = 1; i <= contender_count; i++) end(&instances[i]);
}

static int namespace(char **words) {
  pid_t pid = fork_namespace();
  if (pid == 0) {
    execv(words[0], words);
    fail(words[0]);
  }
  int status;
  while (waitpid(pid, &status, 0) != pid) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv) {
  const char *what = argc > 2 ? argv[1] : "";
  srandom((unsigned)now_ns());
  if (!strcmp(what, "namespace")) return namespace(argv + 2);
  if (!strcmp(what, "idle")) {
    parse_contenders(argv + 3);
    idle(argv[2]);
    return 0;
  }
  if (!strcmp(what, "start") && argc > 4) {
    parse_contenders(argv + 4);
    start(atoi(argv[2]), argv[3]);
    return 0;
  }
  if (argc <= 5) refuse("what is that to measure?");
  parse_contenders(argv + 5);
  if (!strcmp(what, "signals")) signals(atoi(argv[2]), atoi(argv[3]), argv[4]);
  if (!strcmp(what, "orphans")) orphans(atoi(argv[2]), atoi(argv[3]), argv[4]);
  return 0;
}
