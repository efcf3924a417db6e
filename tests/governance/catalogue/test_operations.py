"""Registering by digest, one champion a process, endpoints without their secrets."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from governance.catalogue import operations, queries
from governance.catalogue.models import Deployment, ModelVersion
from governance.contracts.models import Process
from governance.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def process() -> Process:
    return Process.objects.create(slug="parcels", title="Parcels")


def register(digest: str, *, process: str = "parcels", provider: str = "local") -> ModelVersion:
    return operations.register_version(
        process=process,
        model_name=provider,
        provider=provider,
        digest=digest,
        config={"path": f"{digest}.npz", "sha256": digest},
        report={"rows": 3},
        actor="user:1",
    )


def kinds() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("kind", flat=True))


def test_versions_are_numbered_and_the_same_digest_is_the_same_version() -> None:
    first, second = register("a" * 64), register("b" * 64)
    assert (first.number, second.number) == (1, 2)
    assert register("a" * 64).pk == first.pk
    assert kinds() == ["model.version_registered"] * 2


def test_deploying_replaces_the_champion_and_keeps_its_history() -> None:
    first, second = register("a" * 64), register("b" * 64)
    assert queries.champion("parcels") is None
    operations.deploy(first, actor="user:1")
    operations.deploy(second, actor="user:1")
    assert queries.champion("parcels") == second
    ended = Deployment.objects.get(version=first)
    assert ended.until is not None
    entry = Entry.objects.filter(kind="model.deployed").order_by("id").last()
    assert entry.data["replaces"] == str(first.pk)
    assert entry.data["version"] == str(second.pk)


def test_deploying_the_champion_again_changes_nothing() -> None:
    version = register("a" * 64)
    first = operations.deploy(version, actor="user:1")
    assert operations.deploy(version, actor="user:1").pk == first.pk
    assert kinds().count("model.deployed") == 1


def test_two_champions_of_one_process_are_refused_by_the_database() -> None:
    version = register("a" * 64)
    operations.deploy(version, actor="user:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Deployment.objects.create(process_id="parcels", version=version)


def test_registering_and_deploying_lock_the_process_first() -> None:
    version = register("a" * 64)
    for work in (
        lambda: register("b" * 64),
        lambda: operations.deploy(version, actor="user:1"),
        lambda: operations.retire("parcels", actor="user:1"),
    ):
        with CaptureQueriesContext(connection) as captured:
            work()
        statements = [one["sql"] for one in captured if not one["sql"].startswith("SAVEPOINT")]
        assert 'FROM "governance_process"' in statements[0]
        assert "FOR UPDATE" in statements[0]


def test_retiring_leaves_nobody_to_serve() -> None:
    operations.deploy(register("a" * 64), actor="user:1")
    operations.retire("parcels", actor="user:1")
    assert queries.champion("parcels") is None
    operations.retire("parcels", actor="user:1")
    assert kinds().count("model.retired") == 1


CONFIG = {
    "adapter": "openai_compatible",
    "base_url": "https://user:pass@models.example/v1?key=secret",
    "api_key": "sk-secret",
    "model": "small-1",
    "max_tokens": 200,
}


def test_an_endpoints_version_holds_its_settings_but_no_secret() -> None:
    version = operations.ensure_endpoint_version(
        "parcels", "cloud", CONFIG, "Sort.", actor="user:1"
    )
    assert version.config == {
        "base_url": "https://models.example/v1",
        "model": "small-1",
        "max_tokens": 200,
    }
    assert version.provider == "cloud"


def test_an_endpoint_is_another_version_by_model_or_prompt_but_not_by_key() -> None:
    def digest(prompt: str = "Sort.", **changes: str) -> str:
        config = {**CONFIG, **changes}
        return operations.ensure_endpoint_version(
            "parcels", "cloud", config, prompt, actor="user:1"
        ).digest

    first = digest()
    assert digest(api_key="another") == first
    assert digest(model="small-2") != first
    assert digest(prompt="Sort well.") != first
    assert ModelVersion.objects.count() == 3


def test_latest_is_the_newest_of_the_provider() -> None:
    register("a" * 64)
    newest = register("b" * 64)
    register("c" * 64, provider="other")
    assert queries.latest("parcels", "local") == newest
