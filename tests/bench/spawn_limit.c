/* The most that this machine can spawn: COUNT processes, FLIGHT at a time.

   usage: spawn_limit [-l LOG_FOLDER] COUNT FLIGHT PROGRAM [ARGUMENT...]

   Each child gets a session of its own, /dev/null as its input and, with -l, a new log
   file as both outputs. Prints processes per second, and microseconds of CPU for each:
   our own, the children's. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static pid_t start(char **argv, const char *folder, int number, int null) {
    posix_spawn_file_actions_t places;
    posix_spawnattr_t attributes;
    int log = null;
    pid_t pid;

    if (folder) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%d.log", folder, number);
        log = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
        if (log < 0) {
            perror(path);
            exit(1);
        }
    }
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    posix_spawn_file_actions_init(&places);
    posix_spawn_file_actions_adddup2(&places, null, 0);
    posix_spawn_file_actions_adddup2(&places, log, 1);
    posix_spawn_file_actions_adddup2(&places, log, 2);
    if (posix_spawn(&pid, argv[0], &places, &attributes, argv, environ)) {
        perror(argv[0]);
        exit(1);
    }
    posix_spawn_file_actions_destroy(&places);
    posix_spawnattr_destroy(&attributes);
    if (log != null)
        close(log);
    return pid;
}

static double cpu_us(int who) {
    struct rusage usage;
    getrusage(who, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

int main(int count, char **arguments) {
    struct timespec before, after;
    int wanted, flight, null, started = 0, ended = 0;
    const char *folder = NULL;
    double seconds;

    if (count > 2 && !strcmp(arguments[1], "-l")) {
        folder = arguments[2];
        arguments += 2;
        count -= 2;
    }
    if (count < 4) {
        fputs("usage: spawn_limit [-l LOG_FOLDER] COUNT FLIGHT PROGRAM [ARGUMENT...]\n",
              stderr);
        return 2;
    }
    wanted = atoi(arguments[1]);
    flight = atoi(arguments[2]);
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    clock_gettime(CLOCK_MONOTONIC, &before);
    while (ended < wanted) {
        while (started < wanted && started - ended < flight)
            start(arguments + 3, folder, started++, null);
        if (wait(NULL) > 0)
            ended++;
    }
    clock_gettime(CLOCK_MONOTONIC, &after);
    seconds = after.tv_sec - before.tv_sec + (after.tv_nsec - before.tv_nsec) / 1e9;
    printf("%.1f %.1f %.1f\n", wanted / seconds, cpu_us(RUSAGE_SELF) / wanted,
           cpu_us(RUSAGE_CHILDREN) / wanted);
    return 0;
}
