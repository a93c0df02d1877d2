"""What an account has: databases, tables, views, warehouses, roles, and their statements."""
