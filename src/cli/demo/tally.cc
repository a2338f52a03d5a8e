// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/tally.h"

#include <limits>
#include <utility>

#include "json/fields.h"

namespace seine::cli {
namespace {

constexpr std::size_t kMaxServices = 100;

// A tally has more members than are asked for here, so nothing is refused for being there.
SentTo read_row(const json::Value& row, const std::string& path, json::Fields& whole) {
  json::Fields fields(row, path);
  const auto count = [&fields](std::string_view key) {
    return static_cast<std::uint64_t>(
        fields.integer(key, 0, std::numeric_limits<std::int64_t>::max()));
  };
  SentTo out{.sent = count("sent"),
             .succeeded = count("succeeded"),
             .failed = count("failed"),
             .injected = count("injected"),
             .cancelled = count("cancelled"),
             .not_answered = count("not_answered"),
             .in_flight = count("in_flight"),
             .not_connected = count("not_connected")};
  if (fields.failed()) {
    whole.add_error(fields.finish().error());
    return out;
  }
  const std::uint64_t classes =
      out.succeeded + out.failed + out.cancelled + out.not_answered + out.in_flight;
  if (classes != out.sent || out.injected > out.failed) {
    whole.add_error("sent", "the classes of " + path + " do not add up to what was sent");
  }
  return out;
}

std::map<std::string, SentTo> read_services(json::Fields& fields, std::string_view key,
                                            const json::Value& services) {
  std::map<std::string, SentTo> out;
  if (services.object() == nullptr) {
    fields.add_error(key, "must be an object");
  } else if (services.object()->size() > kMaxServices) {
    fields.add_error(key, "has too many services");
  } else {
    for (const json::Member& member : *services.object()) {
      out[member.key] = read_row(member.value, fields.path_of(key) + "." + member.key, fields);
    }
  }
  return out;
}

}  // namespace

SentTo& SentTo::operator+=(const SentTo& other) {
  sent += other.sent;
  succeeded += other.succeeded;
  failed += other.failed;
  injected += other.injected;
  cancelled += other.cancelled;
  not_answered += other.not_answered;
  in_flight += other.in_flight;
  not_connected += other.not_connected;
  return *this;
}

Result<Tally> parse_tally(const std::string& text) {
  const auto value = json::parse(text);
  if (!value) return fail(Error(value.error()).with_context("the tally"));
  json::Fields fields(*value, "the tally");
  Tally tally;
  tally.application = fields.text("application");
  tally.is_final = fields.boolean_or("final", false);
  const json::Value* sent = fields.find("sent");
  if (sent == nullptr) {
    fields.add_error("sent", "must be an object");
  } else {
    tally.sent = read_services(fields, "sent", *sent);
  }
  // Programs that open no such connection need not say so.
  if (const json::Value* connected = fields.find("connected")) {
    tally.connected = read_services(fields, "connected", *connected);
  }
  if (fields.failed()) return fail(fields.finish().error());
  return tally;
}

}  // namespace seine::cli
