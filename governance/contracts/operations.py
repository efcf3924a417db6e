"""Applying a contract: the only way a process and its versions come about."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from governance.contracts.models import Contract, Process
from governance.contracts.parse import digest_of, parse
from governance.ledger import operations as ledger
from governance.privacy.vault import keys


def apply(source: str, *, filename: str, actor: str) -> tuple[Contract, bool]:
    """Make a contract file the version in force; (the contract, whether it is a new version).

    The first one makes its process, in stage assisted. A file that says the same as the version
    in force makes no new one, however it is laid out; going back to an older text does. Items
    keep the version they came in under. Raises ContractError.
    """
    body = parse(
        source,
        filename=filename,
        providers=settings.PROVIDERS,
        callables=settings.GATE_CALLABLES,
    )
    digest = digest_of(body)
    key = keys.new_key(body["process"])
    with transaction.atomic():
        Process.objects.get_or_create(slug=body["process"], defaults={"title": body["title"]})
        keys.keep(key)
        # The row is locked before the version in force is read: of two that apply at once, the
        # second sees the first one's version and takes the number after it.
        process = Process.objects.select_for_update().get(slug=body["process"])
        previous = process.contract
        if previous is not None and previous.digest == digest:
            return previous, False
        latest = process.contracts.order_by("-number").values_list("number", flat=True).first()
        contract = Contract.objects.create(
            process=process,
            number=(latest or 0) + 1,
            digest=digest,
            source=source,
            body=body,
            applied_by=actor,
        )
        process.contract = contract
        process.title = body["title"]
        process.save(update_fields=["contract", "title"])
        ledger.append(
            "contract.applied",
            process=process.slug,
            actor=actor,
            data={
                "contract": str(contract.pk),
                "number": contract.number,
                "digest": digest,
                "previous": previous.number if previous else None,
            },
        )
        return contract, True
