// SPDX-License-Identifier: Apache-2.0
#include "dns/authority.h"

#include <gtest/gtest.h>

#include "dns/testing/shop_zone.h"

namespace seine::dns {
namespace {

constexpr char kWeb[] = "web.shop.svc.cluster.local";
constexpr char kLedger[] = "ledger.shop.svc.cluster.local";

Name name_of(std::string_view text) {
  return Name::from_text(text).value();
}

class AuthorityTest : public ::testing::Test {
 protected:
  Decision decide_bytes(std::span<const std::uint8_t> bytes) {
    return decide(bytes, client_namespace_, *zone_, forwards_);
  }
  Decision decide_message(const Message& query) { return decide_bytes(build_message(query).bytes); }
  Decision ask(std::string_view name, Type type = Type::kA) {
    return decide_message(make_query(0x1000, name_of(name), type));
  }
  // The whole of it survives the wire: what a client would read.
  static Message on_wire(const Decision& decision) {
    const BuiltMessage built = build_message(decision.response);
    EXPECT_TRUE(built.complete);
    return parse_message(built.bytes).value();
  }

  std::shared_ptr<const Zone> zone_ = testing::shop_zone();
  std::string client_namespace_ = "shop";
  bool forwards_ = false;
};

TEST_F(AuthorityTest, answers_a_service_by_its_whole_name) {
  const Decision decision = ask(kWeb);
  EXPECT_EQ(decision.outcome, Outcome::kAnswered);
  const Message response = on_wire(decision);
  EXPECT_EQ(response.id, 0x1000);
  EXPECT_TRUE(response.is_response);
  EXPECT_TRUE(response.authoritative);
  EXPECT_TRUE(response.recursion_desired);
  EXPECT_FALSE(response.recursion_available);
  EXPECT_EQ(response.rcode, Rcode::kNoError);
  ASSERT_EQ(response.answers.size(), 1u);
  EXPECT_EQ(response.answers[0],
            (Record{.name = name_of(kWeb), .ttl = 5, .data = A{{10, 96, 0, 1}}}));
}

TEST_F(AuthorityTest, keeps_the_case_of_the_question) {
  const std::string_view name = "wEb.SHop.sVc.clUSter.LOCAL.";
  const Message response = on_wire(ask(name));
  ASSERT_EQ(response.answers.size(), 1u);
  EXPECT_EQ(response.questions[0].name.to_text(), name);
  EXPECT_EQ(response.answers[0].name.to_text(), name);
  EXPECT_EQ(on_wire(ask("WeB")).answers.at(0).name.to_text(), "WeB.");
}

TEST_F(AuthorityTest, has_no_data_of_other_types_and_says_for_how_long) {
  for (const Type type : {Type::kAaaa, Type::kTxt, Type::kNs, Type::kCname, Type{65}}) {
    const Decision decision = ask(kWeb, type);
    EXPECT_EQ(decision.outcome, Outcome::kNoData);
    const Message response = on_wire(decision);
    EXPECT_EQ(response.rcode, Rcode::kNoError);
    EXPECT_TRUE(response.authoritative);
    EXPECT_TRUE(response.answers.empty());
    ASSERT_EQ(response.authorities.size(), 1u);
    EXPECT_EQ(response.authorities[0].name, name_of("cluster.local"));
    EXPECT_EQ(response.authorities[0].ttl, 5u);
    const Soa& soa = std::get<Soa>(response.authorities[0].data);
    EXPECT_EQ(soa.minimum, 5u);
    EXPECT_EQ(soa.serial, 7u);
  }
}

TEST_F(AuthorityTest, tells_names_that_do_not_exist_from_names_without_data) {
  for (const char* name : {"none.shop.svc.cluster.local", "web.none.svc.cluster.local",
                           "x.web.shop.svc.cluster.local", "example.com.cluster.local"}) {
    const Decision decision = ask(name);
    EXPECT_EQ(decision.outcome, Outcome::kNxDomain) << name;
    EXPECT_EQ(decision.response.rcode, Rcode::kNxDomain);
    EXPECT_EQ(decision.response.authorities.size(), 1u);
    EXPECT_TRUE(decision.response.authoritative);
  }
  for (const char* name : {"shop.svc.cluster.local", "svc.cluster.local", "cluster.local",
                           "_tcp.web.shop.svc.cluster.local", "idle.shop.svc.cluster.local"}) {
    EXPECT_EQ(ask(name).outcome, Outcome::kNoData) << name;
  }
}

TEST_F(AuthorityTest, answers_names_that_are_not_whole_for_the_askers_namespace) {
  const auto address = [this](std::string_view name) {
    const Message response = on_wire(ask(name));
    EXPECT_TRUE(response.authoritative);
    EXPECT_EQ(response.answers.at(0).name, name_of(name));
    return response.answers.at(0).data;
  };
  EXPECT_EQ(address("web"), Rdata(A{{10, 96, 0, 1}}));
  EXPECT_EQ(address("web.other"), Rdata(A{{10, 96, 0, 2}}));
  EXPECT_EQ(address("web.other.svc"), Rdata(A{{10, 96, 0, 2}}));
  client_namespace_ = "other";
  EXPECT_EQ(address("web"), Rdata(A{{10, 96, 0, 2}}));
  const Decision other_type = ask("web", Type::kAaaa);
  EXPECT_EQ(other_type.outcome, Outcome::kNoData);
  EXPECT_TRUE(other_type.response.authoritative);
  EXPECT_TRUE(other_type.response.authorities.empty());
}

TEST_F(AuthorityTest, ends_a_search_with_no_such_name) {
  const Decision decision = ask("wbe");
  EXPECT_EQ(decision.outcome, Outcome::kNxDomain);
  EXPECT_EQ(ask("localhost").outcome, Outcome::kNxDomain);
  EXPECT_EQ(ask("web.dev").outcome, Outcome::kRefused);
  EXPECT_EQ(ask(".").outcome, Outcome::kRefused);
  client_namespace_.clear();
  EXPECT_EQ(ask("web").outcome, Outcome::kRefused);
  EXPECT_EQ(ask("web.other").outcome, Outcome::kAnswered);
}

TEST_F(AuthorityTest, refuses_what_is_not_its_own) {
  for (const char* name : {"example.com", "a.b.c.d.example.com", "internal", "local",
                           "1.0.98.10.in-addr.arpa", "10.in-addr.arpa", "1.ip6.arpa"}) {
    const Decision decision = ask(name);
    if (name_of(name).label_count() == 1) {
      EXPECT_EQ(decision.outcome, Outcome::kNxDomain) << name;
      continue;
    }
    EXPECT_EQ(decision.outcome, Outcome::kRefused) << name;
    EXPECT_EQ(decision.response.rcode, Rcode::kRefused);
    EXPECT_FALSE(decision.response.authoritative);
    EXPECT_EQ(decision.response.questions.size(), 1u);
  }
}

TEST_F(AuthorityTest, forwards_what_is_not_its_own_only_if_told_and_asked) {
  forwards_ = true;
  for (const char* name : {"example.com", "wbe", "web.dev", "1.0.98.10.in-addr.arpa"}) {
    const Decision decision = ask(name);
    EXPECT_EQ(decision.outcome, Outcome::kForward) << name;
    EXPECT_EQ(decision.response.rcode, Rcode::kServFail);
    EXPECT_TRUE(decision.response.recursion_available);
    EXPECT_EQ(decision.query.questions.at(0).name, name_of(name));
  }
  EXPECT_EQ(ask(kWeb).outcome, Outcome::kAnswered);
  EXPECT_EQ(ask("none.cluster.local").outcome, Outcome::kNxDomain);
  EXPECT_EQ(ask("web").outcome, Outcome::kAnswered);
  Message query = make_query(1, name_of("example.com"), Type::kA);
  query.recursion_desired = false;
  EXPECT_EQ(decide_message(query).outcome, Outcome::kRefused);
}

TEST_F(AuthorityTest, gives_ports_with_the_addresses_of_their_targets) {
  const Message port = on_wire(ask("_http._tcp.web.shop.svc.cluster.local", Type::kSrv));
  ASSERT_EQ(port.answers.size(), 1u);
  EXPECT_EQ(port.answers[0].data, (Rdata(Srv{0, 100, 80, name_of(kWeb)})));
  ASSERT_EQ(port.additionals.size(), 1u);
  EXPECT_EQ(port.additionals[0].name, name_of(kWeb));
  EXPECT_EQ(port.additionals[0].data, Rdata(A{{10, 96, 0, 1}}));
  const Message service = on_wire(ask(kWeb, Type::kSrv));
  EXPECT_EQ(service.answers.size(), 2u);
  EXPECT_EQ(service.additionals.size(), 1u);
  const Message pods = on_wire(ask(kLedger, Type::kSrv));
  EXPECT_EQ(pods.answers.size(), 2u);
  EXPECT_EQ(pods.additionals.size(), 2u);
}

TEST_F(AuthorityTest, gives_each_pod_of_a_headless_service_its_turn_to_be_first) {
  Message query = make_query(2, name_of(kLedger), Type::kA);
  const auto first = decide_message(query).response.answers;
  query.id = 3;
  const auto second = decide_message(query).response.answers;
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0], second.at(1));
  EXPECT_EQ(first[1], second.at(0));
}

TEST_F(AuthorityTest, knows_whose_an_address_is) {
  EXPECT_EQ(ask("1.0.96.10.in-addr.arpa", Type::kPtr).response.answers.at(0).data,
            Rdata(Ptr{name_of(kWeb)}));
  EXPECT_EQ(ask("6.0.97.10.in-addr.arpa", Type::kPtr).response.answers.at(0).data,
            Rdata(Ptr{name_of("ledger-0.ledger.shop.svc.cluster.local")}));
  const Decision unknown = ask("9.9.96.10.in-addr.arpa", Type::kPtr);
  EXPECT_EQ(unknown.outcome, Outcome::kNxDomain);
  EXPECT_EQ(unknown.response.authorities.at(0).name, name_of("96.10.in-addr.arpa"));
  EXPECT_EQ(ask("9.9.98.10.in-addr.arpa", Type::kPtr).outcome, Outcome::kRefused);
}

TEST_F(AuthorityTest, knows_the_host_if_it_may_be_reached) {
  EXPECT_EQ(ask("host.seine.internal").response.answers.at(0).data, Rdata(A{{10, 97, 255, 254}}));
  EXPECT_EQ(ask("host.seine.internal", Type::kAaaa).outcome, Outcome::kNoData);
  ZoneSpec spec = testing::shop_spec();
  spec.host.reset();
  zone_ = Zone::make(spec).value();
  const Decision decision = ask("host.seine.internal");
  EXPECT_EQ(decision.outcome, Outcome::kNxDomain);
  EXPECT_EQ(decision.response.authorities.at(0).name, name_of("seine.internal"));
}

TEST_F(AuthorityTest, answers_any_with_one_kind_of_record) {
  const Message response = on_wire(ask(kWeb, Type::kAny));
  ASSERT_EQ(response.answers.size(), 1u);
  EXPECT_EQ(response.answers[0].type(), Type::kA);
  EXPECT_EQ(on_wire(ask("cluster.local", Type::kAny)).answers.at(0).type(), Type::kSoa);
  EXPECT_EQ(ask("svc.cluster.local", Type::kAny).outcome, Outcome::kNoData);
}

TEST_F(AuthorityTest, gives_the_soa_at_each_apex_and_no_transfers) {
  for (const char* apex : {"cluster.local", "seine.internal", "97.10.in-addr.arpa"}) {
    const Message response = on_wire(ask(apex, Type::kSoa));
    EXPECT_EQ(std::get<Soa>(response.answers.at(0).data).primary, name_of("ns.dns.cluster.local"));
  }
  EXPECT_EQ(ask("cluster.local", Type::kAxfr).outcome, Outcome::kRefused);
}

TEST_F(AuthorityTest, answers_edns_with_edns) {
  Message query = make_query(1, name_of(kWeb), Type::kA);
  query.edns = Edns{.udp_bytes = 4096, .flags = 0x8001, .options = {0, 10, 0, 1, 9}};
  const Message response = on_wire(decide_message(query));
  ASSERT_TRUE(response.edns);
  EXPECT_EQ(response.edns->udp_bytes, kEdnsUdpBytes);
  EXPECT_EQ(response.edns->flags, 0x8000);
  EXPECT_TRUE(response.edns->options.empty());
  query.edns.reset();
  EXPECT_FALSE(on_wire(decide_message(query)).edns);
  query.edns = Edns{.version = 1};
  const Decision decision = decide_message(query);
  EXPECT_EQ(decision.outcome, Outcome::kBadVersion);
  const Message refusal = on_wire(decision);
  EXPECT_EQ(refusal.rcode, Rcode::kBadVers);
  EXPECT_EQ(refusal.edns->version, 0);
}

TEST_F(AuthorityTest, sends_by_udp_what_the_asker_takes_and_never_more_than_1232_bytes) {
  Message query = make_query(1, name_of(kWeb), Type::kA);
  query.edns->udp_bytes = 0;
  EXPECT_EQ(udp_limit(query), 512u);
  query.edns->udp_bytes = 800;
  EXPECT_EQ(udp_limit(query), 800u);
  query.edns->udp_bytes = 65535;
  EXPECT_EQ(udp_limit(query), 1232u);
  query.edns.reset();
  EXPECT_EQ(udp_limit(query), 512u);
}

TEST_F(AuthorityTest, refuses_other_classes) {
  Message query = make_query(1, name_of("version.bind"), Type::kTxt);
  for (const Class other : {Class{3}, Class::kAny}) {
    query.questions[0].dns_class = other;
    EXPECT_EQ(decide_message(query).outcome, Outcome::kRefused);
  }
  query.questions[0] = {name_of(kWeb), Type::kA, Class{3}};
  EXPECT_EQ(decide_message(query).outcome, Outcome::kRefused);
}

TEST_F(AuthorityTest, implements_no_operation_but_queries) {
  Message query = make_query(0xabcd, name_of("cluster.local"), Type::kSoa);
  for (const Opcode opcode : {Opcode::kNotify, Opcode::kUpdate, Opcode{1}, Opcode{15}}) {
    query.opcode = opcode;
    const Decision decision = decide_message(query);
    EXPECT_EQ(decision.outcome, Outcome::kNotImplemented);
    EXPECT_EQ(decision.response.rcode, Rcode::kNotImp);
    EXPECT_EQ(decision.response.opcode, opcode);
    EXPECT_EQ(decision.response.id, 0xabcd);
  }
}

TEST_F(AuthorityTest, calls_malformed_what_is_not_one_question) {
  Message query = make_query(0xabcd, name_of(kWeb), Type::kA);
  query.questions.push_back(query.questions[0]);
  EXPECT_EQ(decide_message(query).outcome, Outcome::kMalformed);
  query.questions.clear();
  EXPECT_EQ(decide_message(query).outcome, Outcome::kMalformed);
  query = make_query(0xabcd, name_of(kWeb), Type::kA);
  query.answers.push_back({.name = name_of(kWeb), .data = A{}});
  EXPECT_EQ(decide_message(query).outcome, Outcome::kMalformed);
}

TEST_F(AuthorityTest, answers_the_header_of_a_query_it_cannot_read) {
  auto bytes = build_message(make_query(0xabcd, name_of(kWeb), Type::kA)).bytes;
  for (std::size_t size = 12; size < bytes.size(); ++size) {
    const Decision decision = decide_bytes(std::span(bytes).first(size));
    EXPECT_EQ(decision.outcome, Outcome::kMalformed) << size;
    const Message response = on_wire(decision);
    EXPECT_EQ(response.rcode, Rcode::kFormErr);
    EXPECT_EQ(response.id, 0xabcd);
    EXPECT_TRUE(response.recursion_desired);
    EXPECT_TRUE(response.questions.empty());
  }
}

TEST_F(AuthorityTest, says_nothing_to_responses_and_to_less_than_a_header) {
  Message query = make_query(1, name_of(kWeb), Type::kA);
  query.is_response = true;
  EXPECT_EQ(decide_message(query).outcome, Outcome::kIgnored);
  query.opcode = Opcode::kNotify;
  EXPECT_EQ(decide_message(query).outcome, Outcome::kIgnored);
  const auto bytes = build_message(make_query(1, name_of(kWeb), Type::kA)).bytes;
  for (std::size_t size = 0; size < 12; ++size) {
    EXPECT_EQ(decide_bytes(std::span(bytes).first(size)).outcome, Outcome::kIgnored);
  }
}

TEST_F(AuthorityTest, asks_for_tcp_where_many_pods_do_not_fit) {
  ZoneSpec spec = testing::shop_spec();
  ZoneService many{.name = "many", .namespace_name = "shop", .ports = {{"http", "tcp", 80}}};
  for (std::uint32_t i = 0; i < 500; ++i) {
    many.pods.push_back({"pod-" + std::to_string(i), IpAddress::v4(0x0a610000 + i)});
  }
  spec.services.push_back(many);
  zone_ = Zone::make(spec).value();
  const Decision decision = ask("many", Type::kSrv);
  const BuiltMessage by_udp = build_message(decision.response, udp_limit(decision.query));
  EXPECT_TRUE(parse_message(by_udp.bytes)->truncated);
  // By TCP all of it fits, and our own resolver could read it.
  const Message by_tcp = on_wire(decision);
  EXPECT_EQ(by_tcp.answers.size(), 500u);
  EXPECT_EQ(by_tcp.additionals.size(), 500u);
}

TEST_F(AuthorityTest, has_a_word_for_each_outcome) {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    EXPECT_NE(outcome_name(static_cast<Outcome>(i)), "unknown");
  }
}

}  // namespace
}  // namespace seine::dns
