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
# g++ 12 sees overflows and gaps in std::string and std::optional that are not there (GCC bugs 105329, 105651, 105562).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(scratchproof_options INTERFACE -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow)
endif()
if(SCRATCHPROOF_WERROR)
    target_compile_options(scratchproof_options INTERFACE -Werror)
endif()
if(SCRATCHPROOF_SANITIZE)
    target_compile_options(scratchproof_options INTERFACE
        -fsanitize=${SCRATCHPROOF_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(scratchproof_options INTERFACE -fsanitize=${SCRATCHPROOF_SANITIZE})
    # What the sanitizers add are two million addresses, which each start of a program would relocate: 0.25 s of 0.45.
    if(SCRATCHPROOF_SANITIZE MATCHES "address")
        target_link_options(scratchproof_options INTERFACE -no-pie)
    endif()
endif()

# The large headers of others, compiled once for core, the console program and the tests: half the time of a build.
# SCRATCHPROOF_PCH=OFF (or CMAKE_DISABLE_PRECOMPILE_HEADERS) does without. Every source still includes what it uses.
option(SCRATCHPROOF_PCH "Compile the large headers of others once" ON)
target_link_libraries(scratchproof_options INTERFACE fmt::fmt) # its definitions must be the same wherever they are reused
if(SCRATCHPROOF_PCH)
    add_library(scratchproof_precompiled OBJECT "${CMAKE_CURRENT_LIST_DIR}/precompiled.cpp")
    target_link_libraries(scratchproof_precompiled PRIVATE scratchproof_options nlohmann_json::nlohmann_json)
    target_precompile_headers(scratchproof_precompiled PRIVATE
        <algorithm> <functional> <map> <memory> <optional> <string> <string_view> <thread> <variant> <vector>
        <fmt/format.h> <nlohmann/json.hpp> <tl/expected.hpp>)
    set_target_properties(scratchproof_precompiled PROPERTIES AUTOMOC OFF)
endif()

# Lets a target use them.
function(scratchproof_precompile target)
    if(SCRATCHPROOF_PCH)
        target_precompile_headers(${target} REUSE_FROM scratchproof_precompiled)
    endif()
endfunction()

# scratchproof_room(NAME SOURCES ... LINK ... PRIVATE ...)
# One room of core: a static library `scratchproof_NAME`. LINK takes rooms of lower floors and what the
# headers of the room show; PRIVATE takes what only its sources use.
function(scratchproof_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
    add_library(scratchproof_${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(scratchproof_${name} PUBLIC ${ROOM_LINK} PRIVATE scratchproof_options ${ROOM_PRIVATE})
    target_include_directories(scratchproof_${name} PUBLIC "${PROJECT_SOURCE_DIR}")
    set_target_properties(scratchproof_${name} PROPERTIES AUTOMOC OFF)
    scratchproof_precompile(scratchproof_${name})
endfunction()
