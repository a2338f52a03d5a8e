// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/connector.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

TEST(ClientHttp2Options, what_discovery_says_stays_within_what_http2_allows) {
  Config config{};
  config.http2_client = {.stream_window = 65'535,
                         .connection_window = 1'048'576,
                         .max_concurrent_streams = 100,
                         .max_frame_size = 16'384,
                         .max_header_list_size = 65'536,
                         .keepalive_interval = {},
                         .keepalive_timeout = {}};
  model::Endpoint endpoint;
  endpoint.http2.emplace();
  endpoint.http2->initial_stream_window = 0xffffffff;
  endpoint.http2->initial_connection_window = 1;
  endpoint.http2->max_frame_size = 0xffffffff;
  const http::Http2Options options = client_http2_options(config, endpoint);
  EXPECT_EQ(options.initial_stream_window, 0x7fffffffU);
  EXPECT_EQ(options.initial_connection_window, 65'535U);
  EXPECT_EQ(options.max_frame_size, 16'777'215U);
}

TEST(ClientHttp2Options, requests_wait_for_the_peers_limit_as_the_environment_allows) {
  Config config{};
  config.outbound.queue_capacity = 7;
  EXPECT_EQ(client_http2_options(config, {}).max_queued_requests, 7U);
}

TEST(ClientHttp2Options, windows_count_only_together) {
  Config config{};
  config.http2_client.stream_window = 65'535;
  config.http2_client.connection_window = 1'048'576;
  model::Endpoint endpoint;
  endpoint.http2.emplace();
  endpoint.http2->initial_stream_window = 1000;
  const http::Http2Options options = client_http2_options(config, endpoint);
  EXPECT_EQ(options.initial_stream_window, 65'535U);
  EXPECT_EQ(options.initial_connection_window, 1'048'576U);
}

TEST(ClientHttp2Options, windows_adapt_where_discovery_or_the_environment_says_so) {
  Config config{};
  model::Endpoint endpoint;
  endpoint.http2.emplace();
  EXPECT_FALSE(client_http2_options(config, endpoint).adaptive_windows);
  endpoint.http2->adaptive_flow_control = true;
  EXPECT_TRUE(client_http2_options(config, endpoint).adaptive_windows);

  config.http2_client.adaptive_windows = true;
  EXPECT_TRUE(client_http2_options(config, {}).adaptive_windows);
  endpoint.http2->adaptive_flow_control = false;
  EXPECT_TRUE(client_http2_options(config, endpoint).adaptive_windows) << "it says nothing";
  endpoint.http2->initial_stream_window = 1000;
  endpoint.http2->initial_connection_window = 100'000;
  EXPECT_FALSE(client_http2_options(config, endpoint).adaptive_windows) << "fixed ones";
}

}  // namespace
}  // namespace seine::proxy
