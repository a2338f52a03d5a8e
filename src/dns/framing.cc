// SPDX-License-Identifier: Apache-2.0
#include "dns/framing.h"

#include <array>
#include <string>
#include <utility>

#include "base/check.h"
#include "dns/message.h"
#include "runtime/socket.h"

namespace seine::dns {
namespace {

using runtime::IoResult;
using runtime::Task;

Task<Result<void>> read_exactly(runtime::EventLoop& loop, runtime::Stream& stream,
                                std::span<std::uint8_t> into) {
  runtime::Waker waker(loop);
  while (!into.empty()) {
    const IoResult result = stream.try_read(std::as_writable_bytes(into));
    switch (result.status) {
      case IoResult::Status::kWouldBlock: co_await runtime::read_ready(stream, waker); break;
      case IoResult::Status::kOk: into = into.subspan(result.bytes); break;
      case IoResult::Status::kEof:
        co_return fail(ErrorCode::kEof, "the peer closed before a whole DNS message had come");
      case IoResult::Status::kError: co_return fail(stream.error());
    }
  }
  co_return Result<void>();
}

}  // namespace

Task<Result<std::vector<std::uint8_t>>> read_framed(runtime::EventLoop& loop,
                                                    runtime::Stream& stream, std::size_t limit) {
  std::array<std::uint8_t, 2> length{};
  auto read = co_await read_exactly(loop, stream, length);
  if (!read) co_return fail(std::move(read.error()));
  const std::size_t size = static_cast<std::size_t>(length[0]) << 8 | length[1];
  if (size > limit) {
    co_return fail(ErrorCode::kLimit, "a DNS message has " + std::to_string(size) +
                                          " bytes, over the limit of " + std::to_string(limit));
  }
  std::vector<std::uint8_t> message(size);
  read = co_await read_exactly(loop, stream, message);
  if (!read) co_return fail(std::move(read.error()));
  co_return message;
}

Task<Result<void>> write_framed(runtime::EventLoop& loop, runtime::Stream& stream,
                                std::span<const std::uint8_t> message) {
  SEINE_CHECK(message.size() <= kMaxMessageBytes, "a DNS message has at most 65535 bytes");
  // In one piece, for one segment: some clients expect the length and the message together.
  std::vector<std::uint8_t> framed;
  framed.reserve(message.size() + 2);
  framed.push_back(static_cast<std::uint8_t>(message.size() >> 8));
  framed.push_back(static_cast<std::uint8_t>(message.size() & 0xff));
  framed.insert(framed.end(), message.begin(), message.end());
  std::span<std::uint8_t> rest = framed;
  runtime::Waker waker(loop);
  while (!rest.empty()) {
    const iovec piece{rest.data(), rest.size()};
    const IoResult result = stream.try_write({&piece, 1});
    if (result.status == IoResult::Status::kWouldBlock) {
      co_await runtime::write_ready(stream, waker);
    } else if (result.status == IoResult::Status::kOk) {
      rest = rest.subspan(result.bytes);
    } else {
      co_return fail(stream.error());
    }
  }
  co_return Result<void>();
}

}  // namespace seine::dns
