// SPDX-License-Identifier: Apache-2.0
// Routes as people name them. Rows have "group/kind/name" (telemetry.proto); a request that no
// route was declared for has one of the names that each side's default goes by. Pure.
#pragma once

#include <string>
#include <string_view>

namespace seine::dive {

// What no declared route is for: "core/Service/payments" to callers, or "core/Pod/payments-1" where
// they know a pod's address; "/default/default" to servers. A probe is none of these.
bool is_default_route(std::string_view route);

// The same on both sides: "default" of a default, any other as it is.
std::string_view canonical_route(std::string_view route);

// "purchase" of "gateway.networking.k8s.io/HTTPRoute/purchase"; "default" of a default.
std::string_view short_route(std::string_view route);

// Whether somebody who wrote `wanted` means this route: by its whole name, by its short one, or any
// default by any other.
bool names_route(std::string_view wanted, std::string_view route);

}  // namespace seine::dive
