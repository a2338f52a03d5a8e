// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/demo_counts.h"

#include <gtest/gtest.h>

#include "seine/registry/v1/registry.pb.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::cli {
namespace {

namespace api = seine::telemetry::v1;

// A mesh of pods whose workloads have their names.
class DemoCountsTest : public ::testing::Test {
 protected:
  api::Source& pod(const std::string& name, const std::string& ns = "shop") {
    auto* workload = list_.add_workloads();
    workload->set_namespace_(ns);
    workload->add_pods()->set_name(name);
    return source(name, ns);
  }
  api::Source& source(const std::string& name, const std::string& ns = "shop") {
    api::Source* added = window_.add_sources();
    added->mutable_reporter()->set_namespace_(ns);
    added->mutable_reporter()->set_workload(name);
    added->mutable_reporter()->set_pod(name);
    return *added;
  }
  static api::TcpRow& outbound(api::Source& source, const std::string& service,
                               std::uint64_t opened) {
    api::TcpRow* row = source.add_tcp();
    row->set_direction(api::OUTBOUND);
    row->mutable_target()->set_service(service);
    row->set_opened(opened);
    return *row;
  }
  static api::TcpRow& inbound(api::Source& source, std::uint64_t opened) {
    api::TcpRow* row = source.add_tcp();
    row->set_direction(api::INBOUND);
    row->set_opened(opened);
    return *row;
  }

  seine::registry::v1::ListResponse list_;
  api::ReadResponse window_;
};

TEST_F(DemoCountsTest, connections_are_summed_at_either_end_with_their_bytes) {
  api::TcpRow& one = outbound(pod("payments"), "mail", 3);
  one.set_written_bytes(700);
  one.set_read_bytes(90);
  outbound(pod("traffic"), "mail", 2).set_written_bytes(50);
  api::Source& mail = pod("mail");
  inbound(mail, 4);
  api::TcpRow& broken = inbound(mail, 1);
  broken.set_cause("reset");
  broken.set_closed(1);
  const auto services = count_tcp_services(list_, window_, "shop");
  ASSERT_EQ(services.size(), 1u);
  const DemoTcpService& counted = services.at("mail");
  EXPECT_EQ(counted.ns, "shop");
  EXPECT_EQ(counted.outbound, 5u);
  EXPECT_EQ(counted.inbound, 5u);
  EXPECT_EQ(counted.sent_bytes, 750u);
  EXPECT_EQ(counted.received_bytes, 90u);
  EXPECT_EQ(counted.causes, (std::map<std::string, std::uint64_t>{{"reset", 1}}));
}

// Inbound, a proxy counts the connections of HTTP as well.
TEST_F(DemoCountsTest, a_service_that_is_sent_requests_is_none_of_connections) {
  inbound(pod("web"), 7);
  EXPECT_TRUE(count_tcp_services(list_, window_, "shop").empty());
}

TEST_F(DemoCountsTest, pods_of_others_and_of_former_meshes_are_left_out) {
  outbound(pod("payments"), "mail", 1);
  outbound(source("payments-of-yesterday"), "mail", 10);
  outbound(pod("elsewhere", "other"), "mail", 100);
  EXPECT_EQ(count_tcp_services(list_, window_, "shop").at("mail").outbound, 1u);
}

}  // namespace
}  // namespace seine::cli
