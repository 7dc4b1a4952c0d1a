"""Strict JSON at a server's speed."""

from __future__ import annotations

from functools import partial

import orjson

from ml.contract.requests import strict_json

parse_json = partial(strict_json.parse_json, loads=orjson.loads)
