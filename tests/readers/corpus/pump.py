"""Run the pump."""

LIMIT = 450


def run(watts: int) -> bool:
    """Say whether it may run."""

    return watts <= LIMIT


class Pump:
    pass
