"""The leakage guard: whether a column knows more than it can have known at its moment."""

from ml.core.leakage.finding import ColumnFinding, Evidence, LeakageReport
from ml.core.leakage.gate import leaks_among
from ml.core.leakage.guard import find_leaks
from ml.core.leakage.report_page import leakage_page

__all__ = [
    "ColumnFinding",
    "Evidence",
    "LeakageReport",
    "find_leaks",
    "leakage_page",
    "leaks_among",
]
