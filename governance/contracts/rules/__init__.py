"""Tests of values that a contract's checks may name: `{test: iban, of: [output.iban]}`."""

from governance.contracts.rules.registry import (
    RULES,
    Given,
    Option,
    Rule,
    Verdict,
    register,
    verdict_of,
)

__all__ = ["RULES", "Given", "Option", "Rule", "Verdict", "register", "verdict_of"]
