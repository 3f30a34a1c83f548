// Makes file operations fail on demand, for the fault tests: preloaded into the program.
//
// FAULT_CONTROL names a file of struct control, written by the test while the program runs; only
// files whose path holds FAULT_PATTERN are touched. Debian's SQLite writes with pwrite64 and syncs
// with fdatasync; the other forms are here so that a changed library cannot slip past unseen.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum operation { op_open = 1, op_write = 2, op_sync = 4, op_truncate = 8, op_rename = 16 };

struct control {
    _Atomic int operations;  // bits of enum operation; 0: nothing fails
    _Atomic int error;       // errno to give
    _Atomic int countdown;   // the operation that brings it to 0 fails
    _Atomic int for_ever;    // and each after it too
    _Atomic int hits;        // how many have failed
    _Atomic int seen;        // how many were looked at
    _Atomic int sync_delay;  // milliseconds that each sync takes longer; 0: none
};

static struct control* control;
static const char* pattern;

__attribute__((constructor)) static void start(void) {
    const char* path = getenv("FAULT_CONTROL");
    pattern = getenv("FAULT_PATTERN");
    if (!path || !pattern) return;
    const int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        perror("fault_io: FAULT_CONTROL");
        abort();
    }
    void* memory = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) {
        perror("fault_io: mmap");
        abort();
    }
    close(file);
    control = memory;
}

static int fails_path(enum operation operation, const char* path) {
    if (!control || !(control->operations & operation) || !path || !strstr(path, pattern)) return 0;
    atomic_fetch_add(&control->seen, 1);
    const int left = atomic_fetch_sub(&control->countdown, 1);
    if (left > 1 || (left < 1 && !control->for_ever)) return 0;
    atomic_fetch_add(&control->hits, 1);
    errno = control->error;
    return 1;
}

static int path_of(int file, char* path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t length = readlink(link, path, size - 1);
    if (length < 0) return 0;
    path[length] = '\0';
    return 1;
}

static int is_ours(int file) {
    char path[4096];
    return path_of(file, path, sizeof path) && strstr(path, pattern) != NULL;
}

static int fails(enum operation operation, int file) {
    char path[4096];
    if (!control || !(control->operations & operation)) return 0;
    return path_of(file, path, sizeof path) && fails_path(operation, path);
}

// Sleeps before the sync when its file is one of ours.
static void delay_sync(int file) {
    const int milliseconds = control ? atomic_load(&control->sync_delay) : 0;
    if (milliseconds == 0 || !is_ours(file)) return;
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                                      \
    int name(const char* path, int flags, ...) {                        \
        va_list more;                                                   \
        va_start(more, flags);                                          \
        const mode_t mode = va_arg(more, mode_t);                       \
        va_end(more);                                                   \
        if (fails_path(op_open, path)) return -1;                       \
        return REAL(name)(path, flags, mode);                           \
    }
OPEN(open)
OPEN(open64)

#define WRITE_AT(name, offset_type)                                                   \
    ssize_t name(int file, const void* bytes, size_t count, offset_type offset) {     \
        if (fails(op_write, file)) return -1;                                         \
        return REAL(name)(file, bytes, count, offset);                                \
    }
WRITE_AT(pwrite, off_t)
WRITE_AT(pwrite64, off64_t)

ssize_t write(int file, const void* bytes, size_t count) {
    if (fails(op_write, file)) return -1;
    return REAL(write)(file, bytes, count);
}

int fsync(int file) {
    delay_sync(file);
    if (fails(op_sync, file)) return -1;
    return REAL(fsync)(file);
}

int fdatasync(int file) {
    delay_sync(file);
    if (fails(op_sync, file)) return -1;
    return REAL(fdatasync)(file);
}

int ftruncate(int file, off_t length) {
    if (fails(op_truncate, file)) return -1;
    return REAL(ftruncate)(file, length);
}

int ftruncate64(int file, off64_t length) {
    if (fails(op_truncate, file)) return -1;
    return REAL(ftruncate64)(file, length);
}

int posix_fallocate(int file, off_t offset, off_t length) {
    // Gives the error as its result, not in errno.
    if (fails(op_write, file)) return errno;
    return REAL(posix_fallocate)(file, offset, length);
}

int rename(const char* from, const char* to) {
    if (fails_path(op_rename, from)) return -1;
    return REAL(rename)(from, to);
}
