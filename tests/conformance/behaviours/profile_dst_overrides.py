# SPDX-License-Identifier: Apache-2.0
"""Traffic that a profile splits by weight."""

from behaviours.answers import add, balancer, detected, endpoint
from behaviours.control_plane import says
from behaviours.frame import case, expect, expect_equal
from behaviours.http1 import response
from behaviours.world import World
from lab.process import wait_until

_REQUESTS = 100


def open_world(binaries):
    return World(binaries, ["client"])


class _Split:
    """A service, and applications `apex`, `a`, `b` and `c` of which all but the first are only
    reached by an override."""

    def __init__(self, world):
        self.service = world.service()
        self.plane = self.service.plane
        self.apps, self.names = {}, {}
        for name in ("apex", "a", "b", "c"):
            self.apps[name] = world.http1_app(lambda *_, name=name: response(200, name.encode()))
            self.names[name] = (self.service.path if name == "apex"
                                else f"{name}.{self.service.path}")
            self.plane.on("Get", self.names[name], says(add(endpoint(self.apps[name]))))
        self.plane.on("Watch", self.service.address,
                      says(detected(balancer(self.service.path))))

    def profile(self, **weights):
        return {"fully_qualified_name": self.service.name,
                "dst_overrides": [{"authority": self.names[name], "weight": weight}
                                  for name, weight in weights.items()]}

    def start(self, **weights):
        self.plane.on("GetProfile", self.service.address, says(self.profile(**weights)))
        return self

    def update(self, **weights):
        self.plane.open_call("GetProfile", self.service.address).answer(self.profile(**weights))

    def shares(self, count=_REQUESTS):
        """{name: answers} of so many requests."""
        found = {}
        with self.service.http1() as client:
            for _ in range(count):
                answered = client.ask()
                expect_equal(answered.status, 200, "status")
                name = answered.body.decode()
                found[name] = found.get(name, 0) + 1
        return found


@case("add", "an override that comes takes over, and one more shares with it by weight")
def adds(world):
    split = _Split(world).start()
    expect_equal(split.shares(10), {"apex": 10}, "without overrides")
    split.update(apex=1, a=1)
    wait_until(lambda: split.shares(4).get("a"), 3, "an answer of the override")
    shares = split.shares()
    expect(30 <= shares.get("a", 0) <= 70 and set(shares) == {"apex", "a"}, f"{shares}")


@case("many", "three overrides take their shares")
def many(world):
    shares = _Split(world).start(a=600, b=300, c=100).shares(200)
    expect(set(shares) == {"a", "b", "c"}, f"{shares}")
    expect(90 <= shares["a"] <= 150 and 35 <= shares["b"] <= 85 and 5 <= shares["c"] <= 40,
           f"{shares} of 120, 60 and 20")


@case("weight zero", "an override of weight zero gets nothing")
def weight_zero(world):
    expect_equal(_Split(world).start(a=1, b=0).shares(50), {"a": 50}, "shares")


@case("all zero", "if all weights are zero, the original destination gets all")
def all_zero(world):
    expect_equal(_Split(world).start(a=0, b=0).shares(20), {"apex": 20}, "shares")


@case("remove", "overrides that are removed get nothing more, and without any the destination"
      " itself gets all")
def removes(world):
    split = _Split(world).start(a=1, b=1)
    expect(set(split.shares(40)) == {"a", "b"}, "with both")
    split.update(b=1)
    wait_until(lambda: split.shares(8) == {"b": 8}, 3, "an end of requests to a")
    split.update()
    wait_until(lambda: split.shares(8) == {"apex": 8}, 3, "an end of requests to b")
