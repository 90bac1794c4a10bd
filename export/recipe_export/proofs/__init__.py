"""What an export proves, and why that is enough. No proof holds a model, or a pass over it twice.

An export says: the adapter is in the weights, the file holds these weights, and llama.cpp computes
with the file what transformers computes with the model. Comparing the logits of whole models would
show all three at once, but costs them in float32, and can allow no more than it has been tuned to.
Taken one by one, each step has an error that is known beforehand:

merge    every value of the merged model is base + adapter as PEFT itself forms it, rounded once to
         the type it is stored in; whatever has no adapter is the base's, bit for bit (`merged`)
sizes    the file's metadata, tensor names and shapes are those that transformers builds (`sizes`)
values   every value of the file is the model's, rounded once; of a quantized file it lies within
         a step of the grid that its bits allow (`tensors`)
tokens   llama.cpp's vocabulary and token ids are Hugging Face's (`verify`)
logits   from the same weights, those of the file, llama.cpp computes what transformers computes, up
         to what the rounding of its products causes, which transformers measures (`logits`)

The first four compare what is stored, completely; the last one what is done with it, which is the
same everywhere, so that some hundred positions show it. A tensor is read once for both, a decoder
layer at a time (`layerwise`), the embedding in blocks of rows: no more than one layer is in memory.
How far a file's logits are from the model's, the price of its type, is told and has no limit.
"""
