// SPDX-License-Identifier: Apache-2.0
#include "control/app.h"

int main(int argc, char** argv) {
  return seine::control::run_controller(argc, argv, SEINE_VERSION);
}
