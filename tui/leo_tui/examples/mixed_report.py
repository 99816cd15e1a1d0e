"""What the DAG `mixed` calls: a function like any other, which can be tested alone."""

from __future__ import annotations


def report(
    orders: dict[str, str],
    sums: dict[str, str],
    rates: dict[str, float],
    *,
    day: str,
    currency: str = "EUR",
) -> dict[str, object]:
    """Print the sums of a day in a currency, and hand on their total."""
    rate = rates.get(currency, 1.0)
    print(f"{orders['count']} orders of {day}, in {currency}")
    total = 0.0
    for region, text in sorted(sums.items()):
        amount = float(text) * rate
        total += amount
        print(f"{region:>8} {amount:12,.2f}")
    print(f"{'all':>8} {total:12,.2f}")
    return {"day": day, "currency": currency, "total": round(total, 2)}
