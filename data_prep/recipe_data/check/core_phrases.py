"""How steps speak of the heat inside food, and of what else is as hot."""

from __future__ import annotations

import re

CLAUSE = re.compile(
    r"[,;:()]|\b(?:and|then|until|till|or|when|once|while|so|but|as soon as|to get)\b",
    re.IGNORECASE,
)

PLACE = r"(?! of (?:the |a |an |your )?(?:oven|grill|rack|pan|plate|dish|smoker)| (?:rack|shelf))"
INSIDE = re.compile(
    r"\binternal(?:ly)?\b|\binside\b(?! the oven)|\bcore\b"
    r"|\b(?:thick|deep|fleshi|meati|inner)\w*\s?(?:part|portion|section|point)?\b(?= |$)"
    rf"|\b(?:cent(?:er|re)s?|middle){PLACE}\b|\bdone(?:ness)?\b|\bready\b"
    r"|\bcook(?:ed)?(?: [\w-]+){0,3} through\b"
    r"|\bjuices? (?:\w+ )?clear\b|\bpink\b"
    r"|\bcooked\b(?=\W*$| (?:to|at|when|until|if|once)\b)|\b(?:final|finish\w*|target|pull) temp\w*"
    r"|\b(?:rises?|climbs?|coasts?|comes? up)\b(?= (?:\w+ )?to\b)|\bcarry[ -]?over\b",
    re.IGNORECASE,
)
THERMOMETER = re.compile(r"\b(?:thermometer|thermapen|probe)\b", re.IGNORECASE)
INSIDE_BEHIND = re.compile(
    r"[)\s]{0,2}(?:degrees?\s)?(?:\([^)]{0,30}\)\s?)?(?:internal(?:ly)?\b"
    r"|inside\b(?! the oven)|core\b"
    rf"|in(?:to)? (?:the|its) (?:\w+ ){{0,2}}?(?:cent(?:er|re)|middle|thick\w*|deep\w*){PLACE}"
    r"|at (?:the|its) (?:\w+ )?(?:cent(?:er|re)|middle|thick\w*|deep\w*|core|bone)"
    r"|is (?:done|safe|cooked|ready)|on the inside)",
    re.IGNORECASE,
)
BY_THERMOMETER = re.compile(
    r"[)\s]{0,2}(?:on|with|by) (?:an?|the|your) (?:[\w-]+ ){0,3}(?:thermometer|probe)\b",
    re.IGNORECASE,
)
OTHER_THERMOMETER = re.compile(
    r"\b(?:oven|grill|candy|sugar|jam|fry(?:ing)?|oil|smoker|fridge|water|milk)[ -]thermometer\b",
    re.IGNORECASE,
)
# What else is as hot, and verbs that make or keep it so.
ELSE = re.compile(
    r"\b(?:oils?|fat|lard|grease|shortening|water|bath|ovens?|smoker|skillet|pan|griddle|wok|fryer"
    r"|bbq|pit|coals|charcoal|fire|(?<!^)heat|flame|stock|broth|liquid|milk|cream|syrup|sugar|caramel"
    r"|chocolate|custard|sauce|butter|brine|marinade|yeast|dough|bread|plates?|platter|fridge"
    r"|refrigerator|freezer|room|gravy|soup|stuffing|dressing|rice|potato(?:es)?|mixture|eggs?"
    r"|yolks?|thermostat|(?:the|your|a|on|over) (?:grill|barbecue)"
    r"|(?:pre-?heat|warm|hold|keep|chill|cool|refrigerat|freez|stor|reduc|lower|increas|rais|adjust"
    r"|maintain|poach|simmer|proof|dehydrat|reheat|leftover|lukewarm|drop|fall|dip)\w*"
    r"|held|kept|cold|set|turn(?:ed)? (?:down|up))\b",
    re.IGNORECASE,
)
ELSE_BEHIND = re.compile(
    r"\s?(?:degrees?\s)?(?:oven|oil|water|bath|grill|smoker|pan|milk|heat|fat|stock|broth|syrup"
    r"|warming)\b",
    re.IGNORECASE,
)
# A thermometer may be in these, too.
STIRRED = re.compile(
    r"\b(?:milk|cream|custard|sauce|syrup|sugar|caramel|mixture|eggs?|yolks?|whisk\w*|stir\w*"
    r"|(?:heat|bring|warm)\s(?:[\w-]+\s){0,3}(?:oil|fat|lard|water|stock|broth))\b",
    re.IGNORECASE,
)
EATEN = re.compile(
    r"\b(?:chicken|turkey|hens?|birds?|poultry|capon|breasts?|thighs?|drumsticks?|legs?|wings?|meat"
    r"|meat ?loaf|loaf|burgers?|patt(?:y|ies)|meat ?balls?|sausages?|links|pork|beef|lamb|veal|fish"
    r"|salmon|tuna|ham|loins?|tenderloins?|chops?|shoulder|butt|ribs?|fillets?|filets?|cutlets?"
    r"|steaks?|roast(?= (?:is|reach|hit|register|read|to))|pieces?|skewers?|ka?ebabs?|kabobs?)"
    r"(?:'s)?\b",
    re.IGNORECASE,
)
COOKING = re.compile(
    r"\b(?:cook|bake|roast|grill|fry|smoke|broil|barbecue|barbeque|sear|saut[eé]|brown|braise"
    r"|air[ -]?fry|return|continu|finish|turn(?! (?:down|up))|flip|microwave|rotisserie|spit|place"
    r"|leave|rest|toast|steam)\w*",
    re.IGNORECASE,
)
HEATING = re.compile(
    r"\b(?:heat|bring|warm|pre-?heat|melt|boil|whisk|stir|scald)\w*", re.IGNORECASE
)
TO = re.compile(
    r"\b(?:to|until|till|reach(?:es|ed|ing)?|hits?|registers?|reads?|reading|measures?|shows?|says"
    r"|is|are|be|it's|they're|of|at|gets? to|comes? to|has reached)\s"
    r"(?:(?:about|around|approximately|roughly|at least|an?|only|just|exactly|the|minimum|of"
    r"|between|temp(?:erature)?)\s){0,4}$",
    re.IGNORECASE,
)
AT = re.compile(
    r"\b(?:at|at an? (?:[\w-]+ )?temp(?:erature)? of|in an?|in the|below|under|above|over|with)\s"
    r"(?:(?:about|around|a)\s)?$",
    re.IGNORECASE,
)
IS_AT = re.compile(
    r"\b(?:is|are|be|done|ready|cooked|safe|it's|temps(?: out)?|sits)\sat\s"
    r"(?:(?:about|around)\s)?$",
    re.IGNORECASE,
)
TAKEN_OUT = re.compile(
    r"\b(?:pull|remove|take|lift|comes? off|stop|(?:turn|switch) off)\b"
    r"(?:(?!\b(?:and|then|to)\b)[^.;,:]){0,60}?"
    r"\b(?:at|when|once|as soon as)\b(?:(?!\band\b)[^.;:]){0,30}$",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"\b(?:do not|don't|never|not)\s(?:\w+\s)?(?:stop|pull|remove|take|let|allow|serve|exceed|go"
    r"|cook)\b[^.;,()]{0,40}$|\b(?:rather than|instead of)\s(?:\w+\s){0,3}$",
    re.IGNORECASE,
)
# Not the oven is to be so hot: `finish in the oven to 74 °C`.
COOKED_IN = re.compile(
    r"\b(?:finish|cook|bake|roast|continu)\w*\b[^.;,]{0,30}\b(?:in|on) the (?:\w+ )?"
    r"(?:oven|grill|smoker|pan|skillet|barbecue)\sto\s$",
    re.IGNORECASE,
)
RISES = re.compile(
    r"\b(?:then|rest|rests|resting|ris(?:e|es|ing)|carry|climbs?|coasts?|continu\w*"
    r"|comes? up|goes? up)\b",
    re.IGNORECASE,
)
JOINED = re.compile(r"(?:,|\b(?:until|till|when|once|as soon as|and|or))\s*$", re.IGNORECASE)
# A thermometer that reads `150` needs no degrees.
BARE = re.compile(
    r"\b(?:reads?|reading|registers?|registering|shows?|says|measures?|hits|reach(?:es|ed)?|is|of|to"
    r"|at|until|till|temp(?:erature)?)\s"
    r"(?:(?:about|around|approximately|roughly|at least|only|just|exactly|between)\s){0,2}"
    r"(?P<low>\d{2,3})(?:\s?(?:-|–|to|and)\s?(?P<high>\d{2,3}))?"
    r"(?=\s?(?:[.,;:)!]|$)|\s(?:and|or|on|in|inside|internal\w*|then|before|when|at the)\b)",
    re.IGNORECASE,
)
SCALE = re.compile(r"[CF](?![a-z])|fahrenheit|celsius|centigrade", re.IGNORECASE)
NUMBER = re.compile(r"\d{2,3}")
