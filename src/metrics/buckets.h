// SPDX-License-Identifier: Apache-2.0
// The bucket bounds of Linkerd's histograms, by what they are used for. Dashboards depend on them.
#pragma once

namespace seine::metrics {

// response_latency_ms, route_response_latency_ms, control_response_latency_ms
inline constexpr double kLatencyMilliseconds[] = {
    1,   2,   3,    4,    5,    10,   20,   30,    40,    50,    100,   200,  300,
    400, 500, 1000, 2000, 3000, 4000, 5000, 10000, 20000, 30000, 40000, 50000};
// {outbound,inbound}_{http,grpc}*_{request,response}_duration_seconds
inline constexpr double kDurationSeconds[] = {0.05, 0.5, 1, 10};
// outbound_{http,grpc}_route_backend_response_duration_seconds
inline constexpr double kBackendDurationSeconds[] = {0.025, 0.05, 0.1, 0.25, 0.5, 1, 10};
// *_frame_size_bytes
inline constexpr double kFrameBytes[] = {128, 1024, 10240};
// *_balancer_queue_latency_seconds
inline constexpr double kQueueLatencySeconds[] = {0.0005, 0.005, 0.05, 0.5, 1, 3};

}  // namespace seine::metrics
