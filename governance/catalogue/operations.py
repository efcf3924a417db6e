"""Registering frozen versions and saying which one serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from governance.catalogue import providers, queries, shadowing
from governance.catalogue.models import Deployment, Model, ModelVersion
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Contract, Process
from governance.ledger import operations as ledger


@transaction.atomic
def register_version(
    *,
    process: str,
    model_name: str,
    provider: str,
    digest: str,
    config: Mapping[str, Any],
    report: Mapping[str, Any],
    actor: str,
) -> ModelVersion:
    """Give a configuration a number of its own; the same digest gives the version it has.

    digest is SHA-256 in hex over what decides the version's answers: a model file, or an
    endpoint's configuration with the prompt. config is what the provider needs to use the
    version, such as {"path": "<digest>.npz", "sha256": "<digest>"}; report is what was measured.
    Raises Process.DoesNotExist.
    """
    # Locking the process makes numbers gapless and the digest unique among registrars at once.
    Process.objects.select_for_update().get(pk=process)
    model, _ = Model.objects.get_or_create(process_id=process, name=model_name)
    known = model.versions.filter(provider=provider, digest=digest).first()
    if known is not None:
        return known
    newest = model.versions.order_by("-number").values_list("number", flat=True).first()
    version = ModelVersion.objects.create(
        model=model,
        number=(newest or 0) + 1,
        provider=provider,
        digest=digest,
        config=dict(config),
        report=dict(report),
    )
    ledger.append(
        "model.version_registered",
        process=process,
        actor=actor,
        data={
            "version": str(version.pk),
            "model": model.name,
            "number": version.number,
            "provider": provider,
            "digest": digest,
        },
    )
    return version


@transaction.atomic
def deploy(version: ModelVersion, *, actor: str) -> Deployment:
    """Make a version its process's champion; deploying the champion again changes nothing."""
    process = version.model.process_id
    Process.objects.select_for_update().get(pk=process)
    current = Deployment.objects.filter(
        process_id=process, role=Deployment.Role.CHAMPION, until__isnull=True
    ).first()
    if current is not None and current.version_id == version.pk:
        return current
    now = timezone.now()  # one for both: at no instant does nothing serve, or two
    if current is not None:
        current.until = now
        current.save(update_fields=["until"])
    shadowing.end_of(version, actor=actor, why="it serves now")
    deployment = Deployment.objects.create(process_id=process, version=version, since=now)
    ledger.append(
        "model.deployed",
        process=process,
        actor=actor,
        data={
            "deployment": str(deployment.pk),
            "version": str(version.pk),
            "digest": version.digest,
            "role": deployment.role,
            "replaces": str(current.version_id) if current else None,
        },
    )
    return deployment


def ensure_endpoint_version(
    process: str, provider_name: str, provider_config: Mapping[str, Any], prompt: str, *, actor: str
) -> ModelVersion:
    """The version of a provider without weights: its settings and the prompt, frozen.

    provider_config is the entry of settings.PROVIDERS; whatever looks like a secret is left out.
    Another model name, price, parameter or prompt is another version.
    """
    return register_version(
        process=process,
        model_name=provider_name,
        provider=provider_name,
        digest=providers.endpoint_digest(provider_name, provider_config, prompt),
        config=providers.public_config(provider_config),
        report={},
        actor=actor,
    )


@transaction.atomic
def retire(process: str, *, actor: str) -> None:
    """End the champion's service without a successor: items are left to people."""
    Process.objects.select_for_update().get(pk=process)
    current = Deployment.objects.filter(
        process_id=process, role=Deployment.Role.CHAMPION, until__isnull=True
    ).first()
    if current is None:
        return
    current.until = timezone.now()
    current.save(update_fields=["until"])
    ledger.append(
        "model.retired",
        process=process,
        actor=actor,
        data={"deployment": str(current.pk), "version": str(current.version_id)},
    )


@transaction.atomic
def follow(contract: Contract, *, actor: str) -> ModelVersion | None:
    """Let the provider serve that the contract names; the version that now serves, if any.

    An endpoint needs no training, so its version is registered here. A local provider has what
    was trained last; before the first training nobody serves, rather than the provider that the
    contract no longer names.
    """
    agreement = agreement_of(contract.pk)
    process, name = contract.process_id, agreement.candidate.provider
    if not providers.is_local(name):
        version: ModelVersion | None = register_endpoint(contract, name, actor=actor)
    else:
        version = queries.champion(process)
        if version is None or version.provider != name:
            version = queries.latest(process, name)
    if version is None:
        retire(process, actor=actor)
    else:
        deploy(version, actor=actor)
    _end_outdated(contract, actor=actor)
    return version


def register_endpoint(contract: Contract, provider: str, *, actor: str) -> ModelVersion:
    """The version of a provider without weights as it answers under this contract.

    Raises KeyError for a provider that settings do not name.
    """
    config, prompt = settings.PROVIDERS[provider], agreement_of(contract.pk).candidate.prompt
    return ensure_endpoint_version(contract.process_id, provider, config, prompt, actor=actor)


def _end_outdated(contract: Contract, *, actor: str) -> None:
    """An endpoint's version freezes settings and prompt; under others it would be another one."""
    agreement = agreement_of(contract.pk)
    for one in queries.shadows(contract.process_id):
        if not providers.is_as_registered(one.version, agreement):
            shadowing.end(one, actor=actor, why="its prompt or its settings changed")
