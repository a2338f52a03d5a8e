// SPDX-License-Identifier: Apache-2.0
#include "netns/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace seine::netns {

namespace {

// The kernel writes at most 32 KiB of a dump at a time (NLMSG_GOODSIZE rules for readers).
constexpr std::size_t kReadSize = 32 * 1024;
constexpr int kDumpTries = 5;
constexpr int kAnswerSeconds = 10;

// What the kernel says to an error beside the number, in newer versions.
std::string extended_reason(const nlmsghdr& message) {
  if ((message.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
  std::size_t offset = sizeof(nlmsgerr);
  const auto* error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(&message));
  if ((message.nlmsg_flags & NLM_F_CAPPED) == 0) {
    offset += NLMSG_ALIGN(error->msg.nlmsg_len - sizeof(nlmsghdr));
  }
  std::string reason;
  const auto on_attribute = [](const nlattr* attribute, void* into) {
    if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG &&
        mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0) {
      *static_cast<std::string*>(into) = mnl_attr_get_str(attribute);
    }
    return MNL_CB_OK;
  };
  mnl_attr_parse(&message, static_cast<unsigned>(offset), on_attribute, &reason);
  return reason;
}

Error kernel_error(int err, std::string_view what, const std::string& reason) {
  std::string message = "cannot " + std::string(what);
  if (!reason.empty()) message += ": " + reason;
  if (err == EPERM) message += ": it takes CAP_NET_ADMIN in that network namespace";
  return errno_error(err == EPERM ? ErrorCode::kUnavailable : ErrorCode::kInternal, err,
                     std::move(message));
}

}  // namespace

NetlinkRequest::NetlinkRequest(std::uint16_t type, std::uint16_t flags) {
  buffer_.fill(0);
  message_ = mnl_nlmsg_put_header(buffer_.data());
  message_->nlmsg_type = type;
  message_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
}

void NetlinkRequest::put(std::uint16_t type, std::uint32_t value) {
  SEINE_CHECK(mnl_attr_put_u32_check(message_, buffer_.size(), type, value), "requests are short");
}

void NetlinkRequest::put_byte(std::uint16_t type, std::uint8_t value) {
  SEINE_CHECK(mnl_attr_put_u8_check(message_, buffer_.size(), type, value), "requests are short");
}

void NetlinkRequest::put(std::uint16_t type, std::string_view text) {
  const std::string terminated(text);
  SEINE_CHECK(
      mnl_attr_put_check(message_, buffer_.size(), type, terminated.size() + 1, terminated.c_str()),
      "requests are short");
}

void NetlinkRequest::put(std::uint16_t type, const IpAddress& address) {
  SEINE_CHECK(mnl_attr_put_check(message_, buffer_.size(), type, address.bytes().size(),
                                 address.bytes().data()),
              "requests are short");
}

Result<Netlink> Netlink::open(int protocol) {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!socket) return fail_errno(ErrorCode::kInternal, errno, "cannot open a netlink socket");
  const int one = 1;
  setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one);
  setsockopt(socket.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof one);
  const timeval limit{.tv_sec = kAnswerSeconds, .tv_usec = 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return Netlink(std::move(socket));
}

Result<Netlink> Netlink::open(const NetworkNamespace& inside, int protocol) {
  return inside.run([protocol] { return open(protocol); });
}

Result<void> Netlink::send(NetlinkRequest& request, std::string_view what) {
  request.message().nlmsg_seq = ++sequence_;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (sendto(socket_.get(), &request.message(), request.message().nlmsg_len, 0,
             reinterpret_cast<sockaddr*>(&kernel), sizeof kernel) < 0) {
    return fail(kernel_error(errno, what, {}));
  }
  return {};
}

Result<void> Netlink::ask(NetlinkRequest& request, std::string_view what) {
  request.message().nlmsg_flags |= NLM_F_ACK;
  if (Result<void> sent = send(request, what); !sent) return sent;
  const Result<Outcome> outcome = receive(what, nullptr);
  if (!outcome) return fail(outcome.error());
  return {};
}

Result<void> Netlink::ask_for(NetlinkRequest& request, std::string_view what,
                              const OnAnswer& on_answer) {
  const bool dump = (request.message().nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  if (!dump) request.message().nlmsg_flags |= NLM_F_ACK;
  for (int tries = 0; tries < kDumpTries; ++tries) {
    if (Result<void> sent = send(request, what); !sent) return sent;
    std::vector<std::vector<char>> answers;
    const Result<Outcome> outcome = receive(what, [&](const nlmsghdr& answer) {
      const auto* first = reinterpret_cast<const char*>(&answer);
      answers.emplace_back(first, first + answer.nlmsg_len);
    });
    if (!outcome) return fail(outcome.error());
    if (*outcome == Outcome::kChanged) continue;
    for (const std::vector<char>& answer : answers) {
      on_answer(*reinterpret_cast<const nlmsghdr*>(answer.data()));
    }
    return {};
  }
  return fail(ErrorCode::kUnavailable,
              "cannot " + std::string(what) + ": it keeps changing while it is read");
}

Result<Netlink::Outcome> Netlink::receive(std::string_view what, const OnAnswer& on_answer) {
  Outcome outcome = Outcome::kDone;
  alignas(nlmsghdr) std::array<char, kReadSize> buffer;
  for (;;) {
    const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(kernel_error(errno, what, "no answer from the kernel"));
    int left = static_cast<int>(got);
    for (const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
         mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
      if (message->nlmsg_seq != sequence_) continue;  // of a question we gave up
      if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) outcome = Outcome::kChanged;
      if (message->nlmsg_type == NLMSG_ERROR) {
        const auto* error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message));
        if (error->error == 0) return outcome;
        return fail(kernel_error(-error->error, what, extended_reason(*message)));
      }
      if (message->nlmsg_type == NLMSG_DONE) {
        int status = 0;  // a dump that failed half-way ends with an errno
        if (mnl_nlmsg_get_payload_len(message) >= sizeof status) {
          memcpy(&status, mnl_nlmsg_get_payload(message), sizeof status);
        }
        if (status < 0) return fail(kernel_error(-status, what, {}));
        return outcome;
      }
      if (message->nlmsg_type >= NLMSG_MIN_TYPE && on_answer) on_answer(*message);
    }
  }
}

}  // namespace seine::netns
