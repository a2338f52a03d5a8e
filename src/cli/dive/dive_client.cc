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

// Who is asked.
struct Respondent {
  std::string_view name;
  std::string_view silence;  // what is said where nothing comes
  std::string_view socket;   // below the mesh's folder
  std::string_view absence;  // why it may not be there, and what to do
};

constexpr Respondent kDive{
    "Dive", "Dive gave no answer", "/dive/owner.sock",
    "`seine up` was told --no-dive, or is starting it; start the mesh without --no-dive, or see "
    "what the terminal of `seine up` says"};
constexpr Respondent kMeshPages{
    "the controller's dashboard", "the controller's dashboard gave no answer",
    "/registry/pages.sock",
    "its controller is starting, or is of another version; see what the terminal of `seine up` "
    "says, and seine version"};

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
                                    const DiveRequest& request, Duration patience,
                                    std::string_view silence) {
  runtime::EventLoop loop(clock);
  std::optional<Result<RawAnswer>> out;
  runtime::TaskScope scope(loop, [](Error) {});
  auto bounded = runtime::with_deadline(loop, patience, ErrorCode::kTimeout, silence,
                                        exchange(loop, std::move(socket), request));
  scope.spawn(store(loop, std::move(bounded), out));
  loop.run();
  scope.cancel();
  return *std::move(out);
}

DiveFailure ours(Error error) {
  return {.error = std::move(error), .hint = {}, .is_dives = false, .is_absent = false};
}

DiveFailure absent(const MeshFolder& folder, const Respondent& who) {
  DiveFailure failure =
      ours(make_error(ErrorCode::kUnavailable, fmt::format("{} does not run in the mesh in {}: {}",
                                                           who.name, folder.path, who.absence)));
  failure.is_absent = true;
  return failure;
}

// Why nothing came from the socket of that mesh.
DiveFailure explain(const MeshFolder& folder, const Respondent& who, Error error) {
  if (error.cause == Error::Cause::kErrno) {
    switch (error.cause_code) {
      case ENOENT:
      case ENOTDIR:
      case ECONNREFUSED: return mesh_runs(folder) ? absent(folder, who) : ours(no_mesh(folder));
      case EACCES:
      case EPERM:
        return ours(make_error(ErrorCode::kUnauthorized,
                               fmt::format("{} in {} belongs to another user; run this as who runs "
                                           "`seine up`",
                                           who.name, folder.path)));
      default: break;
    }
  }
  if (error.code == ErrorCode::kLimit) {
    return ours(make_error(ErrorCode::kLimit,
                           fmt::format("the answer of {} is longer than {} MiB; ask for less, as "
                                       "with a shorter --last",
                                       who.name, kMaxDiveAnswer >> 20)));
  }
  if (error.code == ErrorCode::kTimeout) return ours(std::move(error));
  return ours(std::move(error).with_context(fmt::format("asking {}", who.name)));
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

DiveAnswer refused(const RawAnswer& raw, const Respondent& who) {
  const auto document = json::parse(raw.body);
  const std::string sentence = document ? string_member(*document, "error") : "";
  if (sentence.empty()) {
    return std::unexpected(
        ours(make_error(ErrorCode::kProtocol,
                        fmt::format("{} answered {} without a reason", who.name, raw.status))));
  }
  return std::unexpected(DiveFailure{.error = make_error(code_of(raw.status), sentence),
                                     .hint = string_member(*document, "hint"),
                                     .is_dives = true,
                                     .is_absent = false});
}

DiveAnswer ask_of(const Respondent& who, const Invocation& invocation, const DiveRequest& request,
                  Duration patience) {
  const auto folder = choose_mesh(invocation.dir_flag, invocation.environment);
  if (!folder) return std::unexpected(ours(folder.error()));
  auto raw = exchange_blocking(invocation.clock, folder->path + std::string(who.socket), request,
                               patience, who.silence);
  if (!raw) return std::unexpected(explain(*folder, who, std::move(raw.error())));
  if (raw->status < 200 || raw->status > 299) return refused(*raw, who);
  if (raw->body.empty()) return json::Value();
  auto document = json::parse(raw->body, {.max_bytes = kMaxDiveAnswer});
  if (document) return *std::move(document);
  return std::unexpected(
      ours(make_error(ErrorCode::kProtocol,
                      fmt::format("the answer of {} is no JSON ({}); is it of this version? see "
                                  "seine version",
                                  who.name, document.error().message))));
}

}  // namespace

DiveAnswer ask_dive(const Invocation& invocation, const DiveRequest& request, Duration patience) {
  return ask_of(kDive, invocation, request, patience);
}

DiveAnswer ask_mesh_pages(const Invocation& invocation, const DiveRequest& request,
                          Duration patience) {
  return ask_of(kMeshPages, invocation, request, patience);
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
