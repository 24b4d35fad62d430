"""Models of decisions written in a few lines, for tests."""

from xml.sax.saxutils import escape

from kastor.cases import dmn


def table_xml(inputs, outputs, rules, policy="FIRST", annotations=(), **attributes):
    """DMN XML of a decision table: inputs and outputs as (name, type), rules as rows of cells."""
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    heads = "".join(
        f'<input><inputExpression typeRef="{kind}"><text>{name}</text></inputExpression></input>'
        for name, kind in inputs
    )
    results = "".join(f'<output name="{name}" typeRef="{kind}"/>' for name, kind in outputs)
    notes = "".join(f'<annotation name="{name}"/>' for name in annotations)
    return (
        f'<decisionTable hitPolicy="{policy}"{extra}>{heads}{results}{notes}'
        + "".join(_rule(f"r{at}", row, len(inputs), len(outputs)) for at, row in enumerate(rules, 1))
        + "</decisionTable>"
    )


def _rule(name, row, inputs, outputs):
    kinds = ["inputEntry"] * inputs + ["outputEntry"] * outputs + ["annotationEntry"] * (len(row) - inputs - outputs)
    cells = "".join(f"<{kind}><text>{escape(cell)}</text></{kind}>" for kind, cell in zip(kinds, row, strict=True))
    return f'<rule id="{name}">{cells}</rule>'


def model_of(inputs, decisions, types=""):
    """A model: input data as (name, type), decisions as (name, logic in XML, names required)."""
    data = "".join(
        f'<inputData id="i_{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'
        for name, kind in inputs
    )
    known = {name for name, _ in inputs}
    parts = "".join(
        f'<decision id="d_{name}" name="{name}"><variable name="{name}"/>'
        + "".join(_requirement(each, each in known) for each in required)
        + logic
        + "</decision>"
        for name, logic, required in decisions
    )
    return dmn.read(
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="urn:m">'
        f"{types}{data}{parts}</definitions>".encode()
    )


def _requirement(name, is_input):
    kind, prefix = ("requiredInput", "i_") if is_input else ("requiredDecision", "d_")
    return f'<informationRequirement><{kind} href="#{prefix}{name}"/></informationRequirement>'


def table_model(inputs, outputs, rules, policy="FIRST", annotations=(), types="", **attributes):
    """A model of one table, the decision ``D``."""
    xml = table_xml(inputs, outputs, rules, policy, annotations, **attributes)
    return model_of(inputs, [("D", xml, [name for name, _ in inputs])], types)
