# SPDX-License-Identifier: Apache-2.0
"""A control plane that says what a test told it to, on loopback, where no TLS is asked for."""

import subprocess
import time

from behaviours import http2
from behaviours.messages import address_text, framed, message, methods, unframed
from behaviours.sockets import Listener
from lab.process import LabError, wait_until

PORT = 8086
INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, UNAVAILABLE = 3, 5, 9, 14
_SERVICES = ("destination.Destination", "outbound.OutboundPolicies",
             "inbound.InboundServerPolicies", "identity.Identity")
_CERTIFICATE_SECONDS = 86400


class Call:
    """One that the proxy made; open until end()."""

    def __init__(self, stream, request, answer_kind):
        self.stream, self.request, self._kind = stream, request, answer_kind
        self.at = time.monotonic()
        self._is_begun = self._is_ended = False

    @property
    def over(self):
        return self._is_ended or self.stream.reset is not None or self.stream.peer.gone

    def answer(self, *answers):
        """Messages, or dicts of their fields; the stream stays open."""
        if not self._is_begun:
            self._is_begun = True
            self.stream.send_head([(":status", "200"), ("content-type", "application/grpc")])
        for each in answers:
            self.stream.send(framed(self._kind(**each) if isinstance(each, dict) else each))

    def end(self, status=0, text=""):
        trailers = [("grpc-status", str(status)), ("grpc-message", text)]
        if not self._is_begun:
            trailers = [(":status", "200"), ("content-type", "application/grpc"), *trailers]
        self._is_ended = True
        self.stream.send_head(trailers, end=True)


def says(*answers):
    """A script: these at once, and then nothing."""
    return lambda call: call.answer(*answers)


def fails(status, text="as the test wants it"):
    return lambda call: call.end(status, text)


def is_silent(_):
    """A script."""


class ControlPlane:
    """Scripts are set by method and target; what has none gets the least that lets traffic pass.
    A method is called as in "Get", "GetProfile", "Watch", "WatchPort" and "Certify"; its target is
    the path or address asked for, the port, or the identity."""

    def __init__(self, space, directory):
        self._space, self._directory = space, directory
        self._scripts = {}
        self._calls = []
        self._kinds = {}
        self.leaf_seconds = _CERTIFICATE_SECONDS
        for service in _SERVICES:
            for name, kinds in methods(service).items():
                self._kinds[f"/io.linkerd.proxy.{service}/{name}"] = (name, *kinds)
        self._listener = None
        self.start()

    def start(self):
        """Also after stop()."""
        self._listener = Listener(self._space, "127.0.0.1", PORT, self._serve)

    def stop(self):
        """As if it had been killed."""
        self._listener.close()

    def _serve(self, connection):
        http2.Peer(connection, False, self._start_call).run()

    def _start_call(self, stream):
        name, request_kind, answer_kind = self._kinds[stream.get(":path")]
        stream.peer.wait(lambda: unframed(stream.body)[0], "a request of the proxy")
        request = request_kind.FromString(unframed(stream.body)[0][0])
        call = Call(stream, request, answer_kind)
        target = _target(name, request)
        self._calls.append((name, target, call))
        script = self._scripts.get((name, target)) or self._scripts.get((name, None))
        (script or getattr(self, f"_{name.lower()}"))(call)

    def on(self, method, target, script):
        """From the next call on; target None is any that has no script of its own."""
        self._scripts[method, target] = script

    def calls(self, method, target=None):
        """Those made so far."""
        return [call for name, asked, call in list(self._calls)
                if name == method and target in (None, asked)]

    def wait_calls(self, method, target=None, count=1, seconds=10):
        """The last of them, once there are that many."""
        wait_until(lambda: len(self.calls(method, target)) >= count, seconds,
                   f"call {count} of {method} for {target}", every=0.01)
        return self.calls(method, target)[-1]

    def open_call(self, method, target):
        """The one that is under way."""
        found = [call for call in self.calls(method, target) if not call.over]
        if len(found) != 1:
            raise LabError(f"{len(found)} calls of {method} for {target} are open, not 1")
        return found[0]

    # What holds without a script.

    def _getprofile(self, call):
        call.answer({})

    def _get(self, call):
        call.answer({"no_endpoints": {"exists": False}})

    def _watch(self, call):
        call.end(NOT_FOUND, "no policy")

    def _watchport(self, call):
        call.answer(usual_server())

    def _certify(self, call):
        self.certify(call)

    def certify(self, call, seconds=None):
        """Signs what was asked for; told to hold for so many seconds."""
        signed = sign(self._directory, call.request.certificate_signing_request)
        until = time.time() + (seconds or self.leaf_seconds)
        call.answer({"leaf_certificate": signed, "valid_until": {"seconds": int(until)}})
        call.end()


def sign(directory, request, authority="ca"):
    """A certificate in DER, as the proxies' authority makes it."""
    done = subprocess.run(
        ["openssl", "x509", "-req", "-inform", "DER", "-CA", f"{directory}/{authority}.pem",
         "-CAkey", f"{directory}/{authority}.key", "-set_serial", str(time.monotonic_ns()),
         "-copy_extensions", "copyall", "-days", "1", "-outform", "DER"],
        input=request, capture_output=True, check=False)
    if done.returncode != 0:
        raise LabError(f"openssl signs no certificate: {done.stderr}")
    return done.stdout


def usual_server(**protocol):
    """Any client, protocol detected."""
    if not protocol:
        protocol = {"detect": {"timeout": {"seconds": 10}}}
    # As the default policy that holds until this has come, so that both count as one.
    labels = {"name": "default:all-unauthenticated"}
    anywhere = {"net": {"ip": {"ipv4": 0}, "prefix_len": 0}}
    return message("inbound.Server", protocol=protocol, labels=labels, authorizations=[
        {"networks": [anywhere], "authentication": {"unauthenticated": {}}, "labels": labels}])


def _target(name, request):
    if name in ("Get", "GetProfile"):
        return request.path
    if name == "Watch":
        return request.authority or address_text(request.addr)
    return request.port if name == "WatchPort" else request.identity
