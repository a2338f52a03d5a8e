// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/objective_file.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "fmt/format.h"

#include "dive/slo/openslo.h"
#include "dive/slo/subject_fields.h"
#include "dive/slo/yaml_fields.h"

namespace seine::dive {
namespace {

constexpr std::string_view kTooMany = "the file has more than {} objectives; split it";

std::optional<Window> take_window(YamlFields& fields) {
  const std::string text = fields.text("window");
  if (fields.failed()) return std::nullopt;
  const std::string zone = fields.text_or_empty("time-zone");
  auto window = fields.take("window", parse_window(text));
  if (!window || zone.empty()) return window;
  if (text != "month") {
    fields.add_error("time-zone",
                     "only a calendar month has a time zone; write window: month, or remove it");
    return std::nullopt;
  }
  return fields.take("time-zone", calendar_month(zone));
}

struct Promise {
  std::optional<Duration> latency;
  Goal goal;
};

std::optional<Promise> take_promise(YamlFields& fields) {
  if (fields.has("success") == fields.has("latency")) {
    fields.add_error("success",
                     "an objective is either of success or of latency; write success: 99%, or "
                     "latency: 50ms and quantile-share: 99%");
    return std::nullopt;
  }
  if (fields.has("success")) {
    if (fields.has("quantile-share")) {
      fields.add_error("quantile-share", "only latency has a quantile-share; remove it");
    }
    const auto goal = fields.take("success", Goal::parse(fields.text("success")));
    return goal ? std::optional(Promise{std::nullopt, *goal}) : std::nullopt;
  }
  const auto latency = fields.take("latency", parse_duration(fields.text("latency")));
  const auto goal = fields.take("quantile-share", Goal::parse(fields.text("quantile-share")));
  return latency && goal ? std::optional(Promise{*latency, *goal}) : std::nullopt;
}

Result<Objective> read_objective(const YamlNode& node, std::string_view file) {
  YamlFields fields(node, file, "an objective");
  Subject subject = take_subject(fields);
  const std::optional<Promise> promise = take_promise(fields);
  std::optional<Window> window = take_window(fields);
  std::string name = fields.text_or_empty("name");
  std::string description = fields.text_or_empty("description");
  if (auto done = fields.finish(); !done) return fail(std::move(done.error()));
  Objective objective{.name = std::move(name),
                      .description = std::move(description),
                      .subject = std::move(subject),
                      .latency = promise->latency,
                      .goal = promise->goal,
                      .window = std::move(*window)};
  // A name made of what cannot be would be complained of in its place.
  const bool is_nameless = objective.name.empty();
  if (is_nameless) objective.name = "objective";
  if (auto checked = check_new_objective(objective); !checked) {
    return fail_at(file, node.line, checked.error().message);
  }
  if (is_nameless) objective.name = default_name(objective);
  return objective;
}

// Collects what the documents hold and refuses a name that two have.
class Collector {
 public:
  explicit Collector(std::string_view file) : file_(file) {}

  Result<void> add(Objective objective, std::size_t line) {
    if (out_.objectives.size() == kMaxObjectivesInFile) {
      return fail_at(file_, line, fmt::format(kTooMany, kMaxObjectivesInFile));
    }
    const auto [at, is_new] = lines_.try_emplace(objective.name, line);
    if (!is_new) {
      return fail_at(file_, line,
                     fmt::format("the objective of line {} is called '{}', too; give one of both "
                                 "another name",
                                 at->second, objective.name));
    }
    out_.objectives.push_back(std::move(objective));
    return {};
  }

  Result<void> add_own(const YamlNode& document) {
    YamlFields fields(document, file_, "a file of objectives");
    const YamlNode* list = fields.list("objectives");
    if (auto done = fields.finish(); !done) return done;
    for (const YamlNode& item : list->items) {
      auto objective = read_objective(item, file_);
      if (!objective) return fail(std::move(objective.error()));
      if (auto added = add(std::move(*objective), item.line); !added) return added;
    }
    return {};
  }

  Result<void> add_openslo(const std::vector<YamlNode>& documents) {
    auto read = read_openslo(documents, file_);
    if (!read) return fail(std::move(read.error()));
    for (LocatedObjective& each : read->objectives) {
      if (auto added = add(std::move(each.objective), each.line); !added) return added;
    }
    out_.notes = std::move(read->notes);
    return {};
  }

  ObjectiveFile take() { return std::move(out_); }

 private:
  const std::string_view file_;
  ObjectiveFile out_;
  std::map<std::string, std::size_t> lines_;
};

constexpr std::string_view kListKey = "objectives:\n";

// A document is read at once, and that has its limits.
class DocumentSize {
 public:
  explicit DocumentSize(const std::string& out) : out_(out) {}
  // Whether another one should begin, which it then does.
  bool is_much() {
    marks_ += count_yaml_marks(std::string_view(out_).substr(counted_));
    counted_ = out_.size();
    if (counted_ - begun_ < kMaxYamlBytes / 2 && marks_ < kMaxYamlMarks / 2) return false;
    begun_ = counted_;
    marks_ = 0;
    return true;
  }

 private:
  const std::string& out_;
  std::size_t begun_ = 0;
  std::size_t counted_ = 0;
  std::size_t marks_ = 0;
};

void write_subject_lines(std::string& out, const Subject& subject) {
  out += fmt::format("  - {}: {}\n    namespace: {}\n", subject_key(subject.kind),
                     yaml_scalar(subject.name), yaml_scalar(subject.ns));
  if (!subject.route.empty()) out += fmt::format("    route: {}\n", yaml_scalar(subject.route));
  if (!subject.environment.empty()) {
    out += fmt::format("    environment: {}\n", yaml_scalar(subject.environment));
  }
}

}  // namespace

ObjectiveFileReader::ObjectiveFileReader(std::string_view text, std::string_view file)
    : file_(file),
      bytes_(text.size()),
      pieces_(bytes_ <= kMaxObjectiveFileBytes ? split_yaml(text) : std::vector<YamlPiece>()) {}

Result<bool> ObjectiveFileReader::read_on() {
  if (bytes_ > kMaxObjectiveFileBytes) {
    return fail_at(file_, 1,
                   fmt::format("the file has {} bytes and may have {}; split it", bytes_,
                               kMaxObjectiveFileBytes));
  }
  if (next_ == pieces_.size()) return false;
  auto read = parse_yaml(pieces_[next_++], file_);
  if (!read) return fail(std::move(read.error()));
  std::ranges::move(*read, std::back_inserter(documents_));
  return true;
}

Result<ObjectiveFile> ObjectiveFileReader::finish() {
  if (documents_.empty()) {
    return fail_at(file_, 1, "the file is empty; begin it with objectives:");
  }
  Collector collector(file_);
  std::vector<YamlNode> openslo;
  for (YamlNode& document : documents_) {
    if (is_openslo(document)) {
      openslo.push_back(std::move(document));
    } else if (auto added = collector.add_own(document); !added) {
      return fail(std::move(added.error()));
    }
  }
  if (auto added = collector.add_openslo(openslo); !added) return fail(std::move(added.error()));
  return collector.take();
}

Result<ObjectiveFile> parse_objectives(std::string_view text, std::string_view file) {
  ObjectiveFileReader reader(text, file);
  for (;;) {
    const auto more = reader.read_on();
    if (!more) return fail(more.error());
    if (!*more) return reader.finish();
  }
}

std::string write_objectives(std::span<const Objective> objectives) {
  if (objectives.empty()) return "objectives: []\n";
  std::string out(kListKey);
  DocumentSize size(out);
  for (const Objective& objective : objectives) {
    if (size.is_much()) out += fmt::format("---\n{}", kListKey);
    write_subject_lines(out, objective.subject);
    const std::string goal = objective.goal.to_string();
    if (objective.latency) {
      out += fmt::format("    latency: {}\n    quantile-share: {}\n",
                         format_duration(*objective.latency), goal);
    } else {
      out += fmt::format("    success: {}\n", goal);
    }
    const auto* month = std::get_if<CalendarMonth>(&objective.window);
    out += fmt::format("    window: {}\n",
                       month != nullptr ? "month" : format_window(objective.window));
    if (month != nullptr) out += fmt::format("    time-zone: {}\n", yaml_scalar(month->zone));
    out += fmt::format("    name: {}\n", yaml_scalar(objective.name));
    if (!objective.description.empty()) {
      out += fmt::format("    description: {}\n", yaml_scalar(objective.description));
    }
  }
  return out;
}

}  // namespace seine::dive
