"""Lifecycles: which steps are open, and what a state locks."""

from __future__ import annotations

from sartor.metamodel.manifest import Entity, State
from sartor.rules.lifecycle import Closed, locked_fields, locks_all, open_transitions, step
from sartor.tests import manifests as m


def order() -> Entity:
    status, life = m.lifecycle("draft open done", "submit: draft > open", "close: draft open > done")
    life.states["open"] = State("open", m.label("open"), locks=("customer",))
    life.states["done"] = State("done", m.label("done"), locks=("*",))
    return m.entity("crm.order", "customer", "note", status, lifecycle=life)


def test_steps_are_open_from_their_sources() -> None:
    assert [each.name for each in open_transitions(order(), "draft")] == ["submit", "close"]
    assert [each.name for each in open_transitions(order(), "done")] == []


def test_a_record_without_a_state_is_in_the_first_one() -> None:
    assert [each.name for each in open_transitions(order(), None)] == ["submit", "close"]


def test_an_entity_without_a_lifecycle_has_no_steps_and_no_locks() -> None:
    plain = m.entity("crm.note", "text")
    assert open_transitions(plain, "draft") == ()
    assert locked_fields(plain, "draft") == frozenset()
    assert step(plain, None, "submit") == Closed("submit", None, known=False)


def test_a_step_that_does_not_start_here_says_so() -> None:
    assert step(order(), "done", "submit") == Closed("submit", "done", known=True)
    assert step(order(), "done", "unheard_of") == Closed("unheard_of", "done", known=False)


def test_a_state_locks_the_fields_it_names_or_all_but_the_state_itself() -> None:
    assert locked_fields(order(), "draft") == frozenset()
    assert locked_fields(order(), "open") == {"customer"}
    assert locked_fields(order(), "done") == {"customer", "note"}
    assert locks_all(order(), "done")
    assert not locks_all(order(), "open")
