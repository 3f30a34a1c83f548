# room(name [USES room...] [LINKS target...]): one folder at the top, one static library.
# command/main.cc is the program's own file and belongs to no library.
function(room name)
    cmake_parse_arguments(ROOM "" "" "USES;LINKS" ${ARGN})
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.cc)
    list(REMOVE_ITEM files ${CMAKE_SOURCE_DIR}/command/main.cc)
    if(NOT files)
        add_library(room_${name} INTERFACE)
        set(reach INTERFACE)
    else()
        add_library(room_${name} STATIC ${files})
        set(reach PUBLIC)
        # Many files in one for the compiler, where a preset asks for it: a third of the time.
        set_target_properties(room_${name} PROPERTIES UNITY_BUILD_BATCH_SIZE 6)
    endif()
    target_include_directories(room_${name} ${reach} ${CMAKE_SOURCE_DIR})
    list(TRANSFORM ROOM_USES PREPEND room_)
    target_link_libraries(room_${name} ${reach} ${ROOM_USES} ${ROOM_LINKS})
endfunction()
