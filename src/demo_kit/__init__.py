"""What every demo needs: it deploys, runs, watches, proves and removes what a demo's manifest describes."""
