"""What is wrong, and why: evidence by layer, and the causes that it speaks for.

`investigate` takes `Evidence`, made by a step out of files and a home, and gives an
`Investigation`. Each layer is a file of checks; `speaking` is the one place that says which
finding speaks for or against which cause.
"""

from ml.core.investigating.evidence import Evidence
from ml.core.investigating.investigate import investigate
from ml.core.investigating.outcomes import Outcomes, Told, beside
from ml.core.investigating.parts import Answered, Current, Scored, Serving
from ml.core.investigating.report_page import investigation_page

__all__ = [
    "Answered",
    "Current",
    "Evidence",
    "Outcomes",
    "Scored",
    "Serving",
    "Told",
    "beside",
    "investigate",
    "investigation_page",
]
