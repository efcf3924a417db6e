"""What a file that takes over its reader can still do: nothing worth having.

A probe stands in for the reader: it confines itself as the reader does and then tries.
"""

import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from integrations.documents import sandbox, wire
from integrations.documents.limits import MEBIBYTE, Limits
from integrations.documents.model import DocumentRefused

CONFINED = (
    "import sys, json, os; sys.path.append(sys.argv[1]);"
    "from integrations.documents.limits import Limits;"
    "from integrations.documents.reading.confine import confine;"
    "confine(Limits(**json.loads(sys.argv[2])));\n"
)


@pytest.fixture
def probe(monkeypatch):
    def run(code: str, content: bytes = b"given", **limits: object) -> str:
        monkeypatch.setattr(sandbox, "_START", CONFINED + code)
        return sandbox.run(content, Limits(**limits)).decode()

    return run


@pytest.fixture
def refusal(probe):
    def run(code: str, **limits: object) -> str:
        with pytest.raises(DocumentRefused) as refusal:
            probe(code, **limits)
        return refusal.value.code

    return run


def attempt(action: str) -> str:
    """Prints what came of it: done, or the error's name."""
    return f"""
try:
    {action}
    print("done")
except BaseException as error:
    print(type(error).__name__)
"""


def test_the_file_arrives_and_the_answer_comes_back(probe):
    assert probe("sys.stdout.write(sys.stdin.read() + ' back')") == "given back"


def test_no_secret_is_in_the_environment(probe, monkeypatch):
    monkeypatch.setenv("COUNTERSIGN_MASTER_KEY", "secret")
    seen = probe("print(json.dumps(dict(os.environ)))")
    assert "secret" not in seen
    assert "HOME" not in seen


def test_no_open_file_of_the_worker_is_inherited(probe):
    with tempfile.TemporaryFile() as file:
        os.set_inheritable(file.fileno(), True)
        seen = probe(
            "found = []\n"
            "for number in range(3, 64):\n"
            "    try: os.fstat(number); found.append(number)\n"
            "    except OSError: pass\n"
            "print(found)"
        )
    assert seen == "[]\n"


def test_it_starts_in_an_empty_directory_that_is_gone_afterwards(probe, monkeypatch):
    # Told before it is confined: afterwards it may not even look.
    look = "import os; told = os.getcwd() + ' ' + str(os.listdir('.'));"
    monkeypatch.setattr("tests.integrations.documents.test_sandbox.CONFINED", look + CONFINED)
    place, listed = probe("print(told)").split(" ", 1)
    assert listed == "[]\n"
    assert not Path(place).exists()


@pytest.mark.parametrize(
    "action",
    [
        "open('here', 'w').write('x')",
        "os.mkdir('here')",
        "open('/tmp/countersign-probe', 'w').write('x')",
        "os.unlink(sys.argv[1] + '/manage.py')",
        "os.rename(sys.argv[1] + '/manage.py', '/tmp/manage.py')",
        "os.truncate(sys.argv[1] + '/manage.py', 0)",
        "open('/etc/passwd').read()",
        "open(sys.argv[1] + '/manage.py').read()",
        "os.listdir(sys.argv[1])",
        "open('/proc/self/environ').read()",
        "open(f'/proc/{os.getppid()}/environ').read()",
    ],
)
def test_it_may_neither_write_nor_read_the_machines_files(probe, action):
    before = (sandbox._ROOT / "manage.py").read_bytes()
    assert probe(attempt(action)) == "PermissionError\n"
    assert (sandbox._ROOT / "manage.py").read_bytes() == before
    assert not Path("/tmp/countersign-probe").exists()


def test_where_the_kernel_cannot_forbid_paths_a_file_still_cannot_grow(probe, monkeypatch):
    weak = CONFINED.replace(
        "confine(Limits",
        "import integrations.documents.reading.confine as c;"
        "c.paths.forbid = lambda root: False; confine(Limits",
    )
    monkeypatch.setattr("tests.integrations.documents.test_sandbox.CONFINED", weak)
    write = "os.write(os.open('here', os.O_CREAT | os.O_WRONLY), b'x')"
    assert probe(attempt(write)) == "OSError\n"


def test_it_reaches_no_network(probe):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        action = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        assert probe(attempt(action)) == "PermissionError\n"


@pytest.mark.parametrize(
    "action",
    [
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getppid(), 0)",
        "os.memfd_create('x')",
    ],
)
def test_it_starts_no_program_and_touches_no_other(probe, action):
    assert probe(attempt(action)) in {"PermissionError\n", "BlockingIOError\n"}


def test_it_cannot_raise_its_own_limits(probe):
    action = "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))"
    assert probe(attempt(action)) in {"PermissionError\n", "ValueError\n"}


def test_its_memory_ends_at_the_limit(probe):
    action = "kept = bytearray(300 * 2**20)"
    assert probe(attempt(action), memory_bytes=256 * MEBIBYTE) == "MemoryError\n"
    assert probe(attempt(action), memory_bytes=512 * MEBIBYTE) == "done\n"


def test_dying_for_want_of_memory_is_told_from_damage(refusal):
    greedy = "kept = [bytearray(2**20) for _ in range(10_000)]"
    assert refusal(greedy, memory_bytes=256 * MEBIBYTE) == "too_much_memory"
    assert refusal("kept = bytearray(2**40)") == "too_much_memory"  # refused before it grew
    assert refusal("import ctypes; ctypes.string_at(0)") == "damaged"
    assert refusal("os.abort()") == "damaged"
    assert refusal("raise SystemExit(3)") == "damaged"


def test_the_size_of_the_worker_is_not_taken_for_the_readers(refusal):
    large = bytearray(200 * MEBIBYTE)
    large[::4096] = b"x" * len(large[::4096])  # touched, so that it counts
    assert refusal("os.abort()", memory_bytes=256 * MEBIBYTE) == "damaged"


def test_a_spinning_reader_ends_by_its_cpu_time(refusal):
    started = time.monotonic()
    assert refusal("while True: pass", cpu_seconds=1, wall_seconds=60) == "too_slow"
    assert time.monotonic() - started < 30


def test_the_budget_for_few_pages_ends_a_spinning_reader_sooner(refusal):
    spin = (
        "from integrations.documents.reading import budget\n"
        "budget._TO_OPEN_SECONDS = 0.5\nbudget.allow(0)\nwhile True: pass"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    assert refusal(spin, cpu_seconds=30, wall_seconds=300) == "too_slow"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 10


@pytest.mark.parametrize(
    "code", ["import time; time.sleep(60)", "os.close(1); os.close(2); import time; time.sleep(60)"]
)
def test_a_sleeping_reader_ends_by_the_clock(refusal, code):
    started = time.monotonic()
    assert refusal(code, wall_seconds=1.0) == "too_slow"
    assert time.monotonic() - started < 20


def test_an_endless_answer_is_cut_off(refusal):
    flood = "while True: os.write(1, b'x' * 65536)"
    assert refusal(flood, output_bytes=MEBIBYTE) == "too_large"


def test_endless_complaints_neither_fill_memory_nor_block(probe):
    assert probe("[os.write(2, b'x' * 65536) for _ in range(200)]; print('over')") == "over\n"


def test_nothing_of_it_is_left_behind(refusal):
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = children.read_text()
    started = time.monotonic()
    refusal("import time; time.sleep(120)", wall_seconds=0.5)
    assert time.monotonic() - started < 60
    assert children.read_text() == before


def test_a_killed_worker_leaves_no_reader_behind():
    worker = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from integrations.documents import sandbox\n"
        "from integrations.documents.limits import Limits\n"
        f"sandbox._START = {CONFINED!r} + 'import time; time.sleep(300)'\n"
        "sandbox.run(b'given', Limits(wall_seconds=300))\n"
    )
    command = [sys.executable, "-c", worker, str(sandbox._ROOT)]
    with subprocess.Popen(command) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        reader = until(lambda: children.read_text().split())[0]
        until(lambda: "NoNewPrivs:\t1" in Path(f"/proc/{reader}/status").read_text())
        process.kill()
    until(lambda: not Path(f"/proc/{reader}").exists() or is_dead(reader))


def until(holds):
    """What it returns once that is true; fails after half a minute."""
    deadline = time.monotonic() + 30
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def is_dead(process: str) -> bool:
    return ") Z " in Path(f"/proc/{process}/stat").read_text()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense",
        b"CSN1",
        b"CSN1D\xff\xff\xff\xff",
        b"CSN1" + wire._FRAME.pack(b"D", 2) + b"{}",
        b"CSN1" + wire._FRAME.pack(b"Q", 2) + b"{}",
        b"CSN1" + wire._FRAME.pack(b"R", 4) + b"mine",
        wire.encode_refusal("empty") + wire._FRAME.pack(b"N", 0),
        b"CSN1" + wire._FRAME.pack(b"D", 100_000) + b"[" * 100_000,
    ],
)
def test_an_answer_that_no_honest_reader_gives_is_damage(answer):
    with pytest.raises(DocumentRefused) as refusal:
        wire.decode(answer, Limits())
    assert refusal.value.code == "damaged"
