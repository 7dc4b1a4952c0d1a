"""What S3 may do to a lake: each fault is named with bucket and key, and nothing is half there."""

import io

import pytest
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from ml.adapters import s3_upload
from ml.adapters.s3_access import client_of_s3
from ml.adapters.s3_folder import S3Folder
from ml.adapters.s3_lake import S3Lake
from ml.contract.errors import AccessDenied, Altered, DependencyUnavailable, Gone
from tests.support.buckets import make_bucket, patched_account
from tests.support.full_disk import full_disk

_DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_BUSY = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@pytest.fixture(params=[True, False], ids=["versions", "no versions"])
def s3(request, monkeypatch):
    with mock_aws(), patched_account(monkeypatch) as s3:
        make_bucket(s3, "lake", versioned=request.param)
        yield s3


@pytest.fixture
def lake(s3, tmp_path):  # noqa: ARG001 - the bucket must stand first
    return S3Lake("s3://lake/", tmp_path / "copies")


def publish(lake, key, content=b"rows"):
    with lake.scratch() as folder:
        (folder / "part").write_bytes(content)
        return lake.publish(key, folder / "part")


class _Answer(io.BytesIO):
    def stream(self):
        yield self.read()


def answering(status, body, *operations):
    """A client that S3 gives this answer for some operations, and how often it asked."""
    asked = []

    def answer(request, **_):
        asked.append(request.url)
        request.url = "https://elsewhere.invalid/"  # so that moto does not do it all the same
        return AWSResponse(request.url, status, {}, _Answer(body))

    client = client_of_s3()
    for operation in operations:
        client.meta.events.register_first(f"before-send.s3.{operation}", answer)
    return client, asked


@pytest.mark.parametrize(
    ("operation", "use"),
    [
        ("HeadObject", lambda lake: lake.fetch("raw/a.csv")),
        ("GetObject", lambda lake: lake.fetch("raw/a.csv")),
        ("PutObject", lambda lake: publish(lake, "raw/a.csv")),
        ("ListObjectsV2", lambda lake: lake.keys("raw/a.csv")),
        ("ListObjectsV2", lambda lake: lake.exists("raw/a.csv")),
    ],
)
def test_a_denial_names_bucket_and_key_and_is_not_asked_again(s3, lake, tmp_path, operation, use):
    publish(lake, "raw/a.csv")
    client, asked = answering(403, _DENIED, operation)
    with pytest.raises(AccessDenied) as caught:
        use(S3Lake("s3://lake/", tmp_path / "others", client))
    assert str(caught.value) == (
        f"AUTH: S3 denies {operation} on key 'raw/a.csv' of bucket 'lake'; allow it to the role, "
        "for the bucket and for its KMS key"
    )
    assert caught.value.exit_code == 4
    assert len(asked) == 1
    assert s3.list_objects_v2(Bucket="lake")["KeyCount"] == 1


@pytest.mark.parametrize(
    "use",
    [
        lambda lake: lake.fetch("raw/a.csv"),
        lambda lake: publish(lake, "raw/a.csv"),
        lambda lake: lake.keys("raw/"),
        lambda lake: lake.exists("raw/a.csv"),
    ],
    ids=["fetch", "publish", "keys", "exists"],
)
def test_a_missing_bucket_is_named(lake, tmp_path, use):  # noqa: ARG001
    with pytest.raises(Gone, match="there is no bucket 'nowhere'; check its name") as caught:
        use(S3Lake("s3://nowhere/", tmp_path / "others"))
    assert caught.value.exit_code == 4


def test_a_busy_s3_is_asked_a_few_times_and_then_named(lake, tmp_path, monkeypatch):
    publish(lake, "raw/a.csv")
    monkeypatch.setattr("time.sleep", lambda _: None)
    client, asked = answering(503, _BUSY, "GetObject")
    with pytest.raises(DependencyUnavailable, match=r"S3 refused GetObject on s3://lake/raw/a.csv"):
        S3Lake("s3://lake/", tmp_path / "others", client).fetch("raw/a.csv")
    assert len(asked) == 4


def test_what_was_overwritten_behind_the_lake_is_noticed(s3, lake, tmp_path):
    publish(lake, "raw/a.csv", b"ours")
    s3.put_object(Bucket="lake", Key="raw/a.csv", Body=b"theirs")
    for each in (lake, S3Lake("s3://lake/", tmp_path / "others")):
        with pytest.raises(Altered, match=r"'raw/a.csv' of bucket 'lake' was put there by"):
            each.fetch("raw/a.csv")


def test_what_was_there_before_the_lake_is_not_taken_for_its_own(s3, lake):
    s3.put_object(Bucket="lake", Key="raw/a.csv", Body=b"theirs")
    with pytest.raises(Altered, match="was put there by something else"):
        publish(lake, "raw/a.csv", b"ours")


def test_what_was_overwritten_with_our_metadata_is_noticed_by_its_bytes(s3, lake):
    publish(lake, "raw/a.csv", b"ours")
    facts = s3.head_object(Bucket="lake", Key="raw/a.csv")["Metadata"]
    s3.put_object(Bucket="lake", Key="raw/a.csv", Body=b"mine", Metadata=facts)
    with pytest.raises(Altered, match="but was published with"):
        lake.fetch("raw/a.csv")


def test_a_recorded_version_is_read_whatever_lies_there_now(s3, lake, tmp_path):
    version = publish(lake, "raw/a.csv", b"ours")
    s3.put_object(Bucket="lake", Key="raw/a.csv", Body=b"theirs")
    another = S3Lake("s3://lake/", tmp_path / "others")
    if s3.get_bucket_versioning(Bucket="lake").get("Status"):
        assert another.fetch("raw/a.csv", version).read_bytes() == b"ours"
        s3.delete_object(Bucket="lake", Key="raw/a.csv")
        third = S3Lake("s3://lake/", tmp_path / "third")
        assert third.fetch("raw/a.csv", version).read_bytes() == b"ours"
    else:
        with pytest.raises(Altered, match="is not the version that was asked for"):
            another.fetch("raw/a.csv", version)


def test_what_was_deleted_behind_the_lake_is_noticed_though_there_is_a_copy(s3, lake):
    publish(lake, "raw/a.csv")
    s3.delete_object(Bucket="lake", Key="raw/a.csv")
    with pytest.raises(Gone, match=r"bucket 'lake' has no file 'raw/a.csv'"):
        lake.fetch("raw/a.csv")


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(s3_upload, "PART_BYTES", 5 * 2**20)


@pytest.mark.usefixtures("small_parts")
def test_a_large_file_goes_in_parts_and_comes_back_whole(lake, tmp_path):
    content = bytes(range(256)) * 4 * 2**12 * 3
    publish(lake, "raw/large", content)
    assert S3Lake("s3://lake/", tmp_path / "others").fetch("raw/large").read_bytes() == content
    publish(lake, "raw/large", content[::-1])
    assert lake.fetch("raw/large").read_bytes() == content


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("operation", ["UploadPart", "CompleteMultipartUpload"])
def test_of_a_failed_upload_nothing_stays(s3, lake, tmp_path, operation):
    client, _ = answering(403, _DENIED, operation)
    broken = S3Lake("s3://lake/", tmp_path / "others", client)
    with pytest.raises(AccessDenied, match=f"denies {operation} on key 'raw/large'"):
        publish(broken, "raw/large", b"x" * 6 * 2**20)
    assert not lake.exists("raw/large")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="lake")


@pytest.mark.usefixtures("small_parts")
def test_a_killed_writer_leaves_nothing_under_the_key(s3, lake, monkeypatch):
    def dies(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(s3_upload, "_parts", dies)
    with pytest.raises(KeyboardInterrupt):
        publish(lake, "raw/large", b"x" * 6 * 2**20)
    assert lake.keys("") == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="lake")


def test_a_cut_answer_is_no_copy(lake, tmp_path):
    publish(lake, "raw/a.csv", b"all of the rows")
    client, _ = answering(200, b"all of", "GetObject")
    broken = S3Lake("s3://lake/", tmp_path / "others", client)
    with pytest.raises(DependencyUnavailable, match="6 of 15 bytes of 'raw/a.csv'"):
        broken.fetch("raw/a.csv")
    assert [file for file in (tmp_path / "others").rglob("*") if file.is_file()] == []


def test_a_denied_move_of_a_whole_file_names_bucket_and_key(s3, tmp_path, monkeypatch):  # noqa: ARG001
    (tmp_path / "a.db").write_bytes(b"x")
    client, asked = answering(403, _DENIED, "PutObject")
    monkeypatch.setattr("ml.adapters.s3_folder.client_of_s3", lambda: client)
    with pytest.raises(AccessDenied, match="denies PutObject on key 'home/a.db' of bucket 'lake'"):
        S3Folder("s3://lake/home/", tmp_path).push()
    assert len(asked) == 1


def test_f23_a_full_disk_gets_no_half_of_a_package_from_s3_and_the_whole_of_it_later(s3, tmp_path):
    for name, size in (("1/manifest.json", 2), ("1/model.txt", 5_000), ("current.json", 2)):
        s3.put_object(Bucket="lake", Key=f"home/{name}", Body=b"x" * size)
    folder = S3Folder("s3://lake/home/", tmp_path)
    with full_disk(4_999), pytest.raises(DependencyUnavailable) as full:
        folder.pull()
    assert "the copy of s3://lake/home/1/model.txt cannot be written" in str(full.value)
    assert "make room on its disk" in str(full.value)
    found = lambda: {path.name for path in tmp_path.rglob("*") if path.is_file()}  # noqa: E731
    assert found() == {"manifest.json"}, "no half of a file, and no pointer to what is not there"
    folder.pull()
    assert found() == {"manifest.json", "model.txt", "current.json"}
