// SPDX-License-Identifier: Apache-2.0
// How both forms of file write whose requests an objective is of.
#pragma once

#include <string_view>

#include "dive/slo/objective.h"
#include "dive/slo/yaml_fields.h"

namespace seine::dive {

// "service" or "workload".
std::string_view subject_key(Subject::Kind kind);
// Of the members service or workload, namespace, route and environment. `fallback` is the service
// where neither is there; empty: one of them has to be.
Subject take_subject(YamlFields& fields, std::string_view fallback = {});

}  // namespace seine::dive
