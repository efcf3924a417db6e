"""`manage.py seed_demo`: demo processes, people and items; once, and never in production."""

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from governance.approvals import asking
from governance.approvals import operations as approvals
from governance.cards import operations as cards
from governance.catalogue import operations as catalogue
from governance.catalogue.queries import champion
from governance.contracts import shipped
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Process
from governance.contracts.rules.screening import path_of
from governance.contracts.shipped import demo
from governance.contracts.shipped.sample import Sample
from governance.incidents import playbooks
from governance.models import Policy, Producer, User
from governance.policies import operations as policies
from governance.policies import shipped as shipped_policies
from governance.roles.keys import issue_key
from governance.roles.operations import grant_role
from governance.roles.roles import Role
from governance.rollout.operations import change_stage
from integrations.providers.base import ProviderError
from review.documents.incoming import IncomingFile
from review.items.intake import Incoming, receive_bulk
from review.items.models import Item

PASSWORD = "countersign-demo"  # noqa: S105  printed on purpose; refused outside development
PEOPLE = [
    ("olivia", "Olivia Operator", [Role.OPERATOR]),
    ("oscar", "Oscar Operator", [Role.OPERATOR]),
    ("sam", "Sam Senior", [Role.SENIOR_REVIEWER]),
    ("lea", "Lea Lead", [Role.TEAM_LEAD]),
    ("paul", "Paul Processowner", [Role.PROCESS_OWNER]),
    ("mona", "Mona Modelowner", [Role.MODEL_OWNER]),
    ("carla", "Carla Compliance", [Role.COMPLIANCE_OFFICER]),
    ("adam", "Adam Auditor", [Role.AUDITOR]),
    ("pia", "Pia Platform", [Role.PLATFORM_ENGINEER]),
]
STAGES = {
    "customer-triage": "partial",
    "claims-triage": "assisted",
    "invoice-intake": "partial",
    "kyc-intake": "assisted",
}


class Command(BaseCommand):
    help = "Make the demo once: processes, models, people, items waiting in queues."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo people and data are for development; these settings refuse.")
        # People come last, so that they mark a seeding that was not cut off; each part
        # before passes over what is there already.
        if not User.objects.filter(is_demo=True).exists():
            self._processes()
            self._items()
            self._people()
            playbooks.install(actor="system:seed_demo")
        self._logins()

    def _processes(self) -> None:
        for slug in STAGES:
            folder = shipped.folder(slug)
            self._say(f"Applying the contract of {slug}")
            for screening_list in folder.glob("screening*.csv"):
                _place(screening_list, path_of(screening_list.name))
            call_command("contract", "apply", str(folder / "contract.yaml"), stdout=StringIO())
            if champion(slug) is None and not self._adopts(slug, folder):
                self._say(f"Training the local model of {slug}")
                source = str(shipped.training_file(slug))
                call_command("train_local", slug, "--from", source, stdout=self.stdout)

    def _adopts(self, slug: str, folder: Path) -> bool:
        """Let the model that comes with a process serve; False where none does that fits.

        It is what train_local would learn from the training data beside it, in a minute more.
        """
        if not (folder / shipped.MODEL_CARD).exists():
            return False
        from integrations.extraction.files import load

        card = json.loads((folder / shipped.MODEL_CARD).read_text(encoding="utf-8"))
        digest: str = card["sha256"]
        try:
            load(folder / shipped.MODEL_FILE, digest)
        except ProviderError:
            return False
        contract = Process.objects.select_related("contract").get(pk=slug).contract
        assert contract is not None
        provider = agreement_of(contract.pk).candidate.provider
        self._say(f"Taking the model that comes with {slug}")
        _place(folder / shipped.MODEL_FILE, Path(settings.MODEL_DIR) / f"{digest}.npz")
        with transaction.atomic():
            version = catalogue.register_version(
                process=slug,
                model_name=provider,
                provider=provider,
                digest=digest,
                config={"path": f"{digest}.npz", "sha256": digest},
                report={"contract": contract.number, **card["report"]},
                actor="system:seed_demo",
            )
            catalogue.deploy(version, actor="system:seed_demo")
        return True

    @transaction.atomic
    def _people(self) -> None:
        self._say("Making demo people")
        if not User.objects.filter(username="admin").exists():
            User.objects.create_superuser("admin", "admin@demo.invalid", PASSWORD)
        for username, name, roles in PEOPLE:
            first, last = name.split()
            user, _ = User.objects.get_or_create(
                username=username,
                defaults={
                    "first_name": first,
                    "last_name": last,
                    "email": f"{username}@demo.invalid",
                    "is_demo": True,
                },
            )
            user.set_password(PASSWORD)
            user.save()
            for process in Process.objects.filter(pk__in=STAGES):
                for role in roles:
                    grant_role(user=user, role=role, process=process, actor="system:seed_demo")
        for slug in STAGES:
            _write_card(slug)
        for slug, stage in STAGES.items():
            self._stage(Process.objects.select_related("contract").get(pk=slug), stage)
        self._policies()

    def _policies(self) -> None:
        """Written by compliance, signed by the processes' owner."""
        carla, paul = User.objects.get(username="carla"), User.objects.get(username="paul")
        for shipped_policy in shipped_policies.of_processes(STAGES):
            if Policy.objects.filter(slug=shipped_policy.slug).exists():
                continue
            written = policies.create(
                slug=shipped_policy.slug,
                title=shipped_policy.title,
                process=shipped_policy.process,
                text=shipped_policy.text,
                actor=carla,
            )
            asked = policies.ask_approval(
                written, actor=carla, reason="The demo begins with it in force."
            )
            approvals.sign(approval_id=asked.pk, actor=paul, is_yes=True, digest=asked.digest)

    def _stage(self, process: Process, stage: str) -> None:
        """Ask for what acts alone there, have it signed, and enter the stage."""
        if process.stage == stage:
            return
        version = champion(process.pk)
        assert version is not None
        assert process.contract is not None
        by_name = {user.username: user for user in User.objects.filter(is_demo=True)}
        owner, model_owner = by_name["paul"], by_name["mona"]
        because = "The demo begins with it at work."
        drafts = [
            (asking.version_draft(version), model_owner),
            (asking.contract_draft(process.contract), owner),
            (asking.stage_draft(process, stage), owner),
        ]
        for draft, asker in drafts:
            if draft.standing().anew_from is not None:
                continue
            approval = draft.ask(actor=asker, reason=because)
            approvals.sign(
                approval_id=approval.pk,
                actor=by_name["carla"],
                is_yes=True,
                digest=approval.digest,
                comment="Looked at for the demo.",
            )
        change_stage(process=process.pk, stage=stage, actor=f"user:{owner.pk}")

    def _items(self) -> None:
        producer, _ = Producer.objects.get_or_create(name="demo")
        for slug in STAGES:
            process = Process.objects.select_related("contract").get(pk=slug)
            if Item.objects.filter(process=process).exists():
                continue
            self._say(f"Handing in items of {slug}")
            receive_bulk(
                process,
                [_incoming(sample) for sample in demo.samples(slug)],
                actor=f"producer:{producer.pk}",
                producer_id=producer.pk,
            )
            _, secret = issue_key(
                actor="system:seed_demo",
                scopes=["items:write", "items:read"],
                producer=producer,
                process=process,
            )
            _keep(Path(settings.DATA_DIR) / "demo-keys.txt", f"{slug} {secret}\n")

    def _logins(self) -> None:
        self.stdout.write(f"Demo logins (password {PASSWORD}):")
        for username, _, roles in PEOPLE:
            self.stdout.write(f"  {username:<8} {', '.join(role.label for role in roles)}")
        self.stdout.write("  admin    plumbing, at /admin/")
        keys = Path(settings.DATA_DIR) / "demo-keys.txt"
        if keys.exists():
            self.stdout.write(f"API keys of the demo producer: {keys}")

    def _say(self, text: str) -> None:
        self.stdout.write(f"{text} …")
        self.stdout.flush()


def _write_card(slug: str) -> None:
    """Keep the card that comes with a process, as its model owner, where its model serves."""
    file = shipped.folder(slug) / shipped.CARD_TEXTS
    version = champion(slug)
    if version is None or not file.exists() or version.revisions.exists():
        return
    texts: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    author = User.objects.get(username="mona")
    cards.revise(version=version, author=author, base=0, texts=texts)


def _incoming(sample: Sample) -> Incoming:
    files = tuple(IncomingFile(file.name, file.content) for file in sample.documents)
    return Incoming(sample.payload, external_id=sample.external_id, documents=files)


def _place(source: Path, target: Path) -> None:
    """Copy a file where nobody has put one; a list of one's own is left as it is."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _keep(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    with path.open("a") as file:
        file.write(line)
