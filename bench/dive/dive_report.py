# SPDX-License-Identifier: Apache-2.0
"""What bench/dive/run found, as Markdown."""

import statistics

from report import first_line, where_measured

# Question of Dive, what Prometheus is asked for it, title.
_ROWS = [
    ("objective", "objective, query", "an objective of 7 days; increase() of counters"),
    ("objective", "objective, recorded",
     "the same; sum_over_time() of rules evaluated ahead"),
    ("dashboard", "dashboard, query", "dashboard of the last hour, all services; increase()"),
    ("service", None, "a service's page, last hour"),
    ("charts", None, "its charts, last 6 hours at 1 min"),
    ("evidence", None, "whose an objective's bad requests are, with examples"),
    ("dashboard, all objectives", None, "dashboard where every service has an objective"),
    ("dashboard, objectives kept", None, "the same, within ten seconds of the last"),
]


def _median(answers, index):
    return statistics.median(each[index] for each in answers)


def _questions(lab):
    lines = ["| question | Dive ms | CPU ms | Prometheus ms | CPU ms | ratio | ratio of CPU |",
             "|---|---|---|---|---|---|---|"]
    for ours, theirs, title in _ROWS:
        mine = lab.answers[ours]
        cells = [title, f"{_median(mine, 0):.1f}", f"{_median(mine, 1):.1f}"]
        others = lab.answers.get(theirs) if theirs else None
        if others:
            cells += [f"{_median(others, 0):.1f}", f"{_median(others, 1):.1f}"]
            for index in (0, 1):
                cells.append("%.2f" % statistics.median(
                    a[index] / b[index] for a, b in zip(mine, others)))
        else:
            cells += [""] * 4
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _percent(found, truth):
    return f"{100 * (found - truth) / truth:+.2f} %" if truth else ""


def _answers(lab):
    lines = ["| service | requests | of them bad | Dive finds bad | increase() | | rules | |",
             "|---|---|---|---|---|---|---|---|"]
    for row in lab.differences:
        good, bad = row["truth"]
        cells = [row["service"], f"{good + bad}", f"{bad}", f"{row['Dive'][1]}"]
        for way in ("query", "recorded"):
            if way in row:
                cells += [f"{row[way][1]:.1f}", _percent(row[way][1], bad)]
            else:
                cells += ["", ""]
        lines.append("| " + " | ".join(cells) + " |")
    exact = sum(row["Dive"] == row["truth"] for row in lab.differences)
    lines += ["", f"Dive's good and bad are those of the history, to the last request, in {exact} "
              f"of {len(lab.differences)}."]
    for way, name in (("query", "increase()"), ("recorded", "rules")):
        found = [row for row in lab.differences if way in row]
        if not found:
            continue
        worst = max(abs(row[way][1] - row["truth"][1]) / row["truth"][1]
                    for row in found if row["truth"][1])
        lines.append(f"By {name} bad requests are off by {100 * worst:.1f} % at worst, all requests"
                     " by " + "%.2f %%." % (100 * max(
                         abs(sum(row[way]) - sum(row["truth"])) / sum(row["truth"])
                         for row in found)))
    return lines


def _fill(result):
    lines = ["| what | buckets | taken, s (CPU) a million | folded, s (CPU) a million |",
             "|---|---|---|---|"]
    titles = {"minutes": "of a minute, folded each hour", "sixths": "of 10 s, folded each ten "
              "minutes", "lived": "of 10 s, folded each minute, as seine-dive does"}
    for key, title in titles.items():
        cost = result["fill"][key]
        if not cost["buckets"]:
            continue
        a_million = 1e6 / cost["buckets"]
        lines.append(f"| {title} | {cost['buckets']} | {cost['take_wall'] * a_million:.1f} "
                     f"({cost['take_cpu'] * a_million:.1f}) | {cost['fold_wall'] * a_million:.1f} "
                     f"({cost['fold_cpu'] * a_million:.1f}) |")
    return lines


def _sizes(result):
    lines = [f"Dive: {result['dive_octets'] / 1e6:.0f} MB"]
    tables = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in result["dive_tables"])
    lines[0] += f" ({tables})." if tables else "."
    if "samples" in result:
        octets = result["prometheus_octets"]
        lines.append(f"Prometheus: {octets / 1e6:.0f} MB of blocks for {result['samples']} samples "
                     f"and the rules of {result['objectives']} services, "
                     f"{octets / result['samples']:.2f} octets a sample. Dive's octets for each of "
                     f"these samples: {result['dive_octets'] / result['samples']:.2f}, with the "
                     "latencies of all requests, examples, and 10 s for six hours, none of which "
                     "this Prometheus has.")
    return lines


def _filling(result):
    if "samples" not in result:
        return []
    return [f"Prometheus took {result['samples'] / result['prometheus_fill']:.0f} samples a second "
            "from promtool, while Dive was filled."]


def text_of(result, root):
    where = where_measured(root)
    peer = first_line(["prometheus", "--version"])
    plan, lab = result["plan"], result["lab"]
    lines = ["# Dive's store beside Prometheus", "",
             "Written by `bench/dive/run --report`; the method is in ../README.md. Absolute figures"
             , "drift with the machine: compare ratios only.", "",
             f"Commit {where['commit']}; {where['machine']}; {peer}. "
             f"{plan.services} services of 5 routes, {plan.days} days. {lab.rounds} rounds; "
             f"strangers used {100 * statistics.median(lab.strangers):.0f} % of a core."]
    if lab.disturbed:
        lines.append(f"{lab.disturbed} rounds were disturbed"
                     + (", and are among them: **this is a look, not a measurement.**"
                        if result["kept_disturbed"] else " and dropped."))
    lines += ["", "## Questions", "", *_questions(lab), "",
              f"{result['objectives']} objectives, in the last two rows {lab.objectives_in_all}."]
    if lab.answers.get("rule, once"):
        rule = lab.answers["rule, once"]
        lines.append(f"One rule for all services takes Prometheus {_median(rule, 1):.0f} ms of CPU "
                     "each minute; each objective's kind needs two.")
    lines += ["", "## Answers", "", *_answers(lab), "", "## Taking and folding", "", *_fill(result)]
    lines += ["", "## Sizes", "", *_sizes(result), "", "Resident after all questions: "
              + ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in lab.resident.items())
              + ".", *_filling(result),
              "", f"All of it took {result['took'] / 60:.0f} minutes.", ""]
    return "\n".join(lines)
