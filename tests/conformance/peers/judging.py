# SPDX-License-Identifier: Apache-2.0
"""What clients in Python share: what they await, and how they tell what became of a case."""

MIB = bytes(97 + index % 26 for index in range(1 << 20))


def expect(answer, status, body, wanted):
    """200 and exactly this body."""
    assert status == 200, f"status {status}, headers {dict(answer.headers)}"
    assert body == wanted, f"{len(body)} bytes came instead of {len(wanted)}, or others"


def tell(name, error=None):
    if error is None:
        print(f"ok {name}", flush=True)
    else:
        print(f"FAIL {name} {type(error).__name__}: {error}".replace("\n", " "), flush=True)


def judge(name, case):
    try:
        case()
        tell(name)
    except Exception as error:  # pylint: disable=broad-except
        tell(name, error)


async def judge_async(name, case):
    try:
        await case()
        tell(name)
    except Exception as error:  # pylint: disable=broad-except
        tell(name, error)
