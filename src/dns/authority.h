// SPDX-License-Identifier: Apache-2.0
// What the mesh's DNS server says to a query, decided by the query's bytes, the asker's namespace
// and the zone alone. Pure.
//
//   below our zones   the records, or NXDOMAIN, or no data; with AA, a "no" with the SOA. TTL 5 s
//   a relative name   the records of the service it stands for (zone.h), under the name asked. One
//                     label that is no service of the asker's namespace: NXDOMAIN, as at the end
//                     of a search list; unless names are forwarded
//   all else          to be forwarded, if so told and recursion is desired; else REFUSED
//   ANY               one kind of what is there (RFC 8482)
//   EDNS0             answered with EDNS0, options passed over; another version: BADVERS
//   class not IN      REFUSED, as are transfers of a zone
//   not one question  FORMERR, as for bytes that are no message (RFC 9619)
//   opcode not QUERY  NOTIMP
//   a response        nothing, nor to what is shorter than a header: no two servers ever talk
//
// Names in answers keep the case of the question, by which some resolvers know a forgery.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dns/message.h"
#include "dns/zone.h"

namespace seine::dns {

enum class Outcome : std::uint8_t {
  kAnswered,
  kNoData,
  kNxDomain,
  kForward,
  kRefused,
  kNotImplemented,
  kMalformed,
  kBadVersion,
  kIgnored,
};
inline constexpr std::size_t kOutcomes = 9;
// "answered", "no data": a label of metrics.
std::string_view outcome_name(Outcome outcome);

struct Decision {
  Outcome outcome = Outcome::kIgnored;
  // As far as it was understood; whole, with one question, for kForward.
  Message query;
  // Nothing to be sent for kIgnored; for kForward a SERVFAIL, should nobody know the answer.
  Message response;
};

// `client_namespace` is empty for an asker that is no pod. `forwards`: somebody stands ready for
// names that are not ours.
Decision decide(std::span<const std::uint8_t> query, std::string_view client_namespace,
                const Zone& zone, bool forwards);

// What the asker takes by UDP: 512 bytes, or what it says by EDNS0, up to kEdnsUdpBytes.
std::size_t udp_limit(const Message& query);

}  // namespace seine::dns
