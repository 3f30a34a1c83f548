"""One row a case, and the table of all of them at the end of a run.

A row travels as a property of its test's report, so that it also arrives from the processes of
pytest-xdist. conftest.py collects and prints.
"""

import dataclasses

PROPERTY = "fault_row"


@dataclasses.dataclass
class Row:
    case: str
    rounds: int
    acknowledged: int | str
    found: int | str
    lost: int | str
    doubled: int | str
    note: str


class Report:
    """The fixture `report`. Call it before asserting, so that a failing case has its row too."""

    def __init__(self, node):
        self.node = node

    def __call__(self, case, rounds, counts=None, note=""):
        """`counts`: what Ledger.compare() gave; None for a case without mail."""
        if counts is None:
            row = Row(case, rounds, "-", "-", "-", "-", note)
        else:
            permitted = [f"{counts.again} again after no 250 was seen"] * bool(counts.again)
            permitted += [f"{counts.resent} again by a killed courier"] * bool(counts.resent)
            note = "; ".join([note] * bool(note) + permitted)
            row = Row(case, rounds, counts.acknowledged, counts.found, counts.lost, counts.doubled, note)
        self.node.user_properties.append((PROPERTY, dataclasses.asdict(row)))


def rows_of(reports):
    """[(row, outcome)] in the order of the cases; a failed test without a row gets one."""
    rows, named = [], set()
    for report in reports:
        if report.when != "call" and report.outcome == "passed":
            continue
        mine = [value for name, value in report.user_properties if name == PROPERTY]
        if not mine and report.outcome == "failed":
            mine = [dataclasses.asdict(Row(report.nodeid.rpartition("::")[2], 0, "-", "-", "-", "-", ""))]
        for row in mine:
            if (report.nodeid, row["case"]) not in named:
                named.add((report.nodeid, row["case"]))
                rows.append((row, report.outcome))
    return sorted(rows, key=lambda pair: pair[0]["case"])


def table(rows):
    """The rows as aligned text."""
    head = [field.name for field in dataclasses.fields(Row)]
    lines = [head]
    for row, outcome in rows:
        cells = [str(row[name]) for name in head]
        cells[-1] = ("" if outcome == "passed" else f"{outcome.upper()} ") + cells[-1]
        lines.append(cells)
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    is_number = [False, True, True, True, True, True, False]
    text = ""
    for line in lines:
        cells = [cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(line, widths, is_number)]
        text += "  ".join(cells).rstrip() + "\n"
    return text
