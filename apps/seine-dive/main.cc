// SPDX-License-Identifier: Apache-2.0
#include "dive/app.h"

int main(int argc, char** argv) {
  return seine::dive::run_dive(argc, argv, SEINE_VERSION);
}
