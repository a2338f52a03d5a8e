// SPDX-License-Identifier: Apache-2.0
// seine dive ...
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/verb.h"

namespace seine::cli {

std::unique_ptr<Verb> make_dive_backup();
std::unique_ptr<Verb> make_dive_join_token();
std::unique_ptr<Verb> make_dive_restore();
std::unique_ptr<Verb> make_dive_status();

}  // namespace seine::cli
