// SPDX-License-Identifier: Apache-2.0
#include "web/target.h"

#include <algorithm>

#include "base/percent.h"
#include "web/text.h"

namespace seine::web {
namespace {

std::unexpected<Error> refused(std::string sentence) {
  return fail(ErrorCode::kInvalidArgument, std::move(sentence));
}

Result<std::string> read_segment(std::string_view text) {
  auto decoded = percent_decoded(text);
  if (!decoded || !is_plain_text(*decoded)) {
    return refused("a segment of the path is no UTF-8, or its percent signs are broken");
  }
  if (decoded->empty() || *decoded == "." || *decoded == ".." ||
      decoded->find_first_of("/\\") != std::string::npos) {
    return refused("a segment of the path is empty, a dot or two, or holds a slash");
  }
  return *std::move(decoded);
}

// Forms write a blank as '+'.
Result<std::string> read_component(std::string_view text) {
  std::string blanks(text);
  std::ranges::replace(blanks, '+', ' ');
  auto decoded = percent_decoded(blanks);
  if (!decoded || !is_plain_text(*decoded)) {
    return refused("a parameter is no UTF-8, or its percent signs are broken");
  }
  return *std::move(decoded);
}

Result<void> read_path(std::string_view path, Target& target) {
  if (path.empty() || path.front() != '/') return refused("the path does not begin with a slash");
  path.remove_prefix(1);
  while (!path.empty()) {
    if (target.segments.size() == kMaxSegments) {
      return fail(ErrorCode::kLimit, "the path has too many segments");
    }
    const auto slash = path.find('/');
    auto segment = read_segment(path.substr(0, slash));
    if (!segment) return fail(std::move(segment.error()));
    target.segments.push_back(*std::move(segment));
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
  }
  target.ends_in_slash = true;
  return {};
}

}  // namespace

std::optional<std::string_view> Query::get(std::string_view name) const {
  const auto found =
      std::ranges::find(parameters_, name, &std::pair<std::string, std::string>::first);
  if (found == parameters_.end()) return std::nullopt;
  return found->second;
}

Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (one.empty()) continue;
    if (query.size() == kMaxParameters) {
      return fail(ErrorCode::kLimit, "the query has too many parameters");
    }
    const auto equals = one.find('=');
    auto name = read_component(one.substr(0, equals));
    if (!name) return fail(std::move(name.error()));
    auto value = read_component(equals == std::string_view::npos ? std::string_view()
                                                                 : one.substr(equals + 1));
    if (!value) return fail(std::move(value.error()));
    if (query.get(*name)) return refused("the parameter " + *name + " is given twice");
    query.parameters_.emplace_back(*std::move(name), *std::move(value));
  }
  return query;
}

std::string Target::path() const {
  std::string out;
  for (const std::string& segment : segments) out += "/" + segment;
  return out.empty() ? "/" : out;
}

Result<Target> parse_target(std::string_view text) {
  if (text.size() > kMaxTarget) return fail(ErrorCode::kLimit, "the address is too long");
  const auto mark = text.find('?');
  Target target;
  if (auto read = read_path(text.substr(0, mark), target); !read) return fail(read.error());
  if (mark == std::string_view::npos) return target;
  auto query = Query::parse(text.substr(mark + 1));
  if (!query) return fail(std::move(query.error()));
  target.query = *std::move(query);
  return target;
}

}  // namespace seine::web
