"""The demo corpus: recipes composed from a small knowledge base of our own writing.

`pasta.yaml`, `rice.yaml` and `sandwich.yaml` say in metric how each dish is cooked; `compose`
writes them the way RecipeNLG does (US units, kitchen fractions, dirt) and keeps the truth beside.

How to read an entry of the knowledge base:

```yaml
- titles: [Rice Pilaf, Buttery Rice Pilaf]   # names that mean this dish, the usual one first
  serves: 4                                  # what the amounts below are for
  vegetarian: {stock: 475 ml vegetable stock}  # swaps for a meatless version; {}: none needed
  ingredients:
    rice: 200 g (cup) long-grain rice        # the key is the word the steps use
    onion: 1 onion, finely chopped | chopped # preparations to choose from
    salt: salt                               # no amount
  extras:
    almonds: 50 g (cup) slivered almonds     # may be left out; may name itself in the title
  steps:
    - - _Melt_ the butter and _cook_ the {onion} for {5 min}.     # wordings of one step:
      - In a pan, _melt_ the butter and _fry_ the {onion} for {5 min}.  # same facts, other words
```

An amount is `number [g|ml] [(how it is measured)] name`. Grams are weighed unless `(cup)` says
that a cook measures them by volume, or `(can)` or `(jar)` that they are bought so;
`(slices)`, `(cloves)`, `(stalks)`, `(large)`, `(whole)` are counted in whole numbers.
In a wording `_Stir_` is an action, `_stirring=stir_` an action with its lemma, `{rice}` an
ingredient, `{5 min}`, `{1.5 h}` and `{180 C}` a time or a temperature; `[...]` is left out unless
every ingredient in it was chosen, and so is a whole step that needs one that was not.
"""
