// Makes memory run out on demand, for the fault tests: preloaded into the program. malloc and its
// kin fail; what is given back is taken.
//
// MEMORY_CONTROL names a file of struct control that the test may change while the program runs.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct control {
    _Atomic int armed;      // 0: nothing fails
    _Atomic int countdown;  // the call that brings it to 0 fails
    _Atomic int many;       // and so many after it too
    _Atomic int hits;       // how many have failed
};

static struct control* control;
static void* (*real_malloc)(size_t);
static void* (*real_calloc)(size_t, size_t);
static void* (*real_realloc)(void*, size_t);
static int (*real_posix_memalign)(void**, size_t, size_t);
static void* (*real_aligned_alloc)(size_t, size_t);
// dlsym() itself asks for memory before it has found any of the above.
static char first[4096];
static size_t first_used;

__attribute__((constructor)) static void start(void) {
    real_calloc = (void* (*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
    real_malloc = (void* (*)(size_t))dlsym(RTLD_NEXT, "malloc");
    real_realloc = (void* (*)(void*, size_t))dlsym(RTLD_NEXT, "realloc");
    real_posix_memalign = (int (*)(void**, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign");
    real_aligned_alloc = (void* (*)(size_t, size_t))dlsym(RTLD_NEXT, "aligned_alloc");
    const char* path = getenv("MEMORY_CONTROL");
    const int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) abort();
    void* mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED) abort();
    control = mapped;
}

static int fails(void) {
    if (!control || !atomic_load(&control->armed)) return 0;
    const int left = atomic_fetch_sub(&control->countdown, 1);
    if (left > 1 || left < 1 - atomic_load(&control->many)) return 0;
    atomic_fetch_add(&control->hits, 1);
    errno = ENOMEM;
    return 1;
}

void* malloc(size_t size) {
    if (!real_malloc) start();
    return fails() ? NULL : real_malloc(size);
}

void* calloc(size_t count, size_t size) {
    if (!real_calloc) {
        const size_t at = first_used;
        first_used += (count * size + 15) / 16 * 16;
        if (first_used > sizeof first) abort();
        return first + at;
    }
    return fails() ? NULL : real_calloc(count, size);
}

void* realloc(void* memory, size_t size) {
    if (!real_realloc) start();
    return fails() ? NULL : real_realloc(memory, size);
}

int posix_memalign(void** into, size_t alignment, size_t size) {
    if (!real_posix_memalign) start();
    return fails() ? ENOMEM : real_posix_memalign(into, alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
    if (!real_aligned_alloc) start();
    return fails() ? NULL : real_aligned_alloc(alignment, size);
}
