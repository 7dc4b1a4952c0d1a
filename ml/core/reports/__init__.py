"""Reports: HTML pages that stand by themselves, for people who read them in any browser."""

from ml.core.reports.page import page

__all__ = ["page"]
