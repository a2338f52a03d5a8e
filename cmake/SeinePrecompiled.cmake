# SPDX-License-Identifier: Apache-2.0
# The headers of others that nearly every file includes, parsed once: the standard library, and
# GoogleTest for tests. That is half of what a file costs to compile. Never a header of ours, so
# that a change costs only those who include it; and not in every preset (release, tsan), so that
# each file is shown to include what it uses.
option(SEINE_PCH "Parse the headers of the standard library and of GoogleTest once" OFF)

set(SEINE_PCH_STANDARD
    <algorithm> <array> <atomic> <chrono> <concepts> <coroutine> <cstddef> <cstdint> <cstring>
    <deque> <expected> <functional> <map> <memory> <optional> <set> <span> <string>
    <string_view> <tuple> <unordered_map> <utility> <variant> <vector>)
set(SEINE_PCH_TEST ${SEINE_PCH_STANDARD} <gmock/gmock.h> <gtest/gtest.h>)

# The target seine_pch_<name>, whose precompiled headers others use once seine_pch_<name>_ready is
# made.
function(seine_precompiled name)
  set(target seine_pch_${name})
  add_library(${target} STATIC ${CMAKE_SOURCE_DIR}/cmake/precompiled/standard.cc)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  target_compile_options(${target} PRIVATE -pthread)
  # What ccache takes for the file, which holds paths of the checkout: what the headers say.
  set(base ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx)
  add_custom_command(
    OUTPUT ${base}.pch.sum
    COMMAND ${CMAKE_CXX_COMPILER} -std=c++23 -E -P -w ${base} -o ${base}.text
    COMMAND ${CMAKE_COMMAND} -E sha256sum ${base}.text > ${base}.sum
    COMMAND cut -c1-64 ${base}.sum > ${base}.pch.sum
    DEPENDS ${target}
    VERBATIM)
  # What a file waits for before it is compiled: for a library it would not wait.
  add_custom_target(${target}_ready DEPENDS ${base}.pch.sum)
endfunction()

if(SEINE_PCH)
  seine_precompiled(standard ${SEINE_PCH_STANDARD})
  if(BUILD_TESTING)
    seine_precompiled(test ${SEINE_PCH_TEST})
    target_link_libraries(seine_pch_test PRIVATE GTest::gtest)
  endif()
endif()

# Has `target` use those of seine_pch_<name>. By clang's own flag, not by REUSE_FROM: that names the
# file in a way that ccache cannot make relative, so that no two checkouts would share an object.
function(seine_use_precompiled target name)
  if(SEINE_PCH)
    add_dependencies(${target} seine_pch_${name}_ready)
    # A file and what was precompiled for it agree about threads; some libraries ask for the flag.
    target_compile_options(${target} PRIVATE -pthread
      "SHELL:-include-pch ${CMAKE_BINARY_DIR}/CMakeFiles/seine_pch_${name}.dir/cmake_pch.hxx.pch")
  endif()
endfunction()
