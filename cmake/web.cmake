# The parts of the portal that are not C++: the description of its API, compiled into its room, and
# the front end (portal/web), compiled into the program alone, so that no test needs Node.js.
option(POSTERN_WEB "build the front end into the program (needs npm)" ON)

set(portal_generated ${CMAKE_BINARY_DIR}/portal)
set(openapi_file ${CMAKE_SOURCE_DIR}/portal/openapi.json)
configure_file(${CMAKE_SOURCE_DIR}/cmake/openapi.cc.in ${portal_generated}/openapi.cc @ONLY)
set_source_files_properties(${portal_generated}/openapi.cc PROPERTIES OBJECT_DEPENDS ${openapi_file})
target_sources(room_portal PRIVATE ${portal_generated}/openapi.cc)
# No batch for these two: one is made anew with its document, the other has to be left out whole
# when the program has its own web_assets().
set_source_files_properties(
    ${portal_generated}/openapi.cc ${CMAKE_SOURCE_DIR}/portal/assets.cc
    PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON
)

# portal_assets is an object library: its web_assets() is there before the linker looks into
# room_portal for the empty one.
if(POSTERN_WEB)
    find_program(NPM npm)
    if(NOT NPM)
        message(FATAL_ERROR "npm is needed for the front end: install the packages in "
                            "scripts/packages, or configure with -DPOSTERN_WEB=OFF")
    endif()
    set(web ${CMAKE_SOURCE_DIR}/portal/web)
    file(GLOB_RECURSE web_files CONFIGURE_DEPENDS ${web}/src/* ${web}/public/*)
    file(GLOB web_top CONFIGURE_DEPENDS ${web}/.npmrc ${web}/*.html ${web}/*.json ${web}/*.ts)
    add_custom_command(
        OUTPUT ${portal_generated}/assets.cc
        COMMAND
            ${CMAKE_COMMAND} -DNPM=${NPM} -DWEB=${web} -DWORK=${portal_generated}/web
            -DOUT=${portal_generated}/assets.cc -P ${CMAKE_SOURCE_DIR}/cmake/build_web.cmake
        DEPENDS ${web_files} ${web_top} ${CMAKE_SOURCE_DIR}/cmake/build_web.cmake
        COMMENT "Building the front end"
        VERBATIM
    )
    add_library(portal_assets OBJECT ${portal_generated}/assets.cc)
    target_include_directories(portal_assets PRIVATE ${CMAKE_SOURCE_DIR})
else()
    add_library(portal_assets INTERFACE)
endif()
