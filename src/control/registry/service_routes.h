// SPDX-License-Identifier: Apache-2.0
// The routes of a service: what its pods declare together. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/registry/registry_state.h"
#include "json/fields.h"
#include "model/declared_route.h"

namespace seine::control {

// Routes as files and messages tell them, in texts. Error kInvalidArgument, a whole sentence.
Result<model::DeclaredRoute> read_route(std::string_view text);
// The member "routes", which may be absent.
std::vector<model::DeclaredRoute> read_routes(json::Fields& fields, std::size_t limit);

// The most precise first. Where two declare one name, or name the same requests, the newer pod's
// word counts, and of pods of one second that of the last by name: whoever reads the same leases
// finds the same. At most kMaxServiceRoutes, of the newest pods.
std::vector<model::DeclaredRoute> merge_routes(std::vector<const Lease*> leases);

}  // namespace seine::control
