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
if(POSTERN_COVERAGE)
    add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
    add_link_options(-fprofile-instr-generate)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    # tests/attacks/test_hardening.py reads from the program that these are still there.
    include(CheckPIESupported)
    check_pie_supported(LANGUAGES CXX)
    add_compile_options(-fstack-protector-strong -fstack-clash-protection -D_GLIBCXX_ASSERTIONS)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
        add_compile_options(-fcf-protection=full)
    endif()
    if(NOT POSTERN_SANITIZE)
        add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    endif()
    add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
else()
    # Debug information by line is enough for a sanitizer's report and halves the build.
    string(REPLACE "-g" "-g1" CMAKE_CXX_FLAGS_DEBUG "${CMAKE_CXX_FLAGS_DEBUG}")
endif()
