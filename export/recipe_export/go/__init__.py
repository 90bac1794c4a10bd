"""A strict interpreter of the part of Go's text/template that Modelfiles of ours are written in."""
