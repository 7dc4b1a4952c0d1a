"""The commands `alerts ...`: what people were told, whether channels work, telling them now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.options import HOME, AsJson, Home
from ml.cli.output import err, show_json, show_table
from ml.contract.alert_settings import AlertSettings
from ml.contract.errors import DependencyUnavailable, UsageError
from ml.contract.incidents import Incident
from ml.contract.settings import LaptopSettings

if TYPE_CHECKING:
    from ml.adapters.routed_alerts import Delivered, RoutedAlerts
    from ml.contract.alerts import Channel

Most = Annotated[int, typer.Option("--most", min=1, max=1000, help="How many to show.")]
_SETTINGS = ("slack_webhook_url", "pagerduty_routing_key", "smtp_host")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    alerts = typer.Typer(
        help="What people are told: incidents, and the channels of a home.", no_args_is_help=True
    )
    alerts.command("list")(list_incidents)
    alerts.command("test")(try_channels)
    alerts.command("deliver")(deliver)
    alerts.command("close")(close)
    app.add_typer(alerts, name="alerts")


def list_incidents(home: Home = HOME, most: Most = 50, as_json: AsJson = False) -> None:
    """Open incidents, then those that are over, with what each channel was told."""
    alerts = _alerts(home)
    found, waiting = alerts.incidents(most), alerts.outbox.waiting()
    if as_json:
        show_json({"incidents": [_described(each) for each in found], "waiting": waiting})
        return
    header = ("number", "state", "severity", "what", "about", "last", "times", "told", "says")
    show_table("Incidents", header, map(_row, found))
    err.print(f"messages that wait for a channel: {waiting}")


def try_channels(home: Home = HOME, as_json: AsJson = False) -> None:
    """Send one message over every channel that is set up, now, and say which took it."""
    alerts = _alerts(home)
    if not alerts.sinks:
        raise UsageError(
            "no channel is set up, alerts go to the log only; set "
            f"{' or '.join(map(AlertSettings.variable, _SETTINGS))}, or name a file with the "
            f"secrets in {AlertSettings.variable('secrets_file')}"
        )
    _show("Sent", alerts.test(), {}, as_json=as_json)


def deliver(home: Home = HOME, as_json: AsJson = False) -> None:
    """Hand over the messages that are due now: for a clock, on a home without a server."""
    alerts = _alerts(home)
    done = alerts.deliver()
    _show("Delivered", done, {"waiting": alerts.outbox.waiting()}, as_json=as_json)


def close(
    incident: Annotated[int, typer.Argument(help="Its number, as `alerts list` shows it.")],
    why: Annotated[str, typer.Option("--why", help="A sentence for whoever was told of it.")],
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """End an incident that will not end by itself; whoever heard of it hears who closed it."""
    from ml.adapters.code_environment import user_at_host

    alerts, who = _alerts(home), LaptopSettings.from_env(os.environ).who or user_at_host()
    alerts.close(incident, who=who, why=why)
    _show("Delivered", alerts.deliver(), {"waiting": alerts.outbox.waiting()}, as_json=as_json)


def _alerts(home: str) -> RoutedAlerts:
    from ml.bootstrap import home_alerts

    return home_alerts(LaptopSettings(home=home).path)


def _show(
    title: str, done: Mapping[Channel, Delivered], facts: dict[str, int], *, as_json: bool
) -> None:
    """Say what each channel took; exit code 4 where one did not take its message."""
    channels = [{"channel": str(channel)} | asdict(each) for channel, each in done.items()]
    failed = [f"{each['channel']}: {each['reason']}" for each in channels if each["reason"]]
    if as_json:
        show_json({"channels": channels} | facts)
    else:
        show_table(title, ("channel", "taken", "reason"), (each.values() for each in channels))
        for name, value in facts.items():
            err.print(f"{name}: {value}")
    if failed:
        said = f"not every channel took its message: {'; '.join(failed)}"
        err.print(f"error: {said}", markup=False, soft_wrap=True)
        raise typer.Exit(DependencyUnavailable.exit_code)


def _described(incident: Incident) -> dict[str, object]:
    return {"state": _state(incident)} | asdict(incident)


def _state(incident: Incident) -> str:
    return "open" if incident.is_open else "over"


def _row(incident: Incident) -> tuple[object, ...]:
    told = ", ".join(f"{each.channel} {each.state}" for each in incident.channels)
    return (
        incident.number,
        _state(incident),
        incident.severity,
        incident.rule,
        incident.subject,
        incident.over_at or incident.last_at,
        incident.count,
        told or "log",
        f"{incident.closed_by}: {incident.why}" if incident.closed_by else incident.says,
    )
