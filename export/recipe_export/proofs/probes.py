"""Texts that the checks run on: a few recipes for the logits, hard Unicode for the tokenizer."""

from __future__ import annotations

import unicodedata

from recipe_base.files import to_json
from recipe_data.prompts import recipe_messages


def _answer(ingredients: str, instructions: str) -> str:
    """Join two lists, their items separated by bars, to an answer in the project's form."""
    return to_json({"ingredients": ingredients.split("|"), "instructions": instructions.split("|")})


RECIPES = {
    "Lemon Orzo with Peas": _answer(
        "300 g orzo|200 g peas, frozen|1 lemon, zested|40 g parmesan, grated|20 ml olive oil|salt",
        "Boil the orzo in salted water for 9 minutes.|Add the peas for the last 2 minutes, then "
        "drain.|Stir in the oil, the zest and the parmesan.|Season with salt and serve at once.",
    ),
    "Crispy Rice Salad": _answer(
        "250 g jasmine rice, cooked|1 cucumber, sliced|2-3 spring onions|15 ml soy sauce"
        "|10 ml sesame oil|0.5 lime, juiced",
        "Heat the oven to 220 °C.|Toss the rice with the sesame oil and spread it on a tray.|Bake "
        "for 25 minutes until crisp.|Mix with the cucumber, the spring onions, soy and lime.",
    ),
    "Egg and Cress Sandwich": _answer(
        "4 eggs|60 g mayonnaise|5 g mustard|8 slices white bread|20 g cress|black pepper",
        "Boil the eggs for 10 minutes.|Cool, peel and mash them with mayonnaise and mustard."
        "|Spread on four slices, scatter the cress and close.|Cut in triangles.",
    ),
    "Tomato Rigatoni Bake": _answer(
        "400 g rigatoni|800 g tinned tomatoes|2 garlic cloves, crushed|250 g mozzarella, torn"
        "|30 ml olive oil|10 g basil",
        "Preheat the oven to 200 °C.|Simmer garlic, oil and tomatoes for 15 minutes.|Cook the "
        "rigatoni for 8 minutes and drain.|Combine, top with mozzarella and bake for 20 minutes.",
    ),
    "Saffron Pilaf": _answer(
        "320 g basmati rice|1 onion, finely chopped|30 g butter|600 ml vegetable stock"
        "|1 pinch saffron|50 g flaked almonds",
        "Soak the rice for 30 minutes, then rinse.|Soften the onion in the butter for 8 minutes."
        "|Add rice, saffron and stock; cover and simmer for 12 minutes.|Rest for 10 minutes and "
        "fold in the almonds.",
    ),
    "Tuna Melt for Two": _answer(
        "4 slices sourdough|160 g tuna, drained|50 g mayonnaise|1 shallot, diced"
        "|80 g cheddar, grated|15 g butter",
        "Mix the tuna, mayonnaise and shallot.|Pile on two slices, add cheddar and close.|Butter "
        "the outsides.|Fry over medium heat for 4 minutes a side until golden.",
    ),
    "Spinach Gnocchi": _answer(
        "500 g gnocchi|200 g spinach|150 ml cream|40 g gorgonzola|1 garlic clove, sliced|nutmeg",
        "Warm the cream with garlic and gorgonzola until it melts.|Wilt the spinach in it."
        "|Boil the gnocchi for 3 minutes, until they float.|Toss and grate nutmeg over.",
    ),
    "Coconut Rice Bowl": _answer(
        "300 g rice|400 ml coconut milk|200 ml water|1 mango, diced|100 g edamame|salt",
        "Bring rice, coconut milk, water and salt to the boil.|Cover and cook on low for 14 "
        "minutes.|Stand for 5 minutes, then fluff.|Top with the mango and the edamame.",
    ),
}

CONVERSATIONS = tuple(
    [*recipe_messages(title, servings=2), {"role": "assistant", "content": answer}]
    for title, answer in RECIPES.items()
)

_HARD = (
    "",
    " ",
    "a",
    "  two  spaces   three    four     ",
    "\n\n\r\n \t\tmixed\r\n\r\nwhite \n space\t\n",
    "I've, we'll, SHE'S, they'Re, it'd, o'clock 'tis 'quoted'",
    "3 33 333 3333 33333 1.5 1,000.00 ½ ¼ 1½ 2²",
    "180 °C / 350 °F · 5–10 min — “crème fraîche”, jalapeño, smörgåsbord, Gruyère",
    "no\u00a0break\u2009thin\u202fnarrow\u3000wide\u200bzero\u2060joiner\ufeffmark\u00adsoft",
    "日本語のレシピ 炒饭 볶음밥 ข้าวผัด बिरयानी פסטה أرز плов ρύζι",
    "👩‍🍳🍝🇮🇹👍🏽 ❤️ ☕︎ 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "e\u0323\u0307x a\u0328\u0301x \u0915\u093c Z\u0351\u036b\u0343",
    "ſß ẞ İı ǅ ﬁ № ℃ Ⅷ ① ㎏ ㍑ ﷽",
    "\x00\x01\x07\x1b[31m\x7f\x85\u2028\u2029 control",
    '{"ingredients":["2 \\"big\\" eggs\\n"],"instructions":["\\u00bd"]}',
    "a_b-c.d,e;f:g!h?i(j)k[l]m{n}o@p#q$r%s^t&u*v+w=x~y`z|\\/<>",
    "======------~~~~ ''''''```````\"\"\"\"......!!!!!!??????",
    "supercalifragilisticexpialidocious" * 3,
    "\U0001f9c0\U00010348\U000e0001\ufffd\uffff",
    "<|im_start|>user\nhi<|im_end|>\n<|endoftext|> <|im_end|> <|im_ end|>",
    "<think>\n\n</think>\n\n/no_think /think <|eot_id|><|begin_of_text|> [INST] <s></s>",
    "{{ .System }} {% if x %} {{- raise_exception() -}} \"\"\" ''' ${HOME}",
    # One letter in four normal forms, and marks in an order that normalising changes.
    "é e\u0301 Å A\u030a \u212b \u1e69 s\u0323\u0307 s\u0307\u0323 \u1100\u1161\u11a8 각",
    "a\u0300\u0301\u0302\u0303\u0304 q\u0307\u0323 \u0301alone \ufb01 \u2126 \u2f00",
    "½⅓⅔¼¾⅛ 1½ 2⅓ 1⁄2 ٣ ४ ３ 10×15 cm 3 × 400 g 2 ✕ 4 x²³ H₂O",
    "zero\u200b\u200c\u200d\u2060\ufeffwidth \u202eright\u202c \u2066isolate\u2069 \u180e",
    "👨‍👩‍👧‍👦 👩🏽‍🍳 🏳️‍🌈 🧑🏿‍🦱 1️⃣ #️⃣ 🇩🇪🇫🇷 \u200d🍳 🥘\ufe0e 🥘\ufe0f 🫕🫘",
    "חֻמּוּס עִם טְחִינָה, 250 גרם — حُمُّص بالطحينة ٢٥٠ غ، 1/2 ليمون",
    "麻婆豆腐500克,鸡蛋２個。ごはん１合、大さじ２杯!떡볶이 가래떡 400그램 ㄱㅏ ｱｲｽ 𠮷野家 㐂",
    "ผัดไทย เส้นเล็ก ១២៣ ແກງ မုန့်ဟင်းခါး தோசை దోస ދޮން ჩახოხბილი խորոված ጨጨብሳ",
    "0123456789 00 000 12345678901234567890 1e-5 0x1F 3.14.15 1,5 −5 +5 5% 5‰ 20°C 68℉",
    " " * 70 + "x" + "\t" * 20 + "y" + "\n" * 12 + "z" + " \n" * 6 + "\u3000\u2003\u2028\x0b\x0c",
    "a" * 300 + "ß" * 120 + "食" * 100 + "-" * 90 + "é" * 60 + "🍅" * 40,
    "DonaudampfschifffahrtsgesellschaftskapitänsmützenkäsespätzleaufläufchenRezeptÜberÄÖ",
    "can't CAN'T can’t 'll'LL 's'S rock'n'roll l'œuf d'Été qu'“ils” O'Brien's ''s ’s",
    "camelCaseHTTPServer snake_case kebab-case A1b2C3 x1y 100g 1kg 2tbsp ½cup №5 3rd",
    "\u0000 \ud7ff\ue000 \ufdd0 \U000fffff \U0010fffd \u0378 \u2fff \ua7f2",
)

# NFC, as all text of the project: llama.cpp does not normalise, Hugging Face tokenizers do.
TORTURE = tuple(unicodedata.normalize("NFC", text) for text in _HARD)
