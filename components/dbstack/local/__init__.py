"""`dbstack local`: snapshots, clones, resets and past moments of the databases that a stack runs in containers."""
