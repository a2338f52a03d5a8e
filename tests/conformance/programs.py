# SPDX-License-Identifier: Apache-2.0
"""Strangers that are built or installed into build/conformance, and files of ours in peers/."""

import os
import re
import shutil
import subprocess

from lab.applications import ROOT, node as lab_node
from lab.process import LabError

_HERE = os.path.dirname(os.path.abspath(__file__))
_OUT = os.path.join(ROOT, "build", "conformance")
_BUILD_SECONDS = 500
_MINIMUM = (1, 19)


def peer(name):
    return os.path.join(_HERE, "peers", name)


def go():
    """The Go of PATH if it is new enough, else None."""
    found = shutil.which("go")
    if found is None:
        return None
    told = subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"go(\d+)\.(\d+)", told)
    if version is None or tuple(map(int, version.groups())) < _MINIMUM:
        return None
    return found


def node():
    """A Node.js that has what peers/package-lock.json names, else None."""
    try:
        return lab_node() if os.path.isdir(peer("node_modules")) else None
    except LabError:
        return None


def python():
    """The Python that has what peers/requirements.txt names, else None."""
    found = os.path.join(_OUT, "python", "bin", "python")
    return found if os.path.exists(found) else None


def java_classes():
    """The folder of what is compiled from peers/*.java, None where there is no Java."""
    compiler = shutil.which("javac")
    if compiler is None or shutil.which("java") is None:
        return None
    out = os.path.join(_OUT, "java")
    sources = [peer(name) for name in os.listdir(peer("")) if name.endswith(".java")]
    done = subprocess.run([compiler, "-d", out, *sources], capture_output=True, text=True,
                          timeout=_BUILD_SECONDS, check=False)
    if done.returncode != 0:
        raise LabError(f"peers/*.java do not compile: {done.stderr.strip()[-2000:]}")
    return out


def build(module, package, name):
    """The path of the program `name`, built from `package` by the go.mod in the folder `module`;
    None where there is no Go to build it with."""
    program = os.path.join(_OUT, name)
    compiler = go()
    if compiler is None:
        return None
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly",
                   "CGO_ENABLED": "0"}
    done = subprocess.run([compiler, "build", "-buildvcs=false", "-o", program, package],
                          cwd=os.path.join(_HERE, module), env=environment, capture_output=True,
                          text=True, timeout=_BUILD_SECONDS, check=False)
    if done.returncode != 0:
        raise LabError(f"{name} does not build: {done.stderr.strip()[-2000:]}")
    return program
