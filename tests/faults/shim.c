/* Answers of a disk that this machine does not have: a quota, a network folder that went away.
 *
 * Loaded before the C library (LD_PRELOAD). Off until faults_begin names a folder: from then on,
 * writes below it are counted in bytes (kind 0) or operations in number (kind 1), and once the
 * budget is spent each of them fails with the number given. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char root[4096];
static long budget;
static int number, kind, is_on;

void faults_begin(const char *folder, long most, int answer, int of_kind) {
    snprintf(root, sizeof root, "%s", folder);
    budget = most;
    number = answer;
    kind = of_kind;
    is_on = 1;
}

/* Processes that the command starts are given the same. */
__attribute__((constructor)) static void from_environment(void) {
    const char *told = getenv("SNDS_TEST_FAULT");
    long most;
    int answer, of_kind, at;
    if (told && sscanf(told, "%ld %d %d %n", &most, &answer, &of_kind, &at) == 3)
        faults_begin(told + at, most, answer, of_kind);
}

static int below(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    return strncmp(path, root, strlen(root)) == 0;
}

static int refused(long amount) {
    if (__atomic_sub_fetch(&budget, amount, __ATOMIC_SEQ_CST) >= 0) return 0;
    errno = number;
    return 1;
}

/* Of a descriptor; bytes are 0 for what writes none. */
static int stops(int fd, long bytes) {
    int kept = errno;
    if (!is_on || (kind == 0 && bytes == 0) || !below(fd)) { errno = kept; return 0; }
    return refused(kind == 0 ? bytes : 1);
}

static int stops_path(const char *path) {
    return is_on && kind == 1 && path && strncmp(path, root, strlen(root)) == 0 && refused(1);
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write); return stops(fd, size) ? -1 : real(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(pwrite); return stops(fd, size) ? -1 : real(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(pwrite64); return stops(fd, size) ? -1 : real(fd, data, size, at);
}
static long sum(const struct iovec *parts, int count) {
    long size = 0;
    for (int i = 0; i < count; i++) size += parts[i].iov_len;
    return size;
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev); return stops(fd, sum(parts, count)) ? -1 : real(fd, parts, count);
}
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags) {
    REAL(copy_file_range); return stops(out, size) ? -1 : real(in, from, out, to, size, flags);
}
ssize_t sendfile(int out, int in, off_t *at, size_t size) {
    static ssize_t (*real)(int, int, off_t *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "sendfile");
    return stops(out, size) ? -1 : real(out, in, at, size);
}
ssize_t sendfile64(int out, int in, off64_t *at, size_t size) {
    static ssize_t (*real)(int, int, off64_t *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "sendfile64");
    return stops(out, size) ? -1 : real(out, in, at, size);
}
ssize_t read(int fd, void *data, size_t size) {
    REAL(read); return stops(fd, 0) ? -1 : real(fd, data, size);
}
ssize_t pread(int fd, void *data, size_t size, off_t at) {
    REAL(pread); return stops(fd, 0) ? -1 : real(fd, data, size, at);
}
ssize_t pread64(int fd, void *data, size_t size, off64_t at) {
    REAL(pread64); return stops(fd, 0) ? -1 : real(fd, data, size, at);
}
int fsync(int fd) { REAL(fsync); return stops(fd, 0) ? -1 : real(fd); }

static int mode_of(int flags, va_list rest) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0; }
#define OPEN(name)                                                     \
    int name(const char *path, int flags, ...) {                       \
        va_list rest; va_start(rest, flags);                           \
        int mode = mode_of(flags, rest); va_end(rest);                 \
        REAL(name); return stops_path(path) ? -1 : real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
int rename(const char *from, const char *to) {
    REAL(rename); return stops_path(from) ? -1 : real(from, to);
}
int mkdir(const char *path, mode_t mode) {
    REAL(mkdir); return stops_path(path) ? -1 : real(path, mode);
}
