// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/app.h"

int main(int argc, char** argv) {
  return seine::dive::run_agent(argc, argv, SEINE_VERSION);
}
