// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/run_options.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace seine::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RunFlags flags_for(std::vector<std::string> command) {
  RunFlags flags;
  flags.command = std::move(command);
  return flags;
}

std::string complaint(const RunFlags& flags) {
  const auto options = check_run_flags(flags);
  return options ? "" : options.error().message;
}

TEST(RunOptions, the_program_gives_the_name_and_the_name_the_service) {
  const auto options = check_run_flags(flags_for({"/opt/My_Shop.py", "--fast"})).value();
  EXPECT_EQ(options.name, "my-shop-py");
  EXPECT_EQ(options.service, "my-shop-py");
  EXPECT_EQ(options.mesh_namespace, "default");
  EXPECT_TRUE(options.egress);
  EXPECT_THAT(options.command, ElementsAre("/opt/My_Shop.py", "--fast"));
}

TEST(RunOptions, nothing_to_run_and_nameless_programs_are_refused) {
  EXPECT_THAT(complaint(flags_for({})), HasSubstr("nothing to run"));
  EXPECT_THAT(complaint(flags_for({"___"})), HasSubstr("give --name"));
}

TEST(RunOptions, ports_have_protocols) {
  RunFlags flags = flags_for({"web"});
  flags.ports = {"80", "81:http1", "82:opaque"};
  const auto options = check_run_flags(flags).value();
  EXPECT_THAT(options.ports, ElementsAre(DeclaredPort{80, PortProtocol::kDetect},
                                         DeclaredPort{81, PortProtocol::kHttp1},
                                         DeclaredPort{82, PortProtocol::kOpaque}));
  for (const char* wrong : {"0", "65536", "80:", "80:http", "x", "", "80 "}) {
    flags.ports = {wrong};
    EXPECT_THAT(complaint(flags), HasSubstr("--port")) << wrong;
  }
  flags.ports = {"80", "80:http1"};
  EXPECT_THAT(complaint(flags), HasSubstr("twice"));
}

TEST(RunOptions, routes_are_named_once_and_need_a_port_that_takes_requests) {
  RunFlags flags = flags_for({"web"});
  flags.ports = {"80"};
  flags.routes = {"buy=POST:/buy", "cart=*:/cart/*", "record=grpc:shop.Ledger/Record"};
  using Route = model::DeclaredRoute;
  EXPECT_THAT(check_run_flags(flags).value().routes,
              ElementsAre(Route{"buy", "POST", "/buy"}, Route{"cart", "", "/cart/*"},
                          Route{"record", "POST", "/shop.Ledger/Record"}));
  for (const char* wrong : {"", "buy", "Buy=POST:/buy", "buy=post:/buy", "buy=POST:buy"}) {
    flags.routes = {wrong};
    EXPECT_THAT(complaint(flags), HasSubstr("run: --route '")) << wrong;
    EXPECT_THAT(complaint(flags), HasSubstr("expected")) << wrong;
  }
  flags.routes = {"buy=POST:/buy", "buy=PUT:/buy"};
  EXPECT_EQ(complaint(flags), "run: --route: the route \"buy=PUT:/buy\" has another's name");
  flags.routes = {"buy=POST:/buy"};
  flags.ports = {"80:opaque", "81:tls"};
  EXPECT_EQ(complaint(flags),
            "run: --route 'buy=POST:/buy': no port is declared whose requests could take it; add "
            "--port N");
  flags.publish = {"8082:82"};
  EXPECT_EQ(complaint(flags), "");
}

TEST(RunOptions, published_ports_are_of_loopback_and_declared_unless_said) {
  RunFlags flags = flags_for({"web"});
  flags.publish = {"8080:80", "0.0.0.0:8081:81", "[::1]:0:82"};
  flags.ports = {"81:http1"};
  const auto options = check_run_flags(flags).value();
  EXPECT_THAT(options.publish,
              ElementsAre(PublishedPort{SocketAddr::parse("127.0.0.1:8080").value(), 80},
                          PublishedPort{SocketAddr::parse("0.0.0.0:8081").value(), 81},
                          PublishedPort{{IpAddress::parse("::1").value(), 0}, 82}));
  EXPECT_THAT(options.ports, ElementsAre(DeclaredPort{81, PortProtocol::kHttp1},
                                         DeclaredPort{80, PortProtocol::kDetect},
                                         DeclaredPort{82, PortProtocol::kDetect}));
  for (const char* wrong : {"80", "80:0", "x:80", "host:80:80", ":80", "80:", "1:2:3:4"}) {
    flags.publish = {wrong};
    EXPECT_THAT(complaint(flags), HasSubstr("--publish")) << wrong;
  }
}

TEST(RunOptions, labels_are_pairs_given_once) {
  RunFlags flags = flags_for({"web"});
  flags.labels = {"tier=front", "empty=", "a=b=c"};
  const auto options = check_run_flags(flags).value();
  EXPECT_EQ(options.labels.at("tier"), "front");
  EXPECT_EQ(options.labels.at("empty"), "");
  EXPECT_EQ(options.labels.at("a"), "b=c");
  flags.labels = {"tier"};
  EXPECT_THAT(complaint(flags), HasSubstr("KEY=VALUE"));
  flags.labels = {"tier=a", "tier=b"};
  EXPECT_THAT(complaint(flags), HasSubstr("twice"));
}

TEST(RunOptions, ports_of_the_host_need_egress) {
  RunFlags flags = flags_for({"web"});
  flags.host_ports = {"5432"};
  EXPECT_EQ(check_run_flags(flags)->host_ports, std::set<std::uint16_t>{5432});
  flags.no_egress = true;
  EXPECT_THAT(complaint(flags), HasSubstr("contradict"));
  flags.no_egress = false;
  flags.host_ports = {"0"};
  EXPECT_THAT(complaint(flags), HasSubstr("--host-port"));
}

}  // namespace
}  // namespace seine::cli
