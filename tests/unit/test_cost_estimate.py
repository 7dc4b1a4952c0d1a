"""Nothing that AWS charges for goes without a price, and a budget is held."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from infra.cost import machines, pieces, usage
from infra.cost.change import changes
from infra.cost.estimate import IDLE, OverBudget, hold_budget, price_of
from infra.cost.free import FREE
from infra.cost.prices import PRICES as FILE
from infra.cost.prices import Price, PriceList, PriceMissing
from infra.environments import DEV
from tests.support.priced import PRICES, entry, price, write_synth


def test_a_type_that_nobody_has_classified_is_refused_by_name():
    with pytest.raises(PriceMissing, match=r"AWS::Kendra::Index It in leadwise-dev-lake .*free.py"):
        price({"It": entry("Kendra::Index")})


def test_a_size_without_a_price_is_refused_with_its_key():
    with pytest.raises(PriceMissing, match=r"Instance It .* 'ec2.x9.huge'.*prices.json"):
        price({"It": entry("EC2::Instance", InstanceType="x9.huge")})


def test_a_missing_price_is_a_matter_of_usage():
    assert PriceMissing.exit_code == 2
    assert OverBudget.exit_code == 3


def test_prices_of_another_region_are_not_used(tmp_path):
    abroad = replace(DEV, region="eu-central-1")
    with pytest.raises(PriceMissing, match=r"'dev' is in eu-central-1.*us-east-1"):
        price_of(abroad, PRICES, write_synth(tmp_path, {}))


def test_what_is_free_is_counted_and_costs_nothing():
    found = price({"Role": entry("IAM::Role"), "Alias": entry("KMS::Alias")})
    assert (found.free, found.lines) == (2, ())


def test_no_type_is_both_free_and_paid():
    assert FREE.keys().isdisjoint(IDLE.keys() | usage.PRICERS.keys())
    assert machines.PRICERS.keys().isdisjoint(pieces.PRICERS)


def test_what_is_paid_by_use_is_apart_and_says_what_it_assumes():
    found = price({"Bucket": entry("S3::Bucket"), "Key": entry("KMS::Key")})
    assert found.idle_usd == 1.0
    assert {line.charge.assumption for line in found.used} == {
        "5 GB kept, old versions included",
        "50,000 requests",
    }


@pytest.mark.parametrize(
    ("kind", "properties", "usd"),
    [
        ("Lambda::Function", {"MemorySize": 1024, "Architectures": ["arm64"]}, 0.03),
        ("Glue::Job", {"NumberOfWorkers": 3, "WorkerType": "G.1X"}, 0.88),
        ("Glue::Job", {"NumberOfWorkers": 3, "ExecutionClass": "FLEX"}, 0.58),
        ("RedshiftServerless::Workgroup", {"BaseCapacity": 8}, 7.5),
    ],
)
def test_use_is_priced_by_the_size_of_the_resource(kind, properties, usd):
    assert price({"It": entry(kind, **properties)}).used_usd == usd


def test_a_budget_is_held_by_the_idle_price_alone():
    found = price({"Nat": entry("EC2::NatGateway")})
    assert found.used_usd > 0
    hold_budget([(found, 33)])
    with pytest.raises(OverBudget, match=r"dev costs \$32.85 a month idle, its budget is \$32"):
        hold_budget([(found, 32)])


def test_a_change_is_told_resource_by_resource():
    def zones(count):
        subnets = [f"subnet{number}" for number in range(count)]
        return entry("EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=subnets)

    before = price({"Sts": zones(1), "Old": entry("KMS::Key"), "Same": entry("EC2::EIP")})
    after = price({"Sts": zones(2), "New": entry("EC2::NatGateway"), "Same": entry("EC2::EIP")})
    found = [
        (each.kind, each.line.resource, round(each.delta, 2))
        for each in changes(before, after)
        if not each.line.charge.assumption
    ]
    assert found == [("added", "New", 32.85), ("changed", "Sts", 7.3), ("removed", "Old", -1.0)]


def test_nothing_has_changed_between_equal_templates():
    found = price({"Nat": entry("EC2::NatGateway")})
    assert changes(found, found) == []


def test_what_is_paid_by_the_hour_is_paid_all_month():
    prices = {"by_hour": Price(usd=0.01, per="hour"), "by_month": Price(usd=3, per="month")}
    listed = PriceList(region="us-east-1", date="2026-01-01", hours=730, prices=prices)
    assert listed.monthly("by_hour", 2, "it") == pytest.approx(14.6)
    assert listed.monthly("by_month", 2, "it") == 6


def test_every_price_is_dated_and_names_its_source():
    content = json.loads(FILE.read_text(encoding="utf-8"))
    assert date.fromisoformat(content["date"]).year >= 2026
    assert (content["region"], content["currency"]) == ("us-east-1", "USD")
    for key, listed in content["prices"].items():
        assert listed["usd"] > 0, key
        assert re.fullmatch(r"https://aws\.amazon\.com/[a-z0-9/-]+/", listed["source"]), key
        assert listed["seen"] is (listed.get("seen_in") in content["seen_in"]), key
