// SPDX-License-Identifier: Apache-2.0
// A DNS server for tests, UDP and TCP on one loopback port: answers with the records it was given,
// NXDOMAIN for names it does not know, or whatever a test asks of it.
#pragma once

#include <memory>
#include <vector>

#include "dns/message.h"
#include "runtime/datagram.h"
#include "runtime/event_loop.h"
#include "runtime/listener.h"
#include "runtime/task_scope.h"

namespace seine::dns::testing {

class FakeServer {
 public:
  // CHECKs that loopback gives it a port.
  explicit FakeServer(runtime::EventLoop& loop);

  SocketAddr addr() const { return udp_->addr(); }

  std::vector<Record> records;
  std::vector<Record> authorities;  // sent with every "no"
  bool silent = false;              // never answers
  bool answers_wrong_id_first = false;
  bool knows_edns = true;         // else FORMERR to a question with it
  bool truncates = false;         // by UDP
  Rcode rcode = Rcode::kNoError;  // other than this: to every question

  std::size_t questions = 0;
  std::size_t tcp_questions = 0;
  std::vector<std::uint16_t> ids;
  std::vector<std::uint16_t> client_ports;

 private:
  Message answer(const Message& query);
  runtime::Task<void> serve_udp();
  runtime::Task<void> serve_tcp();
  runtime::Task<void> serve_connection(std::unique_ptr<runtime::Socket> socket);

  runtime::EventLoop& loop_;
  std::unique_ptr<runtime::DatagramSocket> udp_;
  std::unique_ptr<runtime::Listener> tcp_;
  runtime::TaskScope scope_;
};

}  // namespace seine::dns::testing
