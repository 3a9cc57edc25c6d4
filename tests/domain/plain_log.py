"""The log of turns folded as its rules read, with everything found anew at every step."""

from fractions import Fraction

from tests.domain import plain_turns
from townhall.domain.turns import events as log


class PlainLog:
    """What has been paid, and who is next, after a log without undone takes."""

    def __init__(self, events):
        self.alpha, self.cap, self.nominal = Fraction(1, 2), Fraction(1), 180
        self.by_hand, self.k, self.senders = {}, {}, {}
        self.people, self.questions, self.on_air = {}, {}, {}
        self.n, self.x, self.peak = {}, {}, Fraction(0)
        for event in events:
            getattr(self, event.kind)(event)
            self.count()

    # Rules 1 to 4

    def stands_for(self, site):
        return self.k.get(site, len(self.senders.get(site, ())))

    def count(self):
        for site in {p["site"] for p in self.people.values()} | self.senders.keys() | self.k.keys():
            voters = [p for p in self.people.values() if p["site"] == site and not p["phone"]]
            n = sum((p["trust"] for p in voters if p["counts"]), Fraction(self.stands_for(site)))
            self.n[site] = max(self.n.get(site, 0), n)

    def weights(self):
        return plain_turns.weights(self.n, self.alpha, self.by_hand)

    def site(self, supporter):
        kind, key = supporter
        return key if kind == "proxy" else self.people[key]["site"]

    def weight(self, supporter):
        kind, key = supporter
        site = self.site(supporter)
        mass = self.stands_for(key) if kind == "proxy" else self.people[key]["trust"]
        return self.weights()[site] * mass / self.n[site] if self.n.get(site) else Fraction(0)

    def root(self, key):
        while self.questions[key]["into"] is not None:
            key = self.questions[key]["into"]
        return key

    def is_waiting(self, key):
        return self.questions[self.root(key)]["open"]

    def family(self, root):
        return [question for key, question in self.questions.items() if self.root(key) == root]

    def supporters(self, root):
        return set().union(*(question["own"] for question in self.family(root)))

    # Rules 7 and 8

    def level(self, supporters, x, cost):
        return plain_turns.level([(self.weight(s), x[s]) for s in supporters], cost)

    def forgo(self, supporter):
        supported = [key for key, q in self.questions.items() if supporter in q["own"]]
        w = self.weights().get(self.site(supporter))
        if w and not any(map(self.is_waiting, supported)):
            least = plain_turns.half_up(self.peak - self.cap / w, 12)
            self.x[supporter] = max(self.x[supporter], least)

    def begin(self, supporter, key):
        self.x.setdefault(supporter, Fraction(0))
        self.forgo(supporter)
        self.questions[key]["own"].add(supporter)

    def come_back(self, root):
        for supporter in self.supporters(root):
            self.forgo(supporter)

    def pay(self, key, cost):
        weighed = self.on_air[key]
        t = plain_turns.level([(w, x) for w, x in weighed.values()], cost)
        if t is not None:
            t = plain_turns.half_up(t, 12)
            self.peak = max(self.peak, t)
            for supporter in weighed:
                self.x[supporter] = max(self.x[supporter], t)

    # Events

    def tuned(self, event):
        self.alpha = self.alpha if event.alpha is None else Fraction(event.alpha)
        self.cap = self.cap if event.cap is None else Fraction(event.cap)
        self.nominal = self.nominal if event.nominal is None else event.nominal

    def weighed(self, event):
        self.by_hand.pop(event.site, None)
        if event.weight is not None:
            self.by_hand[event.site] = Fraction(event.weight)

    def proxied(self, event):
        self.k.pop(event.site, None)
        self.senders.setdefault(event.site, set())
        if event.people is not None:
            self.k[event.site] = event.people

    def joined(self, event):
        self.people[event.person] = {
            "site": event.site,
            "trust": Fraction(event.trust),
            "phone": event.by_phone,
            "counts": False,
        }

    def moved(self, event):
        person = self.people[event.person]
        me = "person", event.person
        self.x.setdefault(me, Fraction(0))
        if person["phone"]:
            self.x[me] = self.x.get(("proxy", person["site"]), Fraction(0))
            self.senders.get(person["site"], set()).discard(event.person)
        person |= {"site": event.site, "trust": Fraction(event.trust), "phone": False}

    def approved(self, event):
        self.questions[event.question] = {
            "site": event.site,
            "at": event.at,
            "askers": set(event.askers),
            "own": set(),
            "into": None,
            "open": True,
        }
        begin = [("person", p) for p in event.askers if not self.people[p]["phone"]]
        for p in event.askers:
            self.people[p]["counts"] = True
            if self.people[p]["phone"]:
                self.senders.setdefault(self.people[p]["site"], set()).add(p)
        if event.via in plain_turns.BY_PHONE:
            self.senders.setdefault(event.site, set())
            begin.append(("proxy", event.site))
        self.count()
        for supporter in begin:
            self.begin(supporter, event.question)

    def supported(self, event):
        self.people[event.person]["counts"] = True
        self.count()
        self.begin(("person", event.person), event.question)

    def unsupported(self, event):
        question = self.questions[event.question]
        if event.person not in question["askers"]:
            question["own"].discard(("person", event.person))

    def merged(self, event):
        self.questions[event.question]["into"] = event.into

    def split(self, event):
        if not self.is_waiting(event.question):
            self.come_back_part(event.question)
        self.questions[event.question]["into"] = None

    def come_back_part(self, key):
        parts = [key]
        for part in parts:
            parts += [other for other, q in self.questions.items() if q["into"] == part]
            for supporter in self.questions[part]["own"]:
                self.forgo(supporter)

    def closed(self, event):
        self.questions[event.question]["open"] = False

    def reopened(self, event):
        self.come_back(event.question)
        self.questions[event.question]["open"] = True

    def taken(self, event):
        supporters = self.supporters(event.question)
        self.on_air[event.question] = {s: (self.weight(s), self.x[s]) for s in supporters}
        self.questions[event.question]["open"] = False
        self.pay(event.question, Fraction(1))

    def ended(self, event):
        self.pay(event.question, max(Fraction(1), Fraction(event.airtime, self.nominal)))

    # What follows

    def open_roots(self):
        return [key for key, q in self.questions.items() if q["open"] and q["into"] is None]

    def levels(self):
        found = {}
        for key in self.open_roots():
            t = self.level(self.supporters(key), self.x, Fraction(1))
            found[key] = None if t is None else plain_turns.half_up(t, 9)
        return found

    def order(self):
        supporters = {key: self.supporters(key) for key in self.open_roots()}
        everyone = set().union(*supporters.values())
        left = [
            (
                key,
                len(set().union(*(q["askers"] for q in self.family(key)))),
                min(q["at"] for q in self.family(key)),
            )
            for key in supporters
        ]
        weight = {s: self.weight(s) for s in everyone}
        people = {s: self.stands_for(s[1]) if s[0] == "proxy" else 1 for s in everyone}
        return plain_turns.simulate(left, supporters, weight, self.x, people)

    def paid(self, person):
        someone = self.people[person]
        me = ("proxy", someone["site"]) if someone["phone"] else ("person", person)
        return self.x.get(me, Fraction(0))


def without_undone(events):
    """Return a log as if what it undoes had never been."""
    kept = []
    for event in events:
        if not isinstance(event, log.Undone):
            kept.append(event)
            continue
        taken = max(
            at
            for at, other in enumerate(kept)
            if isinstance(other, log.Taken) and other.question == event.question
        )
        del kept[taken]
        kept = [
            other
            for at, other in enumerate(kept)
            if at < taken or not (isinstance(other, log.Ended) and other.question == event.question)
        ]
    return kept
