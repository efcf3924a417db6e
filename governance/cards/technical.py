"""What Annex IV asks for beyond the nine sections.

Source: Regulation (EU) 2024/1689, Annex IV, points 2, 3 and 5 to 9.
"""

from governance.cards.form import Section, authored

TECHNICAL = (
    Section(
        "development",
        "Development",
        (
            authored(
                "development_process",
                "Development process",
                "Steps and methods, and tools or models of others that were used.",
                annex_iv="2(a)",
            ),
            authored(
                "design_choices",
                "Design choices",
                "General logic, main choices with their reasons and assumptions, what is "
                "optimised, which trade-offs were made.",
                annex_iv="2(b)",
            ),
            authored(
                "system_architecture",
                "System architecture and computing",
                "How the parts build on each other; what training and running take.",
                annex_iv="2(c)",
            ),
            authored(
                "validation",
                "Validation and testing",
                "Procedures, data, tests of robustness and of discriminatory impact; where logs "
                "and signed reports are.",
                annex_iv="2(g)",
            ),
            authored(
                "cybersecurity",
                "Cybersecurity",
                "Measures against poisoned data, manipulated input and theft.",
                annex_iv="2(h)",
            ),
        ),
    ),
    Section(
        "oversight",
        "Oversight, monitoring and control",
        (
            authored(
                "human_oversight",
                "Human oversight",
                "Who looks when, what helps them to understand, how they overrule and stop it.",
                annex_iv="2(e), 3",
            ),
            authored(
                "monitoring",
                "Monitoring, functioning and control",
                "What is watched, which limits trigger what.",
                annex_iv="3",
            ),
            authored(
                "post_market",
                "Post-market monitoring plan",
                "How performance in use is collected and judged, how incidents are reported.",
                annex_iv="9",
            ),
        ),
    ),
    Section(
        "conformity",
        "Risk, change and conformity",
        (
            authored(
                "risk_management",
                "Risk management",
                "The risk management system, and where its file is.",
                annex_iv="5",
            ),
            authored(
                "lifecycle",
                "Changes over the lifecycle",
                "Changes made, and changes that are determined beforehand.",
                annex_iv="2(f), 6",
            ),
            authored(
                "standards",
                "Standards applied",
                "Harmonised standards, in full or in part, and other solutions instead.",
                annex_iv="7",
            ),
            authored(
                "conformity_declaration",
                "Declaration of conformity",
                "Where the EU declaration is kept, or why none is needed.",
                annex_iv="8",
            ),
        ),
    ),
)
