// SPDX-License-Identifier: Apache-2.0
#include "dns/message.h"

#include <utility>

namespace seine::dns {

std::string_view rcode_name(Rcode rcode) {
  switch (rcode) {
    case Rcode::kNoError: return "NOERROR";
    case Rcode::kFormErr: return "FORMERR";
    case Rcode::kServFail: return "SERVFAIL";
    case Rcode::kNxDomain: return "NXDOMAIN";
    case Rcode::kNotImp: return "NOTIMP";
    case Rcode::kRefused: return "REFUSED";
    case Rcode::kBadVers: return "BADVERS";
  }
  return "RCODE";
}

Type Record::type() const {
  struct Visitor {
    Type operator()(const A&) const { return Type::kA; }
    Type operator()(const Aaaa&) const { return Type::kAaaa; }
    Type operator()(const Ns&) const { return Type::kNs; }
    Type operator()(const Cname&) const { return Type::kCname; }
    Type operator()(const Ptr&) const { return Type::kPtr; }
    Type operator()(const Soa&) const { return Type::kSoa; }
    Type operator()(const Srv&) const { return Type::kSrv; }
    Type operator()(const Opaque& opaque) const { return opaque.type; }
  };
  return std::visit(Visitor{}, data);
}

Message make_query(std::uint16_t id, Name name, Type type) {
  Message query;
  query.id = id;
  query.recursion_desired = true;
  query.questions.push_back({std::move(name), type, Class::kIn});
  query.edns = Edns{};
  return query;
}

}  // namespace seine::dns
