// SPDX-License-Identifier: Apache-2.0
// The server's side of an HTTP/1 connection: requests are answered one after the other, in order.
//
// What a Service sees and says:
//  - Heads come without hop-by-hop fields; `upgrade` stays where the client asked for one that is
//    honoured (see RequestFacts::upgrade). 1.1 without Host is passed on with both names empty.
//  - The first poll of a request's body sends `100 Continue` to a client that waits for it. A body
//    may be dropped early and may outlive the connection; then it fails with kEof or kCancelled.
//  - Framing is derived from the response's body (see response_framing). `connection: close` in a
//    response closes the connection after it.
//  - Request::early passes informational heads on to a client of HTTP/1.1; one of 1.0 knows none.
//  - Upgrade and CONNECT are tunnels made of bodies: the request's body is pending until the answer
//    is 101 (or 2xx to CONNECT), then carries what the client sends, raw, to its shutdown; the
//    response's body goes to the client raw. Both ends are half-closes. The tunnel lasts until the
//    response's body has ended and the request's body has been destroyed. To any other answer the
//    request's body ends empty and the connection closes behind it.
//  - A response body that fails ends the connection behind what it gave: short of its length or its
//    last chunk, or with a reset where nothing else tells. So does the end of the task in the
//    middle of an exchange. The client never takes a part for the whole.
//  - When the client hangs up a call under way is destroyed. A half-close is fine, but a client to
//    whom nothing could be sent for kClientPatience after its own is taken for gone.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "http/offences.h"
#include "runtime/buffer.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"
#include "runtime/stream.h"
#include "runtime/task.h"

namespace seine::http {

// What is left of a request's body after its answer is read up to this size, so that the connection
// can be used again; beyond it the connection closes.
inline constexpr std::size_t kMaxUnreadBody = 64 * 1024;

// See http1_patience.h.
inline constexpr Duration kClientPatience = std::chrono::seconds(10);

struct Http1ServerOptions {
  // Zero: no limit. From the first byte of a head, for the first request from the start, to the
  // head's end; answered with 408 if something has come.
  Duration header_timeout{};
  // Between an answer and the next request; closes silently.
  Duration idle_timeout{};
  // The first head, too, has its time from its first byte on: a client may connect ahead.
  bool may_begin_late = false;
  // Borrowed, may be null.
  Offences* offences = nullptr;
};

// Serves `stream` until the peer closes, an error, or `drain` (which ends an idle connection at
// once and a busy one after its request, with `connection: close`). `already_read` comes before
// what the stream gives. Everything passed by reference outlives the task; the caller destroys the
// stream.
//
// Ok: closed at the end of an exchange by either side, or timed out idle. Errors, origin
// downstream: kProtocol and kLimit (answered with 400, 413, 417, 431, 501 or 505 and a sentence),
// kEof, kRead, kWrite, kCancelled (hung up), kTimeout (408); or the Error of the service, or of a
// body it gave.
runtime::Task<Result<void>> serve_http1(runtime::EventLoop& loop, runtime::Stream& stream,
                                        runtime::Bytes already_read, Service& service,
                                        runtime::Drain& drain, Http1ServerOptions options);

}  // namespace seine::http
