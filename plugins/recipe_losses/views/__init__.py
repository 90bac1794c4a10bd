"""What a person looks at beside training: what a run will take and took, and its tokens."""
