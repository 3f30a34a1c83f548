"""The table, and each target with what was measured beside it."""

import dataclasses
import statistics
import time

from cells import Ratio, Traffic

PEERS = ["nothing", "postfix proxy", "postfix queue", "haraka", "postern"]


@dataclasses.dataclass
class Data:
    machine: str = ""
    load: tuple = ()
    minutes: float = 0
    table: dict = dataclasses.field(default_factory=dict)  # Traffic -> name -> Cell
    beside: dict = dataclasses.field(default_factory=dict)  # the same, empty and full store
    latency: dict = dataclasses.field(default_factory=dict)  # name -> [(median, p99)]
    start: tuple = ()
    holds: int = 0
    big: dict = dataclasses.field(default_factory=dict)
    idle: dict = dataclasses.field(default_factory=dict)
    connections: int = 0
    notes: list = dataclasses.field(default_factory=list)


def number(value, digits=2):
    return "-" if value is None else f"{value:,.{digits}f}"


def times(value):
    return "-" if value is None else f"{value:.2f} ×"


def rows(lines):
    """A Markdown table of lists of cells, the first the head."""
    head = "| " + " | ".join(lines[0]) + " |"
    rule = "|" + "|".join([" --- "] + [" ---: "] * (len(lines[0]) - 1)) + "|"
    return "\n".join([head, rule, *("| " + " | ".join(line) + " |" for line in lines[1:])])


def throughput(data):
    lines = [["traffic", *PEERS, "÷ nothing", "÷ proxy", "÷ queue", "÷ haraka"]]
    for traffic, row in data.table.items():
        rates = [number(row[name].median("rate"), 0) if name in row else "" for name in PEERS]
        ratios = [times(Ratio.of(row["postern"], row.get(name))) for name in PEERS[:-1]]
        lines.append([str(traffic), *rates, *ratios])
    return rows(lines)


def costs(data):
    names = PEERS[1:]
    lines = [["traffic", *(f"{name}: ms" for name in names), *(f"{name}: MB" for name in names), "CPU ÷ proxy"]]
    for traffic, row in data.table.items():
        cpu = [number(row[name].median("cpu_ms"), 3) if name in row else "" for name in names]
        memory = []
        for name in names:
            seen = [run.resident_kb for run in row[name].runs] if name in row else []
            memory.append(number(max(seen) / 1024, 0) if seen else "")
        lines.append([str(traffic), *cpu, *memory, times(Ratio.of(row["postern"], row.get("postfix proxy"), "cpu_ms"))])
    return rows(lines)


def latencies(data):
    lines = [["one session", "median ms", "p99 ms", "added at the median", "added at p99"]]
    ground = [statistics.median(run[i] for run in data.latency["nothing"]) for i in (0, 1)]
    for name, runs in data.latency.items():
        found = [statistics.median(run[i] for run in runs) for i in (0, 1)]
        added = [number(a - b, 3) if name != "nothing" else "" for a, b in zip(found, ground)]
        lines.append([name, *(number(value, 3) for value in found), *added])
    return rows(lines), statistics.median(run[0] for run in data.latency["postern"]) - ground[0]


def targets(data, added):
    lines = [["target", "measured", "wanted", ""]]

    def line(what, value, shown, at_least=None, at_most=None, unit=""):
        if value is None:
            lines.append([what, "not measured", "", ""])
            return
        met = value >= at_least if at_least is not None else value <= at_most
        wanted = f"≥ {at_least:g}{unit}" if at_least is not None else f"≤ {at_most:g}{unit}"
        lines.append([what, shown, wanted, "met" if met else "**missed**"])

    for words, many, least in (("one message per connection", False, 2), ("many messages per connection", True, 2.5)):
        row = data.table.get(Traffic(many=many), {})
        mine = row.get("postern")

        def ratio(name, field="rate"):
            return Ratio.of(mine, row.get(name), field) if mine else None

        proxy, queue, nothing, cpu = ratio("postfix proxy"), ratio("postfix queue"), ratio("nothing"), ratio("postfix proxy", "cpu_ms")
        line(f"pass-through ÷ Postfix proxy, {words}", proxy, times(proxy), at_least=least, unit=" ×")
        line(f"pass-through ÷ Postfix queue, {words}", queue, times(queue), at_least=6, unit=" ×")
        line(f"pass-through ÷ nothing, {words}", nothing, times(nothing), at_least=0.5, unit=" ×")
        line(f"CPU per message ÷ Postfix proxy, {words}", cpu, times(cpu), at_most=0.333, unit=" ×")
        held = data.table.get(Traffic(fate="held", many=many), {})
        value = Ratio.of(held.get("postern"), held.get("postfix queue"))
        line(f"durable holds ÷ Postfix queue, {words}", value, times(value), at_least=5, unit=" ×")
    line("added latency at one session, median", added, f"{added:.3f} ms", at_most=1, unit=" ms")
    for tls, most in ((False, 16), (True, 48)):
        value = data.idle.get(tls)
        line(f"an idle connection at {data.connections:,}{', TLS' * tls}", value, f"{number(value, 1)} KB", at_most=most, unit=" KB")
    for traffic, row in data.beside.items():
        value = Ratio.of(row["postern full"], row["postern"])
        line(f"beside {data.holds:,} holds and managed senders ÷ empty: {traffic}", value, times(value), at_least=0.9, unit=" ×")
    line(f"start with {data.holds:,} holds", data.start[0], f"{data.start[0]:.2f} s", at_most=2, unit=" s")
    line(f"start with {data.holds:,} holds after kill -9", data.start[1], f"{data.start[1]:.2f} s", at_most=2, unit=" s")
    for sender, fate in (("sender.example", "passed on"), ("held.example", "held")):
        value = data.big.get(sender)
        line(f"memory that a message of 50 MB adds, {fate}", value, f"{number(value / 1024)} MB", at_most=2048)
        lines[-1][2] = "≤ 2 MB"
    return rows(lines)


def text(data, chosen):
    added_table, added = latencies(data)
    troubles = [cell.trouble for group in (data.table, data.beside) for row in group.values() for cell in row.values() if cell.trouble]
    parts = [
        f"Measured {time.strftime('%Y-%m-%d %H:%M')}, {data.minutes:.0f} minutes, {chosen.rounds} rounds in turn, medians.",
        f"{data.machine}. Load when the rounds ended: {', '.join(f'{value:.1f}' for value in data.load)}.",
        "Messages a second:",
        throughput(data),
        "CPU milliseconds per message and peak memory (shared pages counted once), all processes of each:",
        costs(data),
        added_table,
        targets(data, added),
        *data.notes,
        *(f"Trouble: {trouble}" for trouble in troubles),
    ]
    return "\n\n".join(parts) + "\n"
