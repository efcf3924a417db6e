"""The nine sections of a model card.

Source: Mitchell et al., Model Cards for Model Reporting, FAT* 2019.
"""

from governance.cards.form import Section, authored, measured

MITCHELL = (
    Section(
        "model-details",
        "Model details",
        (
            measured(
                "identity",
                "Name, version and digest",
                "From the catalogue: what exactly this card is about.",
                annex_iv="1(a)",
            ),
            measured(
                "configuration",
                "Frozen configuration",
                "What the provider was given with the version.",
                annex_iv="1(c)",
            ),
            authored(
                "developer",
                "Who develops and who answers for it",
                "Organisation and function, not a person's name.",
                annex_iv="1(a)",
                cyclonedx="supplier.name",
            ),
            authored(
                "description",
                "General description",
                "What it is and what it does, for somebody who never saw it.",
                annex_iv="1(a)",
                cyclonedx="description",
            ),
            authored(
                "architecture",
                "Kind of model",
                "Its architecture, and what was taken from others (pre-trained parts, libraries).",
                annex_iv="2(a)",
                cyclonedx="modelCard.modelParameters.architectureFamily",
            ),
            authored(
                "interaction",
                "Versions and interaction with other systems",
                "What it replaces, what hands items in, what its decisions change elsewhere.",
                annex_iv="1(b), 1(c), 1(d)",
            ),
            authored(
                "hardware",
                "Hardware",
                "What it runs on, and what it needs.",
                annex_iv="1(e)",
            ),
            authored(
                "interface",
                "User interface and instructions for use",
                "How people see its output, and where they are told how to use it.",
                annex_iv="1(g), 1(h)",
            ),
            authored(
                "licence",
                "Licence and contact",
                "Under which terms it is used, and where questions go.",
                cyclonedx="licenses",
            ),
        ),
    ),
    Section(
        "intended-use",
        "Intended use",
        (
            authored(
                "purpose",
                "Intended purpose",
                "The task, the setting and the decisions it contributes to.",
                annex_iv="1(a)",
                cyclonedx="modelCard.considerations.useCases",
            ),
            authored(
                "users",
                "Intended users",
                "Who works with its output, with which training.",
                annex_iv="1(h)",
                cyclonedx="modelCard.considerations.users",
            ),
            authored(
                "out_of_scope",
                "Out of scope",
                "Uses that it was not made for, and must not be put to.",
                annex_iv="3",
            ),
        ),
    ),
    Section(
        "factors",
        "Factors",
        (
            authored(
                "groups",
                "People and groups concerned",
                "Whom its output affects, and groups for whom it may work differently.",
                annex_iv="2(b), 3",
                cyclonedx="modelCard.considerations.fairnessAssessments.groupAtRisk",
            ),
            authored(
                "conditions",
                "Conditions",
                "Languages, document kinds, instruments, channels that performance depends on.",
                annex_iv="3",
            ),
            authored(
                "factors_evaluated",
                "Factors that were evaluated",
                "Which of these the figures below are broken down by, and why not the others.",
                annex_iv="2(g)",
            ),
        ),
    ),
    Section(
        "metrics",
        "Metrics",
        (
            authored(
                "metric_choice",
                "Choice of metrics",
                "Why these metrics suit this purpose, and what a mistake costs.",
                annex_iv="4",
            ),
            measured(
                "thresholds",
                "Decision thresholds",
                "The confidence bands of the contract the version was trained for.",
                annex_iv="2(b)",
            ),
            authored(
                "uncertainty",
                "Uncertainty",
                "How the figures were obtained, and how far they may be off.",
                annex_iv="2(g), 3",
            ),
        ),
    ),
    Section(
        "evaluation-data",
        "Evaluation data",
        (
            measured(
                "evaluation_rows",
                "What it was evaluated on",
                "From the report of the training run.",
                annex_iv="2(g)",
            ),
            authored(
                "evaluation_choice",
                "Choice and preparation",
                "Where the evaluation data come from, why they are representative, how prepared.",
                annex_iv="2(g)",
                cyclonedx="modelCard.modelParameters.datasets.evaluation",
            ),
        ),
    ),
    Section(
        "training-data",
        "Training data",
        (
            measured(
                "training_rows",
                "What it was trained on",
                "From the report of the training run.",
                annex_iv="2(d)",
            ),
            authored(
                "provenance",
                "Requirements and provenance",
                "What the data had to be, where they come from, on which legal ground.",
                annex_iv="2(d)",
                cyclonedx="modelCard.modelParameters.datasets.training",
            ),
            authored(
                "labelling",
                "Labelling and cleaning",
                "Who labelled them by which rules, what was left out or mended.",
                annex_iv="2(d)",
            ),
        ),
    ),
    Section(
        "quantitative-analyses",
        "Quantitative analyses",
        (
            measured(
                "held_out",
                "Results on held-out data",
                "By output field, with 95% intervals.",
                annex_iv="2(g), 3",
                cyclonedx="modelCard.quantitativeAnalysis.performanceMetrics",
            ),
            measured(
                "overrides",
                "Overrides in use",
                "How often people corrected or rejected it, by segment, with 95% intervals.",
                annex_iv="3, 9",
                cyclonedx="modelCard.quantitativeAnalysis.performanceMetrics",
                is_required=False,
            ),
            measured(
                "calibration",
                "Accuracy and calibration in use",
                "Its confidence beside what people decided.",
                annex_iv="3",
                cyclonedx="modelCard.quantitativeAnalysis.performanceMetrics",
                is_required=False,
            ),
            measured(
                "operation",
                "Cost and latency",
                "Of the calls that were made to it.",
                annex_iv="2(c)",
                cyclonedx="modelCard.quantitativeAnalysis.performanceMetrics",
                is_required=False,
            ),
            authored(
                "interpretation",
                "What the figures mean",
                "The accuracy to expect for the purpose, and for whom or what it is lower.",
                annex_iv="3",
                cyclonedx="modelCard.considerations.performanceTradeoffs",
            ),
        ),
    ),
    Section(
        "ethical-considerations",
        "Ethical considerations",
        (
            authored(
                "harms",
                "Risks to people",
                "To health, safety, fundamental rights; discrimination; sensitive data used.",
                annex_iv="3",
                cyclonedx="modelCard.considerations.ethicalConsiderations.name",
            ),
            authored(
                "mitigations",
                "What was done about them",
                "Measures taken, and what remains.",
                annex_iv="3, 5",
                cyclonedx="modelCard.considerations.ethicalConsiderations.mitigationStrategy",
            ),
        ),
    ),
    Section(
        "caveats",
        "Caveats and recommendations",
        (
            authored(
                "limits",
                "Limits and foreseeable unintended outcomes",
                "Where it fails, and what else may come of using it.",
                annex_iv="3",
                cyclonedx="modelCard.considerations.technicalLimitations",
            ),
            authored(
                "recommendations",
                "Recommendations",
                "What whoever deploys it should do, watch and avoid; input it needs.",
                annex_iv="1(h), 3",
            ),
        ),
    ),
)
