// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include <string>

#include "proxy/app.h"

extern char** environ;

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "--version") == 0) {
    printf("%s\n", SEINE_VERSION);
    return 0;
  }
  if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
    printf(
        "seine-proxy: the data plane of the Seine service mesh.\n\n"
        "Takes no arguments: it is configured by LINKERD2_PROXY_* and SEINE_PROXY_*\n"
        "environment variables (see docs/guide/proxy.md). Exits with 64 and one sentence\n"
        "per problem if they cannot be run.\n\n"
        "  --help     this text\n"
        "  --version  the version\n");
    return 0;
  }
  if (argc > 1) {
    fprintf(stderr, "seine-proxy: unexpected argument '%s'; see seine-proxy --help\n", argv[1]);
    return 64;
  }
  seine::proxy::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return seine::proxy::run_proxy(environment, SEINE_VERSION);
}
