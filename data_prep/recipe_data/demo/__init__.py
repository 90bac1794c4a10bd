"""The demo corpus: recipes composed from a small knowledge base of our own writing.

The YAML files here say in metric how each dish is cooked, those in `patterns/` how each kind of
dish is, whose foods vary, and those in `foods/` what it may be cooked with; `compose` writes them
all the way RecipeNLG does (US units, kitchen fractions, dirt) and keeps the truth beside.

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

A food, in `foods/`, stands in a class that says of all of them how they look when they are done
(`until`); whether a vegetarian version may hold it is known to `recipe_data.pantry`:

```yaml
vegetables:
  foods:
    leek: {line: "2 leek, sliced", saute: 8, simmer: 12}   # for four; minutes of each way to cook
    carrot: {line: "4 carrot, diced", raw: [0, "3 carrot, grated"]}    # a way with its own line
    eggplant: {line: "1 eggplant, diced", title: Eggplant, saute: 10}  # else Eggplant | Eggplants
```

A pattern, in `patterns/`, is a dish with slots in place of foods:

```yaml
- titles: ["{vegetable} Risotto", "Risotto with {vegetables}"]  # Leek Risotto, Risotto with Leeks
  slots:
    vegetable: {of: vegetables mushrooms, way: saute, but: okra}  # classes and foods; those that
  ingredients:                                                    # know the way (or one of several)
    vegetable: 0.75                          # a share of the usual amount
  steps:
    - - _Cook_ the {vegetable} for {vegetable min}, {vegetable until}.
```

A dish never holds two foods of one noun (potatoes and sweet potatoes), and a slot none that the
dish has already.
"""
