# SPDX-License-Identifier: GPL-3.0-or-later

# What every target of ours is compiled with. Kept on our own targets, never on the directory.
add_library(scratchproof_options INTERFACE)
target_compile_features(scratchproof_options INTERFACE cxx_std_20)
target_include_directories(scratchproof_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_definitions(scratchproof_options INTERFACE
    _GNU_SOURCE _FILE_OFFSET_BITS=64 "SCRATCHPROOF_VERSION=\"${PROJECT_VERSION}\"")
target_compile_options(scratchproof_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
    -Woverloaded-virtual -fno-strict-aliasing)
if(SCRATCHPROOF_WERROR)
    target_compile_options(scratchproof_options INTERFACE -Werror)
endif()
if(SCRATCHPROOF_SANITIZE)
    target_compile_options(scratchproof_options INTERFACE
        -fsanitize=${SCRATCHPROOF_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(scratchproof_options INTERFACE -fsanitize=${SCRATCHPROOF_SANITIZE})
endif()

# scratchproof_room(NAME SOURCES ... LINK ... PRIVATE ...)
# One room of core: a static library `scratchproof_NAME`. LINK takes rooms of lower floors and what the
# headers of the room show; PRIVATE takes what only its sources use.
function(scratchproof_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
    add_library(scratchproof_${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(scratchproof_${name} PUBLIC ${ROOM_LINK} PRIVATE scratchproof_options ${ROOM_PRIVATE})
    target_include_directories(scratchproof_${name} PUBLIC "${PROJECT_SOURCE_DIR}")
    set_target_properties(scratchproof_${name} PROPERTIES AUTOMOC OFF)
endfunction()
