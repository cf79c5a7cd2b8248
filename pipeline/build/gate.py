"""The words gate of a paginated edition, kept unit by unit: only what was set anew is read back.

A proof is kept under the very bytes of the unit's file and what the edition says of it; so it does not matter who made
either. The bound book is compared with all proofs page by page. Where anything differs nothing is believed,
and the caller reads the whole file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from pipeline.build.cache import Cache
from pipeline.build.tools import code_digest
from pipeline.checks.expected import Claim, claims
from pipeline.checks.proof import Proof, claim_digest, prove, prove_heads, read_labels, verify
from pipeline.checks.words import repeated_rows
from pipeline.edition import Edition
from pipeline.html import Page
from pipeline.pdf import Typeset
from pipeline.pdf.units import RESERVED
from pipeline.pdf.workers import Crew

SECONDS = 120.0
"""How long the reading of one unit may take."""


def is_proved(
    edition: Edition, made: Typeset, pages: Sequence[Page], crew: Crew, kept: Cache | None
) -> tuple[bool, int]:
    """Say whether a book holds every word of its edition, and how many units were read back for that."""
    claimed = {claim.unit.name: claim for claim in claims(edition)}
    units = {unit.name: unit for unit in edition.units}
    room = abs(made.moved)
    if [name for name, _ in made.bound] != list(claimed):
        return False, 0
    proofs: list[Proof | None] = []
    keys: list[str] = []
    missing: list[tuple[Claim, frozenset[str], bytes, float]] = []
    for name, data in made.bound:
        claim = claimed[name]
        repeated = frozenset(repeated_rows(edition, units[name]))
        keys.append(_key("proof", hashlib.sha256(data).hexdigest(), claim_digest(claim, repeated), f"{room:.3f}"))
        found = kept.get(keys[-1]) if kept is not None else None
        proofs.append(Proof.from_json(found.decode()) if found is not None else None)
        if found is None:
            missing.append((claim, repeated, data, room))
    waiting = [number for number, proof in enumerate(proofs) if proof is None]
    for number, proof in zip(waiting, crew.each(_prove, missing, SECONDS), strict=True):
        if proof is None:
            return False, len(missing)
        proofs[number] = proof
        if kept is not None:
            kept.put(keys[number], proof.to_json().encode())
    heads = _heads(made, pages, crew, kept)
    if heads is None:
        return False, len(missing)
    known_key = _key("faces")
    known = kept.get(known_key) if kept is not None else None
    faces: list[str] = json.loads(known) if known is not None else []
    verdict = verify(made.pdf, [proof for proof in proofs if proof is not None], heads, room, faces)
    if kept is not None and verdict.faces:
        kept.put(known_key, json.dumps([*verdict.faces, *faces][:400]).encode())
    return not verdict.faults, len(missing)


def _prove(arguments: tuple[Claim, frozenset[str], bytes, float]) -> Proof | None:
    claim, repeated, data, room = arguments
    return prove(claim, repeated, data, RESERVED, room)


def _heads(made: Typeset, pages: Sequence[Page], crew: Crew, kept: Cache | None) -> tuple[str, ...] | None:
    """Return the digest of every page of heads, or None when one says what is not known."""
    words = frozenset(head for page in pages for head in page.head_words)
    labels = read_labels(made.pdf)
    sheets: list[tuple[str, ...] | None] = []
    keys: list[str] = []
    missing: list[tuple[bytes, tuple[str, ...], frozenset[str]]] = []
    for number, data in enumerate(made.sheets):
        own = labels[number * made.batch : (number + 1) * made.batch]
        keys.append(_key("heads", hashlib.sha256(data).hexdigest(), json.dumps([own, sorted(words)])))
        found = kept.get(keys[-1]) if kept is not None else None
        sheets.append(tuple(json.loads(found)) if found is not None else None)
        if found is None:
            missing.append((data, own, words))
    waiting = [number for number, sheet in enumerate(sheets) if sheet is None]
    for number, digests in zip(waiting, crew.each(_prove_heads, missing, SECONDS), strict=True):
        if digests is None:
            return None
        sheets[number] = digests
        if kept is not None:
            kept.put(keys[number], json.dumps(digests).encode())
    return tuple(digest for sheet in sheets if sheet is not None for digest in sheet)


def _prove_heads(arguments: tuple[bytes, tuple[str, ...], frozenset[str]]) -> tuple[str, ...] | None:
    return prove_heads(*arguments)


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join((*parts, code_digest())).encode()).hexdigest()
