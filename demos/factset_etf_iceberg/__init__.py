"""The FACTSET ETF demo: two change-data-capture pipelines on streams and tasks, deployed, driven and proven."""
