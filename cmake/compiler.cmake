set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Another build folder, or another clone, finds what this one has compiled.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${CCACHE}
    )
    set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 cannot see through coroutine frames and optional: these report what is not there
    # (the last one, in a file made of several).
    add_compile_options(-Wno-maybe-uninitialized -Wno-mismatched-new-delete -Wno-subobject-linkage)
else()
    add_compile_options(-Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough)
    add_link_options(-fuse-ld=lld-19)
endif()

if(POSTERN_SANITIZE)
    add_compile_options(-fsanitize=${POSTERN_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${POSTERN_SANITIZE})
endif()
if(POSTERN_FUZZ OR (POSTERN_TESTS AND POSTERN_SANITIZE MATCHES "address"))
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    add_compile_options(-fstack-protector-strong -D_GLIBCXX_ASSERTIONS)
    if(NOT POSTERN_SANITIZE)
        add_compile_options(-D_FORTIFY_SOURCE=2)
    endif()
    add_link_options(-Wl,-z,relro,-z,now)
else()
    # Debug information by line is enough for a sanitizer's report and halves the build.
    string(REPLACE "-g" "-g1" CMAKE_CXX_FLAGS_DEBUG "${CMAKE_CXX_FLAGS_DEBUG}")
endif()
