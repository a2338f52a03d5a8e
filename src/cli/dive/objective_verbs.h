// SPDX-License-Identifier: Apache-2.0
// seine objective ...
#pragma once

#include <memory>

#include "cli/verb.h"

namespace seine::cli {

std::unique_ptr<Verb> make_objective_apply();
std::unique_ptr<Verb> make_objective_export();
std::unique_ptr<Verb> make_objective_list();
std::unique_ptr<Verb> make_objective_propose();
std::unique_ptr<Verb> make_objective_remove();
std::unique_ptr<Verb> make_objective_set();
std::unique_ptr<Verb> make_objective_show();

}  // namespace seine::cli
