"""One constrained recipe for every test title: asked for, asked again, recorded."""
