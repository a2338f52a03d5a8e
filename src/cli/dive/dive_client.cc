// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/dive_client.h"

#include <errno.h>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "cli/mesh/running_meshes.h"
#include "http/http1_client.h"
#include "json/writer.h"
#include "runtime/combine.h"
#include "runtime/event_loop.h"
#include "runtime/socket.h"
#include "runtime/task_scope.h"

namespace seine::cli {
namespace {

using runtime::Task;

constexpr std::string_view kApi = "/api/v1";

struct RawAnswer {
  std::uint16_t status = 0;
  std::string body;
};

Task<Result<RawAnswer>> exchange(runtime::EventLoop& loop, std::string socket, DiveRequest asked) {
  auto stream = co_await runtime::connect_unix(loop, std::move(socket));
  if (!stream) co_return fail(std::move(stream.error()));
  auto connection = std::make_unique<http::Http1Connection>(loop, *std::move(stream));
  http::Request request;
  request.head.method = asked.method;
  request.head.path = std::string(kApi) + asked.path;
  request.head.headers.add("host", "localhost");
  request.head.headers.add("accept", "application/json");
  if (!asked.body.empty()) {
    request.head.headers.add("content-type", "application/json");
    request.body = http::make_body(std::string_view(asked.body));
  }
  http::ResponseHead head;
  auto exchanged = co_await connection->exchange(request, head);
  if (!exchanged) co_return fail(std::move(exchanged.error()));
  auto body = co_await http::collect(loop, http::Http1Connection::body_of(std::move(connection)),
                                     kMaxDiveAnswer);
  if (!body) co_return fail(std::move(body.error()));
  co_return RawAnswer{head.status, std::move(body->bytes)};
}

Task<void> store(runtime::EventLoop& loop, Task<Result<RawAnswer>> task,
                 std::optional<Result<RawAnswer>>& out) {
  out.emplace(co_await std::move(task));
  loop.stop();
}

Result<RawAnswer> exchange_blocking(const Clock& clock, std::string socket,
                                    const DiveRequest& request, Duration patience) {
  runtime::EventLoop loop(clock);
  std::optional<Result<RawAnswer>> out;
  runtime::TaskScope scope(loop, [](Error) {});
  auto bounded = runtime::with_deadline(loop, patience, ErrorCode::kTimeout, "Dive gave no answer",
                                        exchange(loop, std::move(socket), request));
  scope.spawn(store(loop, std::move(bounded), out));
  loop.run();
  scope.cancel();
  return *std::move(out);
}

DiveFailure ours(Error error) {
  return {.error = std::move(error), .hint = {}, .is_dives = false};
}

// Why nothing came from the socket of that mesh.
Error explain(const MeshFolder& folder, Error error) {
  if (error.cause == Error::Cause::kErrno) {
    switch (error.cause_code) {
      case ENOENT:
      case ENOTDIR:
      case ECONNREFUSED:
        if (!mesh_runs(folder)) return no_mesh(folder);
        return make_error(ErrorCode::kUnavailable,
                          "Dive does not run in the mesh in " + folder.path +
                              ": `seine up` was told --no-dive, or is starting it; start the mesh "
                              "without --no-dive, or see what the terminal of `seine up` says");
      case EACCES:
      case EPERM:
        return make_error(ErrorCode::kUnauthorized, "the Dive in " + folder.path +
                                                        " belongs to another user; run this as "
                                                        "who runs `seine up`");
      default: break;
    }
  }
  if (error.code == ErrorCode::kLimit) {
    return make_error(ErrorCode::kLimit,
                      fmt::format("Dive's answer is longer than {} MiB; ask for less, as with a "
                                  "shorter --last",
                                  kMaxDiveAnswer >> 20));
  }
  return error.code == ErrorCode::kTimeout ? std::move(error)
                                           : std::move(error).with_context("asking Dive");
}

ErrorCode code_of(std::uint16_t status) {
  switch (status) {
    case 400:
    case 413:
    case 422: return ErrorCode::kInvalidConfig;
    case 401:
    case 403: return ErrorCode::kUnauthorized;
    case 404: return ErrorCode::kNotFound;
    case 429: return ErrorCode::kRateLimited;
    case 503: return ErrorCode::kUnavailable;
    case 504: return ErrorCode::kTimeout;
    default: return ErrorCode::kInternal;
  }
}

std::string string_member(const json::Value& document, std::string_view key) {
  const json::Value* member = document.find(key);
  const std::string* text = member == nullptr ? nullptr : member->string();
  return text == nullptr ? std::string() : *text;
}

DiveAnswer refused(const RawAnswer& raw) {
  const auto document = json::parse(raw.body);
  const std::string sentence = document ? string_member(*document, "error") : "";
  if (sentence.empty()) {
    return std::unexpected(ours(make_error(
        ErrorCode::kProtocol, fmt::format("Dive answered {} without a reason", raw.status))));
  }
  return std::unexpected(DiveFailure{.error = make_error(code_of(raw.status), sentence),
                                     .hint = string_member(*document, "hint"),
                                     .is_dives = true});
}

}  // namespace

DiveAnswer ask_dive(const Invocation& invocation, const DiveRequest& request, Duration patience) {
  const auto folder = choose_mesh(invocation.dir_flag, invocation.environment);
  if (!folder) return std::unexpected(ours(folder.error()));
  auto raw = exchange_blocking(invocation.clock, dive_folder(folder->path) + "/owner.sock", request,
                               patience);
  if (!raw) return std::unexpected(ours(explain(*folder, std::move(raw.error()))));
  if (raw->status < 200 || raw->status > 299) return refused(*raw);
  if (raw->body.empty()) return json::Value();
  auto document = json::parse(raw->body, {.max_bytes = kMaxDiveAnswer});
  if (document) return *std::move(document);
  return std::unexpected(ours(
      make_error(ErrorCode::kProtocol, "Dive's answer is no JSON (" + document.error().message +
                                           "); is it of this version? see seine version")));
}

int complain(const DiveFailure& failure) {
  if (!failure.is_dives) return complain(failure.error);
  say("error: " + failure.error.message);
  if (!failure.hint.empty()) say("hint: " + failure.hint);
  return failure.error.code == ErrorCode::kInvalidConfig ? kExitUsage : kExitFailure;
}

int print_document(const json::Value& document) {
  json::Writer out;
  out.value(document);
  return print(printable_json(std::move(out).take()) + "\n") ? kExitOk : kExitFailure;
}

std::string dive_folder(std::string_view mesh_folder) {
  return std::string(mesh_folder) + "/dive";
}

std::string url_encoded(std::string_view text) {
  static constexpr std::string_view kPlain = "-._~";
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || kPlain.contains(c);
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace seine::cli
