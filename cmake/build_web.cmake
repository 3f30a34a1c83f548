# cmake -DNPM= -DWEB=<sources> -DWORK=<folder> -DOUT=<assets.cc> -P build_web.cmake
# Builds the front end in a copy, so that two build folders never meet in one node_modules, and
# writes a C++ table of what came out, each file also compressed.
cmake_minimum_required(VERSION 3.23)

function(run)
    execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WORK} RESULT_VARIABLE code
                    OUTPUT_VARIABLE said ERROR_VARIABLE said)
    if(NOT code EQUAL 0)
        message(FATAL_ERROR "${ARGN} failed (${code}):\n${said}")
    endif()
endfunction()

file(MAKE_DIRECTORY ${WORK})
file(REMOVE_RECURSE ${WORK}/src ${WORK}/public ${WORK}/dist ${WORK}/gzip)
file(GLOB top ${WEB}/*.html ${WEB}/*.json ${WEB}/*.ts)
foreach(entry ${top} ${WEB}/.npmrc ${WEB}/src ${WEB}/public)
    if(EXISTS ${entry})
        file(COPY ${entry} DESTINATION ${WORK})
    endif()
endforeach()

# What is installed changes only with the lock file.
file(SHA256 ${WORK}/package-lock.json lock)
set(stamp ${WORK}/installed)
set(installed "")
if(EXISTS ${stamp})
    file(READ ${stamp} installed)
endif()
if(NOT installed STREQUAL lock)
    file(REMOVE ${stamp})
    run(${NPM} ci --no-audit --no-fund)
    file(WRITE ${stamp} ${lock})
endif()
run(${NPM} run build)

set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_svg "image/svg+xml")
set(type_png "image/png")
set(type_ico "image/x-icon")
set(type_woff2 "font/woff2")
set(type_json "application/json")
set(type_txt "text/plain; charset=utf-8")
set(type_webmanifest "application/manifest+json")

file(GLOB_RECURSE built RELATIVE ${WORK}/dist ${WORK}/dist/*)
list(SORT built)
if(NOT "index.html" IN_LIST built)
    message(FATAL_ERROR "the front end's build has left no index.html in ${WORK}/dist")
endif()

set(number 0)
set(blobs "")
set(externs "")
set(rows "")
foreach(name ${built})
    string(REGEX REPLACE "^.*\\." "" extension ${name})
    if(NOT DEFINED type_${extension})
        message(FATAL_ERROR "cmake/build_web.cmake knows no type for ${name}")
    endif()
    set(plain ${WORK}/dist/${name})
    set(packed ${WORK}/gzip/${number}.gz)
    file(MAKE_DIRECTORY ${WORK}/gzip)
    execute_process(COMMAND gzip -9 -n -c ${plain} OUTPUT_FILE ${packed} COMMAND_ERROR_IS_FATAL ANY)
    file(SHA256 ${plain} digest)
    string(SUBSTRING ${digest} 0 32 digest)
    foreach(form plain packed)
        set(symbol postern_asset_${number}_${form})
        string(APPEND blobs "    \".global ${symbol}\\n\"\n    \"${symbol}:\\n\"\n"
               "    \".incbin \\\"${${form}}\\\"\\n\"\n"
               "    \".global ${symbol}_end\\n\"\n    \"${symbol}_end:\\n\"\n    \".byte 0\\n\"\n")
        string(APPEND externs "extern \"C\" const char ${symbol}[];\n"
               "extern \"C\" const char ${symbol}_end[];\n")
    endforeach()
    string(APPEND rows "        {\"/${name}\", \"${type_${extension}}\", \"W/\\\"${digest}\\\"\",\n"
           "         {postern_asset_${number}_plain, postern_asset_${number}_plain_end},\n"
           "         {postern_asset_${number}_packed, postern_asset_${number}_packed_end}},\n")
    math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${OUT} "// Made by cmake/build_web.cmake.\n#include \"portal/assets.h\"\n\n"
     "__asm__(\n    \".section .rodata\\n\"\n${blobs}    \".text\\n\"\n);\n${externs}\n"
     "namespace portal {\n\nstd::span<const Asset> web_assets() {\n"
     "    static const Asset table[] = {\n${rows}    };\n    return table;\n}\n\n}  // namespace portal\n")
