"""The fair order: who is next, and why.

`events` is what can happen, `state` folds a log of it into who is next, `reasons` says why in
words, and `document` answers for the state at one instant, so that anybody can check the rule.
Inside, `tally` finds the lowest level, `levels` and `arithmetic` keep it exact.

Source: docs/questions.md, turns.
"""
