// SPDX-License-Identifier: Apache-2.0
// The server's side of an HTTP/2 connection.
#pragma once

#include "base/result.h"
#include "http/http2_options.h"
#include "http/message.h"
#include "runtime/buffer.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"
#include "runtime/stream.h"
#include "runtime/task.h"

namespace seine::http {

// Serves the connection until it is over; the caller then closes the stream. `already_read` is what
// detection has taken from it, from the first byte of the preface on.
//
// Each request runs as a task of its own. It is destroyed when the client resets its stream or the
// connection ends; bodies handed out stay valid and answer with an error then. An Error of the
// service, or of a response's body, resets the stream (see http2_code_for). A service that drops a
// request's body early still answers; the rest of the body is refused with NO_ERROR afterwards.
//
// When `drain` fires, GOAWAY is sent, open streams finish, new ones are refused, then this returns:
// once the client has closed too, at most kHttp2Linger later. No timer ends a quiet stream; but the
// last frames of a connection are dropped when the client takes none of them for keepalive_timeout.
// Destroying the task ends the connection at once.
//
// Errors: kProtocol and kLimit for what the peer did, kTimeout for an unanswered keepalive PING,
// else those of the stream. All references outlive the task.
runtime::Task<Result<void>> serve_http2(runtime::EventLoop& loop, runtime::Stream& stream,
                                        runtime::Bytes already_read, Service& service,
                                        runtime::Drain& drain, Http2Options options);

}  // namespace seine::http
