// SPDX-License-Identifier: Apache-2.0
#include "dive/api/event_draft.h"

#include <utility>

#include "dive/events/event_limits.h"
#include "json/fields.h"

namespace seine::dive {
namespace {

// Of 2261: a WallTime ends in 2262.
constexpr std::int64_t kLastMillisecond = 9'214'646'399'999;
constexpr std::string_view kServiceKind = "service";

// A service, as pages name it.
EventTarget take_service(json::Fields& fields) {
  return {.cluster = fields.text("cluster"),
          .ns = fields.text("namespace"),
          .kind = std::string(kServiceKind),
          .name = fields.text("name")};
}

void take_targets(json::Fields& fields, const std::string& cluster, EventDraft& draft) {
  const std::string ns = fields.text_or("namespace", "default");
  const json::Array& about = fields.array_or_empty("about");
  if (about.size() > kMaxEventTargets) {
    fields.add_sentence("about", "an event is about at most 100 things; tell two");
    return;
  }
  for (std::size_t i = 0; i < about.size(); ++i) {
    if (const std::string* const text = about[i].string()) {
      auto target = parse_target(*text, cluster, ns);
      if (!target) return fields.add_sentence("about", target.error().message);
      draft.targets.push_back(*std::move(target));
    } else {
      json::Fields inner(about[i], fields.path_of("about", i));
      draft.targets.push_back(take_service(inner));
      if (auto done = inner.finish(); !done) return fields.add_error(std::move(done.error()));
    }
  }
}

}  // namespace

Result<ToldEvent> parse_event(std::string_view text, const std::string& cluster) {
  const auto value = json::parse(text);
  if (!value) return fail(Error(value.error()).with_context("the body"));
  json::Fields fields(*value, "");
  ToldEvent told;
  told.draft.title = fields.text("title");
  told.draft.description = fields.text_or("description", "");
  told.may_be_unknown = fields.boolean_or("allow_unknown", false);
  take_targets(fields, fields.text_or("cluster", cluster), told.draft);
  // Pages say null for "now".
  const json::Value* const starts = fields.find("starts_ms");
  if (starts != nullptr && !starts->is_null()) {
    const std::int64_t* const at = starts->integer();
    if (at == nullptr || *at < 0 || *at > kLastMillisecond) {
      fields.add_error("starts_ms", "is to be milliseconds since 1970, up to 2261");
    } else {
      told.starts = WallTime(std::chrono::milliseconds(*at));
    }
  }
  if (auto done = fields.finish(); !done) return fail(std::move(done.error()));
  return told;
}

Result<std::string> parse_comment(std::string_view text) {
  const auto value = json::parse(text);
  if (!value) return fail(Error(value.error()).with_context("the body"));
  json::Fields fields(*value, "");
  std::string out = fields.text("text");
  if (auto done = fields.finish(); !done) return fail(std::move(done.error()));
  return out;
}

}  // namespace seine::dive
