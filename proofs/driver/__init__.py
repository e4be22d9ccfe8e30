"""The proof driver: runs Frama-C WP on each stem of proofs/targets.toml and judges the outcome."""
