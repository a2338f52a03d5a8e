// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "base/check.h"
#include "proxy/config.h"

// Input: lines NAME=VALUE. Whatever they say, the answer is a configuration or clear sentences.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  seine::proxy::Environment environment;
  while (!rest.empty()) {
    const auto newline = rest.find('\n');
    const std::string_view line = rest.substr(0, newline);
    rest = newline == std::string_view::npos ? std::string_view() : rest.substr(newline + 1);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    environment["LINKERD2_PROXY_" + std::string(line.substr(0, equals))] = line.substr(equals + 1);
  }
  const auto config = seine::proxy::read_config(environment);
  if (!config) {
    for (const std::string& sentence : config.error().sentences) {
      SEINE_CHECK(sentence.starts_with("LINKERD2_PROXY_") || sentence.starts_with("SEINE_"),
                  "a problem that does not name its variable");
      SEINE_CHECK(sentence.find('\n') == std::string::npos, "a problem of more than one line");
    }
  }
  return 0;
}
