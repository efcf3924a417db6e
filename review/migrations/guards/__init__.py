"""What the database itself refuses about items; see governance.migrations.guards."""
