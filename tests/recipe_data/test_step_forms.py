"""Steps as people type them: times, temperatures, verbs and measures, one table a kind."""

from __future__ import annotations

import pytest

from recipe_data.instructions import convert_instruction, parse_instruction


@pytest.mark.parametrize(
    ("text", "minutes", "minutes_max"),
    [
        ("Braise 2½ hours.", 150, None),
        ("Braise for ¾ hour.", 45, None),
        ("Proof 1½–2½ hours.", 90, 150),
        ("Braise for two and a quarter hours.", 135, None),
        ("Proof for an hour and a quarter.", 75, None),
        ("Proof a quarter of an hour.", 15, None),
        ("Braise 2h15.", 135, None),
        ("Braise 1 h 5 min.", 65, None),
        ("Poach 12'.", 12, None),
        ("Braise 2:30 hours.", 150, None),
        ("Poach 8~9 minutes.", 8, 9),
        ("Poach between 6 and 8 minutes.", 6, 8),
        ("Braise an hour & a quarter.", 75, None),
        ("Braise 2 hours to 2 hours 20 minutes.", 120, 140),
        ("Braise 1 hr 45 min to 2 hrs.", 105, 120),
        ("Poach 12m.", 12, None),
        ("Pulse 20s.", 0.33, None),
        ("Line a 9' pan.", None, None),
        ("Whisk in a second bowl.", None, None),
    ],
)
def test_times(text: str, minutes: float | None, minutes_max: float | None) -> None:
    step = parse_instruction(text)
    assert (step.minutes, step.minutes_max) == (minutes, minutes_max)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("Let sit 20 minutes before carving.", 20),
        ("Refrigerate 3 hours before slicing.", 180),
        ("Freeze 40 minutes.", 40),
        ("Crumble the 3-day-old rolls.", None),
        ("Slice the 28-day aged sirloin.", None),
        ("Eat within 4 hours.", None),
        ("Boil 3 minutes less than the label says.", None),
        ("Boil 3 minutes longer.", 3),
        ("Add the peas for the last 3 minutes.", 3),
        ("Stir in 8-minute grits.", None),
        ("Let it have an 8-minute rest.", 8),
        ("Drain a minute early.", None),
        ("Reduce the baking time by 4 minutes.", None),
    ],
)
def test_waiting_lasts_and_ages_do_not(text: str, minutes: float | None) -> None:
    assert parse_instruction(text).minutes == minutes


@pytest.mark.parametrize(
    ("text", "celsius", "converted"),
    [
        ("Roast at 190c until crisp.", 190, "Roast at 190 °C until crisp."),
        ("Heat oil to 170 c.", 170, "Heat oil to 170 °C."),
        ("Bring 11 C. broth to a boil.", None, "Bring 2640 ml broth to a boil."),
        ("Stir in 14 C oats.", None, "Stir in 1190 g oats."),
        ("Cool to 35 C, then stir.", 35, "Cool to 35 °C, then stir."),
        ("Heat to 98–102 °F.", 36.7, "Heat to 37-39 °C."),
        ("Roast at 425oF.", 218.3, "Roast at 220 °C."),
        ("Roast in a 425-degree oven.", 218.3, "Roast in a 220 °C oven."),
        ("Roast at 425 F. for an hour.", 218.3, "Roast at 220 °C for an hour."),
        ("Turn the dough 90 degrees and roll.", None, "Turn the dough 90 degrees and roll."),
        ("Slice on the bias at 45 degrees.", None, "Slice on the bias at 45 degrees."),
        ("Roast 2 hrs. at 325.", 162.8, "Roast 2 hrs. at 165 °C."),
        ("Lower heat to 325 and bake.", 162.8, "Lower heat to 165 °C and bake."),
        ("Deep fry at 375.", 190.6, "Deep fry at 190 °C."),
        ("Heat the oil to 180 degrees.", 180, "Heat the oil to 180 °C."),
        ("Roast until its internal temp is 145.", 62.8, "Roast until its internal temp is 63 °C."),
        ("Roast at 190 celcius.", 190, "Roast at 190 °C."),
        ("Slice at a 30 degree angle.", None, "Slice at a 30 degree angle."),
    ],
)
def test_temperatures_and_cups(text: str, celsius: float | None, converted: str) -> None:
    assert parse_instruction(text).celsius == celsius
    assert convert_instruction(text) == converted


@pytest.mark.parametrize(
    ("text", "converted"),
    [
        ("Spoon into 8 cups.", "Spoon into 8 cups."),
        ("Fill 12 cups half full.", "Fill 12 cups half full."),
        ("Divide among 10 cups and chill.", "Divide among 10 cups and chill."),
        ("Makes 18 cups.", "Makes 18 cups."),
        ("Add water to make 3 cups.", "Add water to make 720 ml."),
        ("Divide among 8 small cups.", "Divide among 8 small cups."),
        ("Set 5 cups on a tray.", "Set 5 cups on a tray."),
        ("Add a cup of broth.", "Add 240 ml of broth."),
        ("Use a cup measure.", "Use a cup measure."),
        ("Melt half a stick of butter.", "Melt 57 g of butter."),
        ("Cream the butter (3 sticks).", "Cream the butter (340 g)."),
        ("Stir into 2 cups broth.", "Stir into 480 ml broth."),
        ("Add 2 cups. Stir.", "Add 480 ml. Stir."),
        ("Cream 3 sticks of butter.", "Cream 340 g of butter."),
        ("Trim 3 sticks of rhubarb.", "Trim 3 sticks of rhubarb."),
        ("Add three-quarters of a cup of broth.", "Add 180 ml of broth."),
        ("Add a half cup broth.", "Add 120 ml broth."),
        ("Add 300g (11oz) oats.", "Add 300g oats."),
        ("Add 1 cup minus 1 tbsp broth.", "Add 225 ml broth."),
    ],
)
def test_measures(text: str, converted: str) -> None:
    assert convert_instruction(text) == converted
    assert convert_instruction(converted) == converted


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("Flake the trout.", ("flake",)),
        ("Add leek, squash and pepper.", ("add",)),
        ("Salt and pepper to taste.", ()),
        ("Salt and pepper the trout.", ("salt",)),
        ("Mix the oats, salt and pepper with a fork.", ("mix",)),
        ("Roast until golden and crisp all over.", ("roast",)),
        ("Add oats and flake coconut.", ("add",)),
        ("Braise until soft and season with salt.", ("braise", "season")),
        ("Roast until crisp and serve.", ("roast", "serve")),
        ("Roast until crisp and toast the rolls.", ("roast", "toast")),
        ("Simmer until the juices thicken and the pork softens.", ("simmer",)),
        ("Add 1 T. oil and 3 c. water.", ("add",)),
        ("Bring 3 C. water to a boil.", ("boil",)),
    ],
)
def test_verbs(text: str, actions: tuple[str, ...]) -> None:
    assert parse_instruction(text).actions == actions
