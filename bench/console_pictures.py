"""Takes every picture in ``docs/images``: the console's pages, and the plan's curve.

Start ``leadwise demo --home DIR`` and run ``python -m bench.console_pictures
http://127.0.0.1:8080 DIR``: the leads are made up. The variable ``CHROME`` names a Chromium where
Playwright has none of its own.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pandas as pd
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console

from ml.bootstrap import laptop
from ml.contract.settings import LaptopSettings
from ml.core.generator import Scenario, generate_leads
from ml.pipeline import Pipeline
from ml.use_cases.lead_conversion import LEAD_CONVERSION

FOLDER = Path(__file__).parents[1] / "docs" / "images"
_WIDTH, _HEIGHT = 1280, 860
#: Of a phone.
_NARROW = (390, 844)
#: The page Models begins to tell its figures further down; others end earlier.
_HEIGHTS = {
    "models": 1180,
    "lead": 1000,
    "promote": 560,
    "jobs": 420,
    "monitor": 1645,
    "drift": 1195,
}
_TIME = "Total Time Spent on Website"
#: Pictures that exist in dark and of a phone too.
_DARK = _PHONE = ("results", "worklist")
#: Weeks that the page Monitor looks back on, leads of each, and the week in which they change.
_WEEKS, _WEEKLY, _CHANGE = 12, 900, 10
#: What a win is worth.
_WORTH = 1_200.0
#: What the plan's curve is drawn for.
_PLAN = ("--capacity", "200", "--value", f"{_WORTH:g}", "--cost", "150")


def take(console: str, home: Path) -> None:
    """Score made-up leads, look at every page, and draw the plan.

    Parameters
    ----------
    console : str
        Address of a running console.
    home : Path
        Its home.
    """
    _draw_plan(home)
    _watch(home)
    addresses = _prepared(console)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROME"))
        for name, address in addresses.items():
            _picture(browser, console + address, name, "light")
            if name in _DARK:
                _picture(browser, console + address, f"{name}-dark", "dark")
            if name in _PHONE:
                _picture(browser, console + address, f"{name}-narrow", "light", _NARROW)
        browser.close()


def _draw_plan(home: Path) -> None:
    command = [sys.executable, "-m", "ml.cli", "plan", "lead_conversion", "--home", str(home)]
    picture = ("--plot", str(FOLDER / "plan.png"))
    subprocess.run([*command, *_PLAN, *picture], check=True, stdout=subprocess.DEVNULL)


def _watch(home: Path) -> None:
    """Look at made-up leads week by week, until they are not what they were."""
    quiet, late = (
        pd.concat(generate_leads(rows=_WEEKS * _WEEKLY, seed=5, scenario=scenario))
        .drop(columns="Arrival Date", errors="ignore")
        .sample(frac=1, random_state=0)
        for scenario in (Scenario(), Scenario(arrival_weeks=_WEEKS, drift_week=0))
    )
    case = replace(LEAD_CONVERSION, value_per_win=_WORTH)
    settings = LaptopSettings(home=str(home))
    with TemporaryDirectory() as folder, laptop(settings, Console(quiet=True)) as runtime:
        for week in range(_WEEKS):
            file = Path(folder) / f"leads-of-week-{week + 1}.csv"
            leads = quiet if week < _CHANGE else late
            leads[week * _WEEKLY : (week + 1) * _WEEKLY].to_csv(file, index=False)
            then = datetime.now(UTC) - timedelta(weeks=_WEEKS - 1 - week, hours=3)
            aside = replace(runtime, now=partial(_same, then))
            Pipeline(case, aside, case.default_moment).watch(file, report=week == _WEEKS - 1)


def _same(moment: datetime) -> datetime:
    return moment


def _prepared(console: str) -> dict[str, str]:
    """Addresses by picture, once there is something to see."""
    with httpx.Client(base_url=console, timeout=60, trust_env=False) as client:
        sample = client.get("/sample.csv").text
        file = {"file": ("october-leads.csv", _with_faults(sample).encode())}
        job = client.post("/v1/jobs", files=file).raise_for_status().json()["id"]
        while client.get(f"/v1/jobs/{job}").json()["state"] in {"queued", "running"}:
            time.sleep(0.2)
        best = next(csv.DictReader(io.StringIO(client.get("/worklist.csv").text)))
        lead = _story(client, sample, next(iter(set(best.values()) & set(_ids(sample)))))
    return {
        "score": "/",
        "results": f"/results/{job}",
        "worklist": "/worklist?capacity=12&value=1200&cost=15",
        "lead": f"/leads/{lead}",
        "models": "/models",
        "promote": "/models/promote",
        "jobs": "/jobs",
        "monitor": "/monitor",
        "drift": "/drift",
    }


def _with_faults(sample: str) -> str:
    """The sample with two rows that need attention."""
    rows = list(csv.DictReader(io.StringIO(sample)))
    rows[-2]["TotalVisits"], rows[-1]["Do Not Email"] = "-1", "perhaps"
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _ids(sample: str) -> list[str]:
    return [row["Prospect ID"] for row in csv.DictReader(io.StringIO(sample))]


def _story(client: httpx.Client, sample: str, lead: str) -> str:
    """Let a lead come back to the website: three scores, the last as in the file."""
    rows = csv.DictReader(io.StringIO(sample))
    row: dict[str, Any] = next(row for row in rows if row["Prospect ID"] == lead)
    first = row | {_TIME: "40", "TotalVisits": "2", "Last Activity": "Email Opened"}
    for cells in (first, first | {_TIME: "420", "TotalVisits": "3"}, row):
        client.post("/v1/score", json=cells).raise_for_status()
    client.post(f"/v1/leads/{lead}/feedback", json={"verdict": "up"}).raise_for_status()
    return lead


def _picture(
    browser: Browser, address: str, name: str, scheme: Any, size: tuple[int, int] | None = None
) -> None:
    width, height = size or (_WIDTH, _HEIGHTS.get(name, _HEIGHT))
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
    answer = page.goto(address)
    if answer is None or not answer.ok:
        raise SystemExit(f"{address} does not answer as it should; no picture of it was taken")
    page.locator("tbody .why summary").evaluate_all("all => all[1]?.click()")
    page.screenshot(path=FOLDER / f"{name}.png")
    page.close()


if __name__ == "__main__":
    take(sys.argv[1], Path(sys.argv[2]))
