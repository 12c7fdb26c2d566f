"""Lifecycles: which steps are open from a state, and what a state locks.

In: an entity of the manifest and the name of a state. Out: transitions, field names, or a refusal as a value.
Knows nothing of users, records or databases; who may take a step is decided in `access`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..metamodel.manifest import SYSTEM_FIELDS, Entity, Transition


@dataclass(frozen=True, slots=True)
class Closed:
    """A step that cannot be taken: there is none of this name, or it does not start from this state."""

    transition: str
    state: str | None
    known: bool


def open_transitions(entity: Entity, state: str | None) -> tuple[Transition, ...]:
    """The steps that start from this state, in their written order. A record without a state is in the first one."""
    life = entity.lifecycle
    if life is None:
        return ()
    present = life.initial if state is None else state
    return tuple(step for step in life.transitions.values() if present in step.source)


def leads_on(step: Transition) -> bool:
    """Whether a step is one that carries the work on, as its colour says: an approval, not a withdrawal."""
    return step.color in ("green", "blue")


def step(entity: Entity, state: str | None, transition: str) -> Transition | Closed:
    """The step of this name if it is open from this state, else why it is not."""
    known = entity.lifecycle is not None and transition in entity.lifecycle.transitions
    for open_step in open_transitions(entity, state):
        if open_step.name == transition:
            return open_step
    return Closed(transition, state, known)


def locked_fields(entity: Entity, state: str | None) -> frozenset[str]:
    """The fields that cannot change in this state; `*` in the definition stands for all but the system's own."""
    life = entity.lifecycle
    present = life.states.get(life.initial if state is None else state) if life is not None else None
    if life is None or present is None or not present.locks:
        return frozenset()
    if "*" in present.locks:
        return frozenset(name for name in entity.fields if name not in SYSTEM_FIELDS and name != life.field)
    return frozenset(present.locks)


def locks_all(entity: Entity, state: str | None) -> bool:
    """Whether the whole record is locked in this state, which also means that it cannot be deleted."""
    life = entity.lifecycle
    present = life.states.get(life.initial if state is None else state) if life is not None else None
    return present is not None and "*" in present.locks
