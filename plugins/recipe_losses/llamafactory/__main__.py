"""For launchers: `torchrun --nproc_per_node 2 -m recipe_losses.llamafactory train CONFIG.yaml`."""

from __future__ import annotations

from recipe_losses.llamafactory.launcher import main

if __name__ == "__main__":
    raise SystemExit(main())
