"""Texts of the findings about plans; see ``finding_texts.py``."""

from __future__ import annotations

PLANS: dict[str, dict[str, tuple[str, str]]] = {
    "plan_error": {
        "de": (
            "Der Plan verletzt den Standard XPlanung: {plan_de}",
            "Bitte im Planungsprogramm beheben und neu exportieren.",
        ),
        "en": (
            "The plan breaks the standard XPlanung: {plan_en}",
            "Please mend it in the planning program and export again.",
        ),
    },
    "plan_warning": {
        "de": ("Am Plan ist wohl etwas falsch: {plan_de}", "Bitte im Planungsprogramm ansehen."),
        "en": ("Something of the plan is most likely wrong: {plan_en}", "Please look at it in the planning program."),
    },
    "plan_attachments": {
        "de": (
            "Beim Plan liegen {number} weitere Dateien: {names}.",
            "Sie wurden nicht übernommen. Bitte im Archiv des Plans aufbewahren.",
        ),
        "en": (
            "{number} more files lie beside the plan: {names}.",
            "They were not taken over. Please keep them in the archive of the plan.",
        ),
    },
    "plans_overlap": {
        "de": (
            "„{plan}“ und „{other}“ gelten für dieselben {area} m².",
            "Bitte klären, welcher Plan gilt; der andere kann aus dem Zwilling genommen werden. "
            "Geprüft wird gegen beide.",
        ),
        "en": (
            "“{plan}” and “{other}” are for the same {area} m².",
            "Please settle which plan holds; the other one can be taken out of the twin. Checks are made against both.",
        ),
    },
}
