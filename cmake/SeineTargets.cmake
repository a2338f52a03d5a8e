# SPDX-License-Identifier: Apache-2.0
# seine_library(<folder> SOURCES ... [DEPS ...] [PRIVATE_DEPS ...])
#   The library of one folder under src/, target seine_<folder>. DEPS are the folders
#   (targets) it may include; the linker and tools/tidy refuse the rest.
function(seine_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(seine_${name} STATIC ${ARG_SOURCES})
  seine_use_precompiled(seine_${name} standard)
  target_include_directories(seine_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(seine_${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
endfunction()

# seine_test(<folder> SOURCES ... [DEPS ...])
#   One GoogleTest binary per folder, <folder>_test, one ctest entry of the same name.
#   Built only where BUILD_TESTING is on: not in release, whose time goes to what ships.
function(seine_test name)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name}_test ${ARG_SOURCES})
  seine_use_precompiled(${name}_test test)
  target_link_libraries(${name}_test PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

# seine_fuzz(<name> SOURCES ... [DEPS ...])
#   A libFuzzer binary <name>_fuzz; its corpus is corpus/<name>/ beside the source.
#   Built only where SEINE_FUZZ is on; ctest replays the corpus (label fuzz).
function(seine_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(NOT SEINE_FUZZ)
    return()
  endif()
  add_executable(${name}_fuzz ${ARG_SOURCES})
  seine_use_precompiled(${name}_fuzz standard)
  target_link_libraries(${name}_fuzz PRIVATE ${ARG_DEPS})
  target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  add_test(NAME ${name}_fuzz_corpus
           COMMAND ${name}_fuzz -runs=0 ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  set_tests_properties(${name}_fuzz_corpus PROPERTIES LABELS fuzz TIMEOUT 120)
  set_property(GLOBAL APPEND PROPERTY SEINE_FUZZERS
    "$<TARGET_FILE:${name}_fuzz> ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
endfunction()

# seine_bench(<name> SOURCES ... [DEPS ...])   A Google Benchmark binary <name>_bench.
function(seine_bench name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  find_package(benchmark QUIET)
  if(NOT benchmark_FOUND)
    return()
  endif()
  add_executable(${name}_bench ${ARG_SOURCES})
  target_link_libraries(${name}_bench PRIVATE ${ARG_DEPS} benchmark::benchmark_main)
endfunction()
