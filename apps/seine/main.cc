// SPDX-License-Identifier: Apache-2.0
#include "cli/app.h"

extern char** environ;

int main(int argc, char** argv) {
  return seine::cli::run_cli(argc, argv, environ, SEINE_VERSION);
}
