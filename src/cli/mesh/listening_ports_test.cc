// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/listening_ports.h"

#include "gtest/gtest.h"

namespace seine::cli {
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

}  // namespace
}  // namespace seine::cli
