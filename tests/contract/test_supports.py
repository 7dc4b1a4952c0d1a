"""The helpers of the tests work on this machine, each against the real thing."""

import subprocess
import sys
import urllib.request

import boto3
import psycopg2
import pytest

from tests.support.processes import NotReady, answers, prints
from tests.support.spark import SPARK_PYTHON


def test_postgres_answers(postgres):
    connection = psycopg2.connect(postgres)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    connection.close()


def test_moto_creates_a_bucket(moto_server):
    s3 = boto3.client("s3", endpoint_url=moto_server)
    s3.create_bucket(Bucket="leads")
    assert "leads" in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


def test_the_browser_renders_a_page(page):
    page.set_content("<p id=score>old</p><script>score.textContent = 40 + 2</script>")
    assert page.inner_text("#score") == "42"


def test_node_runs(node):
    says = subprocess.run([node, "--version"], check=True, capture_output=True, text=True)
    assert says.stdout.startswith("v")


def test_spark_is_what_glue_runs():
    asked = [SPARK_PYTHON, "-c", "import pyspark; print(pyspark.__version__)"]
    says = subprocess.run(asked, check=True, capture_output=True, text=True)
    assert says.stdout.strip() == "3.5.6"


def test_a_server_answers_and_is_gone_afterwards(serve, free_port, tmp_path):
    (tmp_path / "hello.txt").write_text("hello")
    url = f"http://127.0.0.1:{free_port}/hello.txt"
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(free_port)]
    serve(command, ready=answers(url), cwd=tmp_path)
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"hello"


def test_a_server_that_fails_is_heard(serve):
    with pytest.raises(NotReady, match=r"ended with code 3(?s:.*)no such database"):
        serve(
            [sys.executable, "-c", "print('no such database'); raise SystemExit(3)"],
            ready=prints("ready"),
        )


def test_a_server_that_stays_silent_is_stopped(serve):
    with pytest.raises(NotReady, match=r"not ready within 0\.2 seconds") as caught:
        serve(
            [sys.executable, "-c", "import time; time.sleep(60)"],
            ready=prints("ready"),
            seconds=0.2,
        )
    assert caught.value.server.process.returncode is not None
