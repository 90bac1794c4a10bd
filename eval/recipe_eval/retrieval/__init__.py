"""How well recipes are found that a prompt leans on, beside chance and the words of titles."""
