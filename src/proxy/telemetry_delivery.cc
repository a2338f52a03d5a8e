// SPDX-License-Identifier: Apache-2.0
#include "proxy/telemetry_delivery.h"

#include <utility>

#include "base/check.h"
#include "base/file.h"
#include "crypto/random.h"
#include "grpc/client.h"
#include "model/identity.h"
#include "seine/telemetry/v1/telemetry.pb.h"
#include "telemetry/keys.h"

namespace seine::proxy {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr char kReport[] = "/seine.telemetry.v1.Telemetry/Report";
constexpr Duration kReportTimeout = 10s;
constexpr std::size_t kOctets = 16;

// The file `instance` of the folder, made on the first start. A folder that is lost is another
// instance.
std::string instance_of(const std::string& dir) {
  std::string fresh = crypto::random_octets(kOctets);
  if (dir.empty()) return fresh;
  const std::string path = dir + "/instance";
  const Result<std::string> kept = read_file(path, kOctets);
  if (kept && kept->size() == kOctets) return *kept;
  // Without it the next start will be another instance, which harms nobody.
  [[maybe_unused]] const Result<void> written = replace_file(path, fresh, 0600);
  return fresh;
}

std::string service_account(const std::string& identity) {
  const Result<model::Identity> parsed = model::Identity::parse(identity);
  if (!parsed) return {};
  const auto name = model::ServiceAccountName::parse(*parsed);
  return name ? name->service_account : std::string();
}

// A message that is serialized already.
struct Serialized {
  std::string bytes;
  std::string SerializeAsString() const { return bytes; }
};

}  // namespace

class TelemetryDelivery::Sink final : public telemetry::ReportSink {
 public:
  explicit Sink(const grpc::Channel& channel) : channel_(channel) {}

  Task<Result<std::vector<std::uint64_t>>> report(std::string request) override {
    const Serialized message{std::move(request)};
    const auto response = co_await channel_.unary<telemetry::v1::ReportResponse>(
        kReport, message, {.metadata = {}, .deadline = kReportTimeout});
    if (!response) {
      Error error = response.error();
      // A status that says so is final; of our own making it is not.
      if (error.cause == Error::Cause::kGrpc &&
          grpc::status_code(error) == grpc::StatusCode::kInvalidArgument) {
        error.code = ErrorCode::kInvalidArgument;
      } else if (error.code == ErrorCode::kInvalidArgument) {
        error.code = ErrorCode::kUnavailable;
      }
      co_return fail(std::move(error));
    }
    co_return std::vector<std::uint64_t>(response->acknowledged().begin(),
                                         response->acknowledged().end());
  }

 private:
  const grpc::Channel& channel_;
};

TelemetryDelivery::TelemetryDelivery(const Config& config, const Log& log, std::string_view version)
    : config_(config), log_(log) {
  SEINE_CHECK(config.telemetry.has_value(), "telemetry that nobody asked for");
  const TelemetryConfig& own = *config.telemetry;
  const std::string boot = crypto::random_octets(kOctets);
  const telemetry::LedgerOptions options{
      .reporter =
          telemetry::encode_reporter({.cluster = own.cluster,
                                      .ns = own.ns,
                                      .workload = own.workload,
                                      .workload_kind = own.workload_kind,
                                      .pod = own.pod,
                                      .version = own.version,
                                      .service_account = service_account(config.identity.local_id),
                                      .proxy_version = std::string(version),
                                      .instance = instance_of(own.ledger_dir),
                                      .boot = boot,
                                      .interval = own.interval}),
      .lanes = config.cores};
  if (!own.ledger_dir.empty()) {
    auto ledger = telemetry::Ledger::create(telemetry::ledger_path(own.ledger_dir, boot), options);
    if (ledger) {
      ledger_ = std::move(*ledger);
      return;
    }
    log_warn(log_, "there is no ledger: what is counted and not delivered dies with this process",
             {{"error", ledger.error().to_string()}});
  }
  auto anonymous = telemetry::Ledger::anonymous(options);
  SEINE_CHECK(anonymous.has_value(), "there is no memory to count in");
  ledger_ = std::move(*anonymous);
}

TelemetryDelivery::~TelemetryDelivery() = default;

void TelemetryDelivery::start(runtime::EventLoop& loop, FastRandom& random,
                              const grpc::Channel& channel, const std::vector<Worker*>& workers,
                              Courier& to_control) {
  std::vector<BeginBucket> begin;
  begin.reserve(workers.size());
  for (Worker* worker : workers) {
    begin.emplace_back([worker, &to_control](std::uint64_t sequence, WallTime start,
                                             std::move_only_function<void()> done) {
      worker->rotate(sequence, start, [&to_control, d = std::move(done)]() mutable {
        to_control.post(std::move(d));
      });
    });
  }
  sink_ = std::make_unique<Sink>(channel);
  ReporterOptions options;
  options.interval = config_.telemetry->interval;
  options.ledger_dir = config_.telemetry->ledger_dir;
  reporter_ = std::make_unique<Reporter>(loop, log_, random, *ledger_, *sink_, std::move(begin),
                                         std::move(options));
  reporter_->start();
}

Task<void> TelemetryDelivery::finish() {
  if (reporter_ != nullptr) co_await reporter_->finish();
}

void TelemetryDelivery::close() {
  reporter_.reset();
  sink_.reset();
}

void TelemetryDelivery::write(metrics::TextWriter& writer) const {
  if (reporter_ != nullptr) reporter_->write(writer);
}

}  // namespace seine::proxy
