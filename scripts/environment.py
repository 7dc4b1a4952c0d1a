"""Bring .venv up to a lock: `environment.py synth|app|dev|spark|airflow|airflow2`.

Does nothing, and asks no registry, when the lock that made .venv is still the same. For synth and
dev it also fetches what Lambdas bring along, since synth itself asks nobody. Spark and Airflow get
.venv-spark and .venv-airflow beside it, as they want older packages than the rest. Start it through
scripts/setup, which picks the Python.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
UV = VENV / "bin" / "uv"
UV_LOCK = ROOT / "requirements" / "uv.txt"
LOCKS = {
    "synth": ROOT / "requirements" / "synth.txt",
    "app": ROOT / "requirements.txt",
    "dev": ROOT / "requirements" / "dev.txt",
    "spark": ROOT / "requirements" / "spark.txt",
    "airflow": ROOT / "requirements" / "airflow.txt",
    "airflow2": ROOT / "requirements" / "airflow2.txt",
}
APART = ("spark", "airflow", "airflow2")
SYNTHESIZES = ("synth", "dev")
# dev holds everything that the smaller sets hold, at the same versions.
SATISFIED_BY = {"synth": ("synth", "dev"), "app": ("app", "dev")}


def fingerprint(name: str) -> str:
    """Hash of all that decides what belongs in the environment."""
    digest = hashlib.sha256(b"environment 2")
    for path in (LOCKS[name], UV_LOCK, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def venv(name: str) -> Path:
    return ROOT / f".venv-{name}" if name in APART else VENV


def stamp(name: str) -> Path:
    return venv(name) / f".{name}-stamp"


def is_current(name: str) -> bool:
    return stamp(name).is_file() and stamp(name).read_text() == fingerprint(name)


def run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT, stdout=sys.stderr)


def create(folder: Path) -> None:
    """Make an environment, and uv in the first; one that was left half made is made anew."""
    python, first = folder / "bin" / "python", folder == VENV
    half_made = first and not UV.exists() and not (folder / "bin" / "pip").exists()
    if half_made or not python.exists():
        run(sys.executable, "-m", "venv", "--clear", *([] if first else ["--without-pip"]), folder)
    if first:
        run(python, "-m", "pip", "install", "-qq", "--require-hashes", "-r", UV_LOCK)


def install(name: str) -> None:
    pip = [UV, "pip", "install", "--quiet", "--python", venv(name) / "bin" / "python"]
    if sys.dont_write_bytecode:
        # Python keeps no bytecode here, so every start would compile the CDK and all else anew.
        pip.append("--compile-bytecode")
    run(*pip, "--require-hashes", "-r", LOCKS[name])
    if name in ("app", "dev"):
        # hatchling comes out of the lock, so building the project resolves nothing.
        run(*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT)


def main(name: str) -> None:
    bring_up(name)
    if name in SYNTHESIZES:
        run(VENV / "bin" / "python", "-m", "infra.lambda_wheels", UV)
    if name == "dev":
        run(VENV / "bin" / "python", ROOT / "scripts" / "node_tools.py")


def bring_up(name: str) -> None:
    if any(is_current(larger) for larger in SATISFIED_BY.get(name, (name,))):
        return
    folder, lock = venv(name), LOCKS[name].relative_to(ROOT)
    print(f"Setting up {folder.name} from {lock}", file=sys.stderr)
    create(VENV)
    if folder != VENV:
        create(folder)
    stamp(name).unlink(missing_ok=True)
    install(name)
    stamp(name).write_text(fingerprint(name))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up failed at: {' '.join(error.cmd)}")
