// SPDX-License-Identifier: Apache-2.0
#include "netns/namespace.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "netns/testing/kernel_test.h"
#include "runtime/sockaddr.h"

namespace seine::netns {
namespace {

const SocketAddr kLoopback{IpAddress::v4(0x7f000001), 0};

class NamespaceKernel : public testing::KernelTest {};
SEINE_RUN_AS_ROOT_AND_USER(NamespaceKernel);

TEST_P(NamespaceKernel, a_thread_inside_sees_the_new_network_and_ours_is_untouched) {
  run([] {
    const auto before = NetworkNamespace::current();
    const auto made = NetworkNamespace::create();
    ASSERT_TRUE(made) << made.error().to_string();
    EXPECT_FALSE(made->same_as(*before));
    const auto inside = made->run([] { return NetworkNamespace::current(); });
    ASSERT_TRUE(inside);
    EXPECT_TRUE(inside->same_as(*made));
    EXPECT_TRUE(NetworkNamespace::current()->same_as(*before));
  });
}

TEST_P(NamespaceKernel, a_listener_made_inside_is_reached_only_from_inside) {
  run([] {
    const auto made = NetworkNamespace::create();
    const auto listener = made->tcp_listener(kLoopback);
    ASSERT_TRUE(listener) << listener.error().to_string();
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ASSERT_EQ(getsockname(listener->get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    const auto dial = [&]() -> Result<int> {
      const Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
      return connect(socket.get(), reinterpret_cast<sockaddr*>(&address), size) == 0 ? 0 : errno;
    };
    EXPECT_EQ(made->run(dial).value(), 0);
    EXPECT_EQ(dial().value(), ECONNREFUSED);
  });
}

TEST_P(NamespaceKernel, an_address_that_is_not_inside_is_named) {
  run([] {
    const auto made = NetworkNamespace::create();
    const auto listener = made->tcp_listener(SocketAddr::parse("10.1.2.3:80").value());
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().code, ErrorCode::kInvalidConfig);
    EXPECT_EQ(listener.error().cause_code, EADDRNOTAVAIL);
    EXPECT_NE(listener.error().message.find("10.1.2.3:80"), std::string::npos);
    EXPECT_TRUE(made->udp_socket(kLoopback));
  });
}

TEST_P(NamespaceKernel, errors_of_work_inside_come_back) {
  run([] {
    const auto made = NetworkNamespace::create();
    const Result<void> worked =
        made->run([]() -> Result<void> { return fail(ErrorCode::kNotFound, "nothing there"); });
    ASSERT_FALSE(worked);
    EXPECT_EQ(worked.error().code, ErrorCode::kNotFound);
  });
}

TEST_P(NamespaceKernel, a_shared_one_is_the_same_and_a_file_is_none) {
  run([] {
    const auto made = NetworkNamespace::create();
    EXPECT_TRUE(made->share()->same_as(*made));
    EXPECT_TRUE(NetworkNamespace::adopt(Descriptor(fcntl(made->fd(), F_DUPFD_CLOEXEC, 0))));
    EXPECT_FALSE(NetworkNamespace::adopt(Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC))));
    EXPECT_TRUE(NetworkNamespace::of_process(getpid())->same_as(*NetworkNamespace::current()));
  });
}

// Found by a published port of a mesh in a user namespace.
TEST_P(NamespaceKernel, work_where_one_is_takes_no_privilege) {
  run([] {
    const auto here = NetworkNamespace::current();
    const auto socket = here->tcp_listener({IpAddress::v4(0x7f000001U), 0});
    EXPECT_TRUE(socket) << socket.error().to_string();
  });
}

TEST(Namespace, without_privileges_the_error_says_what_it_takes) {
  testing::run_in_child(testing::Privilege::kRoot, [] {
    testing::become_ordinary_user();
    const auto made = NetworkNamespace::create();
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(made.error().message.find("it takes root"), std::string::npos);
  });
}

}  // namespace
}  // namespace seine::netns
