"""What is shown to other accounts, and what can be seen of its use and cost."""
