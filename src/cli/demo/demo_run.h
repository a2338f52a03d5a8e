// SPDX-License-Identifier: Apache-2.0
// The life of a demo: the mesh, the shop in it, its customers, the end in order, and what was
// counted.
#pragma once

#include <string>

#include "cli/demo/shop.h"
#include "cli/verb.h"

namespace seine::cli {

struct DemoOptions {
  std::string self;  // this program
  std::string dir;   // the mesh's state folder
  std::string work;  // logs and tallies
  std::string json;  // where the report is written; empty: nowhere
  bool no_dive = false;
  ShopOptions shop;
};

// The exit code.
int run_demo(const Invocation& invocation, const DemoOptions& options);

}  // namespace seine::cli
