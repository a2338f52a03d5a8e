// SPDX-License-Identifier: Apache-2.0
#include "dns/testing/fake_server.h"

#include <array>
#include <utility>

#include "base/check.h"
#include "runtime/socket.h"

namespace seine::dns::testing {

FakeServer::FakeServer(runtime::EventLoop& loop) : loop_(loop), scope_(loop, [](Error) {}) {
  const IpAddress loopback = IpAddress::v4(0x7f000001);
  // A port that one protocol has free another process may use of the other.
  constexpr int kTries = 100;
  for (int i = 0; i < kTries && udp_ == nullptr; ++i) {
    tcp_ = runtime::Listener::tcp(loop, {loopback, 0}, {}).value();
    if (auto udp = runtime::DatagramSocket::bound(loop, tcp_->addr())) udp_ = std::move(*udp);
  }
  SEINE_CHECK(udp_ != nullptr, "loopback has no port for both protocols");
  scope_.spawn(serve_udp());
  scope_.spawn(serve_tcp());
}

Message FakeServer::answer(const Message& query) {
  ++questions;
  Message response;
  response.id = query.id;
  response.is_response = true;
  response.questions = query.questions;
  if (query.edns && !knows_edns) {
    response.rcode = Rcode::kFormErr;
    return response;
  }
  response.rcode = rcode;
  if (rcode != Rcode::kNoError) return response;
  Name name = query.questions.at(0).name;
  bool known = false;
  for (const Record& record : records) {
    if (record.name != name) continue;
    known = true;
    if (const Cname* alias = std::get_if<Cname>(&record.data)) {
      response.answers.push_back(record);
      name = alias->target;
    } else if (record.type() == query.questions[0].type) {
      response.answers.push_back(record);
    }
  }
  if (response.answers.empty()) response.authorities = authorities;
  if (!known) response.rcode = Rcode::kNxDomain;
  return response;
}

runtime::Task<void> FakeServer::serve_udp() {
  std::array<std::uint8_t, 4096> buffer{};
  for (;;) {
    const auto received = co_await udp_->recv_from(std::as_writable_bytes(std::span(buffer)));
    if (!received) continue;
    const auto query = parse_message(std::span(buffer).first(received->size));
    if (!query || query->questions.empty()) continue;
    ids.push_back(query->id);
    client_ports.push_back(received->from.port);
    Message response = answer(*query);
    if (silent) continue;
    if (answers_wrong_id_first) {
      Message wrong = response;
      wrong.id = static_cast<std::uint16_t>(query->id + 1);
      wrong.answers.clear();
      const auto bytes = build_message(wrong).bytes;
      (void)udp_->send_to(std::as_bytes(std::span(bytes)), received->from);
    }
    if (truncates) {
      response.truncated = true;
      response.answers.clear();
    }
    const auto bytes = build_message(response, kMaxPlainUdpBytes).bytes;
    (void)udp_->send_to(std::as_bytes(std::span(bytes)), received->from);
  }
}

runtime::Task<void> FakeServer::serve_tcp() {
  for (;;) {
    auto socket = co_await tcp_->accept();
    if (!socket) co_return;
    scope_.spawn(serve_connection(std::move(*socket)));
  }
}

runtime::Task<void> FakeServer::serve_connection(std::unique_ptr<runtime::Socket> socket) {
  runtime::Waker waker(loop_);
  std::vector<std::uint8_t> input;
  std::array<std::byte, 4096> piece{};
  while (input.size() < 2 || input.size() < 2u + (input[0] << 8 | input[1])) {
    const auto result = socket->try_read(piece);
    if (result.status == runtime::IoResult::Status::kWouldBlock) {
      co_await runtime::read_ready(*socket, waker);
    } else if (result.status == runtime::IoResult::Status::kOk) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(piece.data());
      input.insert(input.end(), bytes, bytes + result.bytes);
    } else {
      co_return;
    }
  }
  const auto query = parse_message(std::span(input).subspan(2));
  if (!query || query->questions.empty()) co_return;
  ++tcp_questions;
  std::vector<std::uint8_t> output = build_message(answer(*query)).bytes;
  const std::size_t size = output.size();
  output.insert(output.begin(),
                {static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size & 0xff)});
  const iovec whole{output.data(), output.size()};
  (void)socket->try_write({&whole, 1});
}

}  // namespace seine::dns::testing
