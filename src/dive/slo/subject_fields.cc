// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/subject_fields.h"

namespace seine::dive {

std::string_view subject_key(Subject::Kind kind) {
  return kind == Subject::Kind::kService ? "service" : "workload";
}

Subject take_subject(YamlFields& fields, std::string_view fallback) {
  Subject subject;
  const bool has_service = fields.has("service");
  const bool has_workload = fields.has("workload");
  if (has_service && has_workload) {
    fields.add_error("workload", "an objective is of a service or of a workload; remove one");
  } else if (has_workload) {
    subject.kind = Subject::Kind::kWorkload;
    subject.name = fields.text("workload");
  } else if (has_service || fallback.empty()) {
    subject.name = fields.text("service");
  } else {
    subject.name = fallback;
  }
  if (fields.has("namespace")) subject.ns = fields.text("namespace");
  subject.route = fields.text_or_empty("route");
  subject.environment = fields.text_or_empty("environment");
  return subject;
}

}  // namespace seine::dive
