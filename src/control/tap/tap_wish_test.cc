// SPDX-License-Identifier: Apache-2.0
#include "control/tap/tap_wish.h"

#include <limits>

#include "gtest/gtest.h"

namespace seine::control {
namespace {

namespace wire = seine::tap::v1;

wire::WatchRequest request(std::string kind, std::string ns, std::string name) {
  wire::WatchRequest out;
  out.mutable_target()->set_kind(std::move(kind));
  out.mutable_target()->set_namespace_(std::move(ns));
  out.mutable_target()->set_name(std::move(name));
  return out;
}

std::shared_ptr<const Snapshot> shop() {
  const auto pod = [](std::string name, std::string_view ip) {
    return Pod{.name = std::move(name), .ips = {IpAddress::parse(ip).value()}};
  };
  Workload web{.ns = "shop", .name = "web", .service_account = "web"};
  web.pods = {pod("web-1", "10.0.0.1")};
  Workload payments{.ns = "shop", .name = "payments", .service_account = "pay"};
  payments.pods = {pod("payments-2", "10.0.0.3"), pod("payments-1", "10.0.0.2")};
  Workload plain{.ns = "shop", .name = "plain", .service_account = "plain"};
  plain.meshed = false;
  plain.pods = {pod("plain-1", "10.0.0.4")};
  Workload other{.ns = "test", .name = "web", .service_account = "web"};
  other.pods = {pod("web-1", "10.0.1.1")};
  const Service service{.ns = "shop",
                        .name = "pay",
                        .ports = {{.number = 80, .target = 8082}},
                        .workloads = {"payments"}};
  return Snapshot::create({web, payments, plain, other}, {service}).value();
}

std::string selected(std::string kind, std::string ns, std::string name) {
  const auto wish = decode_tap_wish(request(std::move(kind), std::move(ns), std::move(name)));
  std::string out;
  for (const TapPod& pod : select_pods(MeshNames(), *shop(), wish->target)) {
    out += pod.ns + "/" + pod.name + " ";
  }
  return out;
}

std::string refusal(const wire::WatchRequest& request) {
  const auto wish = decode_tap_wish(request);
  if (wish) return "taken";
  EXPECT_EQ(wish.error().code, ErrorCode::kInvalidArgument);
  return wish.error().message;
}

TEST(TapWish, pods_are_those_of_the_resource_that_have_a_proxy) {
  EXPECT_EQ(selected("deployment", "shop", "web"), "shop/web-1 ");
  EXPECT_EQ(selected("deployment", "shop", ""), "shop/payments-1 shop/payments-2 shop/web-1 ");
  EXPECT_EQ(selected("deployment", "", ""),
            "shop/payments-1 shop/payments-2 shop/web-1 test/web-1 ");
  EXPECT_EQ(selected("pod", "shop", "payments-2"), "shop/payments-2 ");
  EXPECT_EQ(selected("service", "shop", "pay"), "shop/payments-1 shop/payments-2 ");
  EXPECT_EQ(selected("namespace", "", "test"), "test/web-1 ");
  EXPECT_EQ(selected("deployment", "shop", "plain"), "");
}

TEST(TapWish, a_pod_is_asked_at_its_tap_port_by_the_identity_of_its_account) {
  const auto wish = decode_tap_wish(request("pod", "shop", "payments-1"));
  const auto pods = select_pods(MeshNames(), *shop(), wish->target);
  ASSERT_EQ(pods.size(), 1U);
  EXPECT_EQ(pods[0].proxy.to_string(), "10.0.0.2:4190");
  EXPECT_EQ(pods[0].identity, "pay.shop.serviceaccount.identity.linkerd.cluster.local");
}

TEST(TapWish, what_does_not_exist_is_not_found) {
  const auto check = [](std::string kind, std::string ns, std::string name) {
    const auto wish = decode_tap_wish(request(std::move(kind), std::move(ns), std::move(name)));
    const auto exists = check_exists(*shop(), wish->target);
    return exists ? std::string("there") : exists.error().message;
  };
  EXPECT_EQ(check("deployment", "shop", "web"), "there");
  EXPECT_EQ(check("deployment", "shop", "wep"), "there is no deployment/wep in shop");
  EXPECT_EQ(check("pod", "test", "payments-1"), "there is no pod/payments-1 in test");
  EXPECT_EQ(check("service", "shop", "pay"), "there");
  EXPECT_EQ(check("service", "shop", "web"), "there is no service/web in shop");
  EXPECT_EQ(check("namespace", "", "shop"), "there");
  EXPECT_EQ(check("namespace", "", "shoq"), "there is no namespace/shoq");
  EXPECT_EQ(check("deployment", "", ""), "there");
}

TEST(TapWish, wishes_that_cannot_be_are_refused_with_the_reason) {
  EXPECT_EQ(refusal(request("deployment", "shop", "web")), "taken");
  EXPECT_EQ(refusal(request("cronjob", "shop", "x")),
            "target: the kind \"cronjob\" is none of deployment, pod, service, namespace");
  EXPECT_EQ(refusal(request("pod", "", "x")), "target: a name needs a namespace");
  wire::WatchRequest wish = request("deployment", "shop", "web");
  wish.mutable_to()->set_kind("pod");
  wish.mutable_to()->set_name("x");
  EXPECT_EQ(refusal(wish), "to: a name needs a namespace");
  wish.clear_to();
  for (const double rps : {-1.0, 1e9, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    wish.set_max_rps(rps);
    EXPECT_EQ(refusal(wish), "max_rps must be above zero and at most 100000");
  }
  wish.clear_max_rps();
  wish.set_path_prefix(std::string(5000, 'x'));
  EXPECT_EQ(refusal(wish), "a text is longer than 4096 bytes");
  wish.clear_path_prefix();
  wish.set_limit(2'000'000);
  EXPECT_EQ(refusal(wish), "limit must be at most 1000000");
  wish.clear_limit();
  wish.mutable_for_();
  EXPECT_EQ(refusal(wish), "for must be above zero");
}

TEST(TapWish, the_rate_is_divided_among_the_proxies_and_each_has_one_at_least) {
  EXPECT_EQ(window_limit(100, 1), 100U);
  EXPECT_EQ(window_limit(100, 3), 33U);
  EXPECT_EQ(window_limit(1, 3), 1U);
  EXPECT_EQ(window_limit(0.1, 1), 1U);
  EXPECT_EQ(window_limit(100, 0), 100U);
}

TEST(TapWish, a_proxy_is_asked_for_all_that_was_wished_together) {
  wire::WatchRequest in = request("deployment", "shop", "web");
  in.mutable_to()->set_kind("service");
  in.mutable_to()->set_namespace_("shop");
  in.mutable_to()->set_name("pay");
  in.set_scheme("https");
  in.set_method("POST");
  in.set_authority("pay:80");
  in.set_path_prefix("/pu");
  in.set_headers(true);
  const auto wish = decode_tap_wish(in);
  const auto observe = make_observe(*wish, {}, 7);
  EXPECT_EQ(observe.limit(), 7U);
  EXPECT_TRUE(observe.extract().http().has_headers());
  const auto& all = observe.match().all();
  ASSERT_EQ(all.matches_size(), 6);
  EXPECT_EQ(all.matches(0).destination_label().key(), "namespace");
  EXPECT_EQ(all.matches(1).destination_label().key(), "service");
  EXPECT_EQ(all.matches(1).destination_label().value(), "pay");
  EXPECT_EQ(all.matches(2).http().scheme().registered(),
            io::linkerd::proxy::http_types::Scheme::HTTPS);
  EXPECT_EQ(all.matches(3).http().method().registered(),
            io::linkerd::proxy::http_types::HttpMethod::POST);
  EXPECT_EQ(all.matches(4).http().authority().exact(), "pay:80");
  EXPECT_EQ(all.matches(5).http().path().prefix(), "/pu");
}

TEST(TapWish, of_a_services_pods_only_what_comes_in_for_it_is_meant) {
  const auto wish = decode_tap_wish(request("service", "shop", "pay"));
  const auto pods = select_pods(MeshNames(), *shop(), wish->target);
  const auto observe = make_observe(*wish, pods[0], 1);
  const auto& all = observe.match().all();
  ASSERT_EQ(all.matches_size(), 2);
  EXPECT_EQ(all.matches(0).destination().netmask().ip().ipv4(), 0x0a000002U);
  EXPECT_EQ(all.matches(0).destination().netmask().mask(), 32U);
  EXPECT_EQ(all.matches(1).any().matches(0).destination().ports().min(), 8082U);
}

}  // namespace
}  // namespace seine::control
