"""An append-only ledger that anyone can check: a Merkle tree (RFC 9162) and signed checkpoints (C2SP signed note).

A leaf holds commitments (salted hashes), never content, so that content can be erased and the proofs stay.
"""

from counterpoint.kernel.ledger.checkpoints import (
    Checkpoint,
    CheckpointNotValid,
    CheckpointSigner,
    CheckpointVerifier,
)
from counterpoint.kernel.ledger.entries import commit_fields, commitment_holds, leaf_bytes
from counterpoint.kernel.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "EMPTY_ROOT",
    "Checkpoint",
    "CheckpointNotValid",
    "CheckpointSigner",
    "CheckpointVerifier",
    "Frontier",
    "commit_fields",
    "commitment_holds",
    "consistency_proof",
    "inclusion_proof",
    "leaf_bytes",
    "leaf_hash",
    "root_of",
    "verify_consistency",
    "verify_inclusion",
]
