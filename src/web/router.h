// SPDX-License-Identifier: Apache-2.0
// Which handler answers a request for JSON: a method and a path such as
// "/api/services/{ns}/{name}". Filled once, before the first request; one loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/task.h"
#include "web/reply.h"
#include "web/target.h"

namespace seine::web {

// What a handler is asked.
struct Call {
  std::vector<std::pair<std::string_view, std::string>> parameters;  // of the path, by name
  Query query;
  std::string body;  // whole, within the limit of the server
  std::string user;  // who is signed in; empty where nobody has to be

  // A parameter of the route's own pattern; asking for another one is a bug.
  const std::string& parameter(std::string_view name) const;
};

// A member function of an object that outlives the router's calls. An Error becomes {"error",
// "hint"} (reply.h). The call outlives the task.
//
//   router.add("GET", "/api/services/{name}", handler<&ServicesApi::show>(services));
struct Handler {
  void* object;
  runtime::Task<Result<Reply>> (*invoke)(void* object, const Call& call);
};

namespace detail {

template <auto Method>
struct HandlerOf;
template <class T, runtime::Task<Result<Reply>> (T::*Method)(const Call&)>
struct HandlerOf<Method> {
  using Object = T;
  [[clang::coro_wrapper]] static runtime::Task<Result<Reply>> invoke(void* object,
                                                                     const Call& call) {
    return (static_cast<T*>(object)->*Method)(call);
  }
};

}  // namespace detail

template <auto Method>
Handler handler(typename detail::HandlerOf<Method>::Object& object) {
  return {&object, &detail::HandlerOf<Method>::invoke};
}

enum class Access : std::uint8_t { kSignedIn, kEveryone };

struct Route {
  std::string method;
  std::vector<std::string> pattern;  // segments; "{name}" stands for any one
  Access access;
  Handler handler;
};

class Router {
 public:
  // A pattern that is there already for the method, or is none, is a bug.
  void add(std::string_view method, std::string_view pattern, Handler handler,
           Access access = Access::kSignedIn);

  struct Match {
    Route* route;  // null where the path is known and the method is not
    std::vector<std::pair<std::string_view, std::string>> parameters;
    std::string allowed;  // methods of the path: "GET, POST"
  };
  // Of routes that fit, that with the earliest literal segment wins. HEAD is GET where there is no
  // route of its own. Nothing where there is no such path.
  std::optional<Match> find(std::string_view method, const Target& target);

 private:
  std::vector<Route> routes_;
};

}  // namespace seine::web
