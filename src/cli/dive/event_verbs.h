// SPDX-License-Identifier: Apache-2.0
// seine event ...
#pragma once

#include <memory>

#include "cli/verb.h"

namespace seine::cli {

std::unique_ptr<Verb> make_event_add();
std::unique_ptr<Verb> make_event_list();
std::unique_ptr<Verb> make_event_show();
// What changes one.
std::unique_ptr<Verb> make_event_start();
std::unique_ptr<Verb> make_event_conclude();
std::unique_ptr<Verb> make_event_comment();

}  // namespace seine::cli
