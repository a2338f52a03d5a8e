// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/telemetry_service.h"

#include <chrono>
#include <optional>
#include <utility>

#include "control/encode_values.h"
#include "control/registry/registry_messages.h"
#include "control/telemetry/read_window.h"
#include "control/telemetry/telemetry_limits.h"
#include "runtime/combine.h"
#include "runtime/task_scope.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::control {

namespace wire = seine::telemetry::v1;

namespace {

constexpr char kReport[] = "/seine.telemetry.v1.Telemetry/Report";
constexpr std::chrono::seconds kLookEvery{2};
constexpr char kRead[] = "/seine.telemetry.v1.Window/Read";

class TelemetryService : public RpcService {
 public:
  TelemetryService(const CallEnvironment& env, TelemetryWindow& window, bool is_trusted)
      : env_(env), window_(window), is_trusted_(is_trusted) {}
  void serve(grpc::Methods& methods) override {
    methods.unary(kReport, *this, &TelemetryService::report, kMaxReportBytes);
  }

 protected:
  runtime::Task<grpc::Status> report(const grpc::Context& call, const wire::ReportRequest& request,
                                     wire::ReportResponse& response);
  Result<TelemetryWindow::Taken> take(const grpc::Context& call,
                                      const wire::ReportRequest& request);
  Result<void> check_reporter(const grpc::Context& call, const ReporterFacts& reporter) const;

  const CallEnvironment env_;
  TelemetryWindow& window_;
  const bool is_trusted_;
};

Result<void> TelemetryService::check_reporter(const grpc::Context& call,
                                              const ReporterFacts& reporter) const {
  const auto snapshot = env_.source.current();
  const PodRef ref = snapshot->find_pod(reporter.ns, reporter.pod);
  const std::string pod = reporter.ns + "/" + reporter.pod;
  if (ref.pod == nullptr) return fail(ErrorCode::kUnauthorized, "no pod " + pod + " runs here");
  if (ref.workload->name != reporter.workload ||
      ref.workload->service_account != reporter.service_account) {
    return fail(ErrorCode::kUnauthorized, "pod " + pod + " is of workload " + ref.workload->name +
                                              " and runs as " + ref.workload->service_account);
  }
  if (call.peer_identity.empty()) return {};
  const auto peer = model::Identity::parse(call.peer_identity);
  if (!peer) return fail(ErrorCode::kUnauthorized, "the caller's certificate names nobody");
  return authorize_caller(env_.names, *snapshot, {.ns = reporter.ns, .pod = reporter.pod}, *peer);
}

Result<TelemetryWindow::Taken> TelemetryService::take(const grpc::Context& call,
                                                      const wire::ReportRequest& request) {
  if (!is_trusted_) {
    if (auto limited = limit_rate(env_, call); !limited) return fail(std::move(limited.error()));
  }
  auto report = decode_report(request);
  if (!report) return fail(std::move(report.error()));
  if (!is_trusted_) {
    auto checked = check_reporter(call, report->reporter);
    if (!checked) return fail(std::move(checked.error()));
  }
  return window_.take(*std::move(report), request, env_.loop.clock().wall_now());
}

runtime::Task<grpc::Status> TelemetryService::report(const grpc::Context& call,
                                                     const wire::ReportRequest& request,
                                                     wire::ReportResponse& response) {
  CountedCall counted(env_.metrics, "Report");
  const auto taken = take(call, request);
  window_.metrics().count_report(taken ? "ok" : error_name(taken.error().code));
  if (!taken) co_return counted.end(grpc::to_status(taken.error()));
  response.mutable_acknowledged()->Add(taken->acknowledged.begin(), taken->acknowledged.end());
  encode_duration(taken->skew, *response.mutable_skew());
  co_return counted.end({});
}

class WindowService final : public TelemetryService {
 public:
  WindowService(const CallEnvironment& env, TelemetryWindow& window)
      : TelemetryService(env, window, /*is_trusted=*/true), scope_(env.loop, [](Error) {}) {
    scope_.spawn(look());
  }
  void serve(grpc::Methods& methods) override {
    TelemetryService::serve(methods);
    methods.unary(kRead, *this, &WindowService::read);
  }

 private:
  runtime::Task<grpc::Status> read(const grpc::Context& call, const wire::ReadRequest& request,
                                   wire::ReadResponse& response);
  runtime::Task<void> look();

  runtime::TaskScope scope_;
};

runtime::Task<void> WindowService::look() {
  for (;;) {
    co_await runtime::sleep_for(env_.loop, kLookEvery);
    window_.look(env_.loop.clock().wall_now());
  }
}

runtime::Task<grpc::Status> WindowService::read(const grpc::Context&,
                                                const wire::ReadRequest& request,
                                                wire::ReadResponse& response) {
  CountedCall counted(env_.metrics, "Read");
  WindowQuestion question{.ns = request.namespace_(), .workload = request.workload()};
  if (!request.has_whole()) {
    question.last = decode_duration(request.last(), std::chrono::hours(1));
  }
  auto read = co_await read_window(env_.loop, window_, std::move(question));
  if (!read) co_return counted.end(grpc::to_status(read.error()));
  response = *std::move(read);
  co_return counted.end({});
}

}  // namespace

std::unique_ptr<RpcService> make_telemetry_service(const CallEnvironment& env,
                                                   TelemetryWindow& window) {
  return std::make_unique<TelemetryService>(env, window, /*is_trusted=*/false);
}

std::unique_ptr<RpcService> make_window_service(const CallEnvironment& env,
                                                TelemetryWindow& window) {
  return std::make_unique<WindowService>(env, window);
}

}  // namespace seine::control
