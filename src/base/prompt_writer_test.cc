// SPDX-License-Identifier: Apache-2.0
#include "base/prompt_writer.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "gtest/gtest.h"

namespace seine {
namespace {

// Until it takes no more; how many writes it took. A pipe that made the writer wait would hang.
int fill(const PromptWriter& writer, const std::string& line) {
  int written = 0;
  while (writer.write(line) == static_cast<ssize_t>(line.size())) ++written;
  return written;
}

TEST(PromptWriter, a_full_pipe_takes_nothing_and_an_emptied_one_takes_more) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  const PromptWriter writer(fds[1]);
  const std::string line(PromptWriter::kWhole, 'x');
  EXPECT_GT(fill(writer, line), 0);
  EXPECT_EQ(writer.write(line), -1);
  EXPECT_EQ(errno, EAGAIN);
  std::string read_back(4 * line.size(), '\0');
  ASSERT_GT(read(fds[0], read_back.data(), read_back.size()), 0);
  EXPECT_EQ(writer.write(line), static_cast<ssize_t>(line.size()));
  close(fds[0]);
  close(fds[1]);
}

TEST(PromptWriter, a_pipe_keeps_its_flags_and_ends_with_its_last_writer) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  {
    const PromptWriter writer(fds[1]);
    EXPECT_EQ(writer.write("x"), 1);
    EXPECT_EQ(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
  }
  close(fds[1]);
  char text[4];
  EXPECT_EQ(read(fds[0], text, sizeof text), 1);
  EXPECT_EQ(read(fds[0], text, sizeof text), 0);
  close(fds[0]);
}

TEST(PromptWriter, a_full_socket_takes_nothing) {
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  const PromptWriter writer(fds[1]);
  EXPECT_GT(fill(writer, std::string(1024, 'x')), 0);
  while (writer.write("x") == 1) {
  }
  EXPECT_EQ(errno, EAGAIN);
  close(fds[0]);
  close(fds[1]);
}

TEST(PromptWriter, a_file_is_appended_to) {
  FILE* const file = tmpfile();
  ASSERT_NE(file, nullptr);
  const PromptWriter writer(fileno(file));
  EXPECT_EQ(writer.write("one\n"), 4);
  EXPECT_EQ(writer.write("two\n"), 4);
  char text[16] = {};
  EXPECT_EQ(pread(fileno(file), text, sizeof text, 0), 8);
  EXPECT_STREQ(text, "one\ntwo\n");
  fclose(file);
}

TEST(PromptWriter, a_descriptor_that_is_none_says_so) {
  const PromptWriter writer(-1);
  EXPECT_EQ(writer.write("x"), -1);
  EXPECT_NE(errno, EAGAIN);
}

}  // namespace
}  // namespace seine
