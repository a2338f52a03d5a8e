// SPDX-License-Identifier: Apache-2.0
#include "netns/fd_passing.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "gtest/gtest.h"

namespace seine::netns {
namespace {

struct Pair {
  Descriptor here, there;
  Pair() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    here.reset(ends[0]);
    there.reset(ends[1]);
  }
};

int open_descriptors() {
  int count = 0;
  for (int fd = 0; fd < 256; ++fd) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

TEST(FdPassing, what_is_written_to_one_end_of_a_passed_pipe_comes_out_of_the_other) {
  Pair pair;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Descriptor read_end(ends[0]), write_end(ends[1]);
  ASSERT_TRUE(send_descriptors(pair.here.get(), "pipe\n", {write_end.get()}));
  write_end.reset();
  auto message = receive_descriptors(pair.there.get());
  ASSERT_TRUE(message);
  EXPECT_EQ(message->text, "pipe\n");
  ASSERT_EQ(message->descriptors.size(), 1u);
  EXPECT_EQ(fcntl(message->descriptors[0].get(), F_GETFD), FD_CLOEXEC);
  ASSERT_EQ(write(message->descriptors[0].get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(read_end.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
}

TEST(FdPassing, text_alone_passes_too) {
  Pair pair;
  ASSERT_TRUE(send_descriptors(pair.here.get(), "no", {}));
  const auto message = receive_descriptors(pair.there.get());
  ASSERT_TRUE(message);
  EXPECT_EQ(message->text, "no");
  EXPECT_TRUE(message->descriptors.empty());
}

TEST(FdPassing, a_peer_that_sends_too_many_leaves_none_behind) {
  Pair pair;
  const int before = open_descriptors();
  constexpr std::size_t kMany = kMaxPassedDescriptors + 4;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMany)> control{};
  char byte = 'x';
  iovec piece{&byte, 1};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * kMany);
  std::fill_n(reinterpret_cast<int*>(CMSG_DATA(header)), kMany, pair.here.get());
  ASSERT_EQ(sendmsg(pair.here.get(), &message, 0), 1);
  const auto received = receive_descriptors(pair.there.get());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::kLimit);
  EXPECT_EQ(open_descriptors(), before);
}

TEST(FdPassing, refuses_to_send_what_nobody_would_take) {
  Pair pair;
  const std::string long_text(kMaxPassedBytes + 1, 'x');
  EXPECT_EQ(send_descriptors(pair.here.get(), long_text, {}).error().code, ErrorCode::kLimit);
  EXPECT_EQ(send_descriptors(pair.here.get(), "", {0}).error().code, ErrorCode::kLimit);
  EXPECT_EQ(send_descriptors(pair.here.get(), "x", std::vector<int>(9, 0)).error().code,
            ErrorCode::kLimit);
}

TEST(FdPassing, the_end_of_the_other_process_is_an_error) {
  Pair pair;
  pair.here.reset();
  EXPECT_EQ(receive_descriptors(pair.there.get()).error().code, ErrorCode::kEof);
  EXPECT_EQ(send_descriptors(pair.there.get(), "x", {}).error().code, ErrorCode::kWrite);
}

TEST(FdPassing, the_kernel_tells_who_the_peer_is) {
  Pair pair;
  const auto peer = peer_credentials(pair.here.get());
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->pid, getpid());
  EXPECT_EQ(peer->uid, geteuid());
  EXPECT_EQ(peer->gid, getegid());
  EXPECT_FALSE(peer_credentials(0 - 1));
}

TEST(MayAdminister, is_for_the_owner_and_root) {
  EXPECT_TRUE(may_administer(1000, 1000));
  EXPECT_TRUE(may_administer(0, 1000));
  EXPECT_TRUE(may_administer(0, 0));
  EXPECT_FALSE(may_administer(1001, 1000));
  EXPECT_FALSE(may_administer(1000, 0));
}

TEST(MayAdminister, is_not_for_the_user_who_stands_for_all_without_a_number) {
  EXPECT_FALSE(may_administer(65534, 65534));
  EXPECT_FALSE(may_administer(65534, 0));
}

}  // namespace
}  // namespace seine::netns
