"""What the engines of this process share: grammars, drawing, texts that are being written."""
