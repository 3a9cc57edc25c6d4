"""The fair order as its rules read, in plain exact fractions: slow, and easy to check by eye.

It shares no code with townhall. The tests hold the two against each other, and the benchmark
says how much the short cuts save.
"""

from decimal import Decimal
from fractions import Fraction

BY_PHONE = ("sms", "phone", "radio")


def half_up(value, decimals):
    """Round half up to so many decimals."""
    return Fraction((value * 10**decimals + Fraction(1, 2)).__floor__(), 10**decimals)


def power(base, exponent):
    """Return base ** exponent half up to 6 decimals, by bisection over whole numbers."""
    if not base:
        return Fraction(0)
    low, high = 0, 10**6 * (int(base) + 2)
    while low < high:
        middle = (low + high + 1) // 2
        boundary = Fraction(2 * middle - 1, 2 * 10**6)
        if boundary**exponent.denominator <= base**exponent.numerator:
            low = middle
        else:
            high = middle - 1
    return Fraction(low, 10**6)


def weights(people, alpha, by_hand):
    """Return W of each site: rule 1."""
    found = {
        site: by_hand[site] if site in by_hand else power(n, alpha) for site, n in people.items()
    }
    offices = [found[site] for site, n in people.items() if site != "public" and n]
    if offices and "public" in found:
        found["public"] = min(found["public"], max(offices))
    return found


def level(supporters, cost=Fraction(1)):
    """Return the smallest t with Σ w · max(0, t − x) = cost over (w, x), or None: rule 5."""
    weight = paid = Fraction(0)
    ordered = sorted((x, w) for w, x in supporters if w)
    for at, (x, w) in enumerate(ordered):
        weight += w
        paid += w * x
        t = (cost + paid) / weight
        if at + 1 == len(ordered) or t <= ordered[at + 1][0]:
            return t
    return None


def simulate(questions, supporters, weight, x, people):
    """Take the lowest again and again: rules 6, 7 and 10.

    Args:
        questions: (id, askers, age) of the open ones.
        supporters: Keys of supporters by question.
        weight: w by supporter.
        x: What each has paid.
        people: How many each supporter stands for.
    """
    x = dict(x)
    order = []
    left = list(questions)
    while left:
        standings = {}
        for key, askers, age in left:
            t = level([(weight[s], x[s]) for s in supporters[key]])
            crowd = sum(people[s] for s in supporters[key])
            height = (1, 0) if t is None else (0, half_up(t, 9))
            standings[key] = (height, -crowd, -askers, age, key), t
        lowest = min(standings, key=lambda key: standings[key][0])
        order.append(lowest)
        take(standings[lowest][1], supporters[lowest], x)
        left = [question for question in left if question[0] != lowest]
    return order


def take(t, supporters, x):
    """Let supporters pay: rule 7."""
    if t is not None:
        for s in supporters:
            x[s] = max(x[s], half_up(t, 12))


def exact(value):
    """Return a number of JSON as a fraction."""
    return Fraction(str(value))


def roots(questions):
    """Return what each question became part of, by id: rule 4."""
    parent = {part: key for key, q in questions.items() for part in q.get("merged", ())}

    def root(key):
        return root(parent[key]) if key in parent else key

    return {key: root(key) for key in questions}


def backers(document, questions, root):
    """Return (site, mass, people, x, what they support) of blocks and proxies: rules 3 and 4."""
    found = []
    for block in document.get("blocks", ()):
        mass = exact(block.get("trust", 1)) * block["size"]
        supports = {root[key] for key in block.get("approves", ())}
        found.append((block["site"], mass, block["size"], block.get("paid", 0), supports))
    for proxy in document.get("proxies", ()):
        supports = {
            root[key]
            for key, question in questions.items()
            if question["site"] == proxy["site"] and question.get("via") in BY_PHONE
        }
        people = proxy["people"]
        found.append((proxy["site"], Fraction(people), people, proxy.get("paid", 0), supports))
    return found


def answer(document):
    """Answer a turns document, without reasons."""
    questions = {question["id"]: question for question in document["questions"]}
    root = roots(questions)
    rows = dict(enumerate(backers(document, questions, root)))
    n = {site: sum(row[1] for row in rows.values() if row[0] == site) for site, *_ in rows.values()}
    by_hand = {s: half_up(exact(w), 6) for s, w in document.get("site_weights", {}).items()}
    w = weights(n, exact(document.get("params", {}).get("alpha", 1)), by_hand)
    weight = {
        at: w[site] * mass / n[site] if n[site] else 0 for at, (site, mass, *_) in rows.items()
    }
    people = {at: row[2] for at, row in rows.items()}
    x = {at: half_up(exact(row[3]), 12) for at, row in rows.items()}
    supporters = {
        key: {at for at, row in rows.items() if key in row[4]} for key in set(root.values())
    }

    for item in document.get("history", ()):
        key, cost = (item["id"], exact(item.get("cost", 1))) if type(item) is dict else (item, 1)
        paying = supporters.pop(key)
        if cost:
            take(level([(weight[s], x[s]) for s in paying], Fraction(cost)), paying, x)
    levels = {}
    for key, backing in supporters.items():
        t = level([(weight[s], x[s]) for s in backing])
        levels[str(key)] = (
            None if t is None else f"{Decimal(int(half_up(t, 9) * 10**9)) / 10**9:.9f}"
        )
    left = [
        (
            key,
            questions[key].get("askers", 1),
            min(exact(questions[part]["at"]) for part in root if root[part] == key),
        )
        for key in supporters
    ]
    order = simulate(left, supporters, weight, x, people)
    return {"next": order[0] if order else None, "order": order, "levels": levels}
