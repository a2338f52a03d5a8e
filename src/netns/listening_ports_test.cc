// SPDX-License-Identifier: Apache-2.0
#include "netns/listening_ports.h"

#include "netns/testing/kernel_test.h"
#include "netns/testing/sockets.h"

namespace seine::netns {
namespace {

TEST(ListeningPorts, are_those_in_state_listen) {
  std::set<std::uint16_t> ports;
  add_listening_ports(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
      "   1: 0100007F:1F91 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0\n"
      "   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0",
      ports);
  EXPECT_EQ(ports, (std::set<std::uint16_t>{80, 8080}));
  add_listening_ports(
      "  sl  local_address\n"
      "   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 0:0\n",
      ports);
  EXPECT_EQ(ports, (std::set<std::uint16_t>{80, 443, 8080}));
}

TEST(ListeningPorts, lines_of_another_form_are_passed_over) {
  std::set<std::uint16_t> ports;
  for (const char* table : {"", "\n\n", "x", " 0: 0100007F 0 0A", " 0: 0100007F:ZZ 0 0A\n",
                            " 0: 0100007F:12345 0 0A\n", " 0: : 0 0A"}) {
    add_listening_ports(table, ports);
  }
  EXPECT_TRUE(ports.empty());
}

SocketAddr at(std::string_view text) {
  return SocketAddr::parse(text).value();
}

class ListeningPortsKernel : public testing::KernelTest {};
SEINE_RUN_AS_ROOT_AND_USER(ListeningPortsKernel);

// By whichever way they are read.
void expect_listeners_alone(Result<ListeningPorts> (*open)(const NetworkNamespace&)) {
  const auto inside = NetworkNamespace::create().value();
  auto ports = open(inside).value();
  EXPECT_EQ(ports.read(), std::set<std::uint16_t>());
  auto one = inside.tcp_listener(at("127.0.0.1:8080")).value();
  const auto two = inside.tcp_listener(at("[::]:8081")).value();
  const auto datagrams = inside.udp_socket(at("127.0.0.1:8082")).value();
  const testing::Greeter greeter(inside, "127.0.0.1:8083", "greeter");
  EXPECT_EQ(testing::dial(inside, "127.0.0.1:8083"), "greeter 127.0.0.1:8083");  // now in TIME_WAIT
  EXPECT_EQ(ports.read(), (std::set<std::uint16_t>{8080, 8081, 8083}));
  one.reset();
  EXPECT_EQ(ports.read(), (std::set<std::uint16_t>{8081, 8083}));
}

TEST_P(ListeningPortsKernel, are_those_of_this_namespace_that_somebody_listens_on) {
  run([] { expect_listeners_alone(ListeningPorts::open); });
}

TEST_P(ListeningPortsKernel, are_the_same_in_the_tables_of_a_kernel_that_cannot_be_asked) {
  run([] { expect_listeners_alone(ListeningPorts::open_tables); });
}

}  // namespace
}  // namespace seine::netns
