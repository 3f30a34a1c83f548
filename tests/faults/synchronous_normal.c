// Turns synchronous=FULL into NORMAL behind the program's back: preloaded for the one run that has
// to lose mail, so that the power-loss test is known to see. The program itself has no such setting.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

typedef int (*exec_function)(void*, const char*, int (*)(void*, int, char**, char**), void*, char**);

int sqlite3_exec(
    void* database,
    const char* sql,
    int (*row)(void*, int, char**, char**),
    void* argument,
    char** message
) {
    const exec_function real = (exec_function)dlsym(RTLD_NEXT, "sqlite3_exec");
    const int code = real(database, sql, row, argument, message);
    // The last of a connection's settings: FULL has been read back by then.
    if (code == 0 && strncmp(sql, "PRAGMA cache_size", 17) == 0)
        return real(database, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
    return code;
}
