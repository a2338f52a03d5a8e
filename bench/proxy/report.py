# SPDX-License-Identifier: Apache-2.0
"""What was measured, as a dict, as Markdown and as JSON."""

import json
import os
import platform
import subprocess

import measure


def summarise(row, targets, rounds, dropped):
    names = [target.name for target in targets]
    reference = row.reference if row.reference in names else None
    result = {"title": row.title, "reference": reference, "rounds": len(rounds),
              "dropped": dropped, "targets": []}
    result["disturbed"] = sum(any(window.is_disturbed() for window in windows.values())
                              for windows in rounds)
    for target in targets:
        name = target.name
        has_proxy = bool(target.proxies)
        result["targets"].append({
            "name": name,
            "cpu_us": measure.median(rounds, name) if has_proxy else None,
            "ratio": (measure.median_ratio(rounds, name, reference)
                      if has_proxy and reference else None),
            "per_second": measure.median(rounds, name, lambda w: w.requests_per_second),
            "p50_us": measure.median(rounds, name, lambda w: w.latency_us["p50"]),
            "p99_us": measure.median(rounds, name, lambda w: w.latency_us["p99"]),
            "failed": sum(windows[name].failed for windows in rounds),
            "idle_mb": target.idle_bytes / 1e6 if has_proxy else None,
            "after_mb": target.resident() / 1e6 if has_proxy else None,
            "windows": [vars(windows[name]) for windows in rounds],
        })
    return result


def _cell(value, form):
    return "" if value is None else format(value, form)


def table(result):
    lines = [f"### {result['title']}", ""]
    lines.append(f"Median of {result['rounds']} rounds; {result['dropped']} disturbed ones were "
                 "dropped.")
    if result["disturbed"]:
        lines.append(f"**{result['disturbed']} disturbed rounds are among them: this is a look, "
                     "not a measurement.**")
    head = ["target", "CPU µs/request", f"ratio to {result['reference'] or 'nobody'}",
            "requests/s", "p50 µs", "p99 µs", "RSS idle MB", "RSS after MB", "failed"]
    lines += ["", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for target in result["targets"]:
        lines.append("| " + " | ".join([
            target["name"], _cell(target["cpu_us"], ".1f"), _cell(target["ratio"], ".2f"),
            _cell(target["per_second"], ".0f"), _cell(target["p50_us"], ".0f"),
            _cell(target["p99_us"], ".0f"), _cell(target["idle_mb"], ".1f"),
            _cell(target["after_mb"], ".1f"), str(target["failed"])]) + " |")
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
                  first_line(["openssl", "version"])],
        "seconds": options.seconds, "warmup": options.warmup,
    }


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
        file.write("\n".join(table(result) for result in results))
