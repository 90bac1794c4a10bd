"""Which foods hold what some people must not eat: plain carriers, hidden ones, and false friends.

The allergens are those that the European Union has labelled (Regulation 1169/2011, annex II), with
crustaceans and molluscs joined as shellfish; meat, honey and rennet are there for diets. Which food
is whose carrier is kitchen knowledge: the list helps a cook to look, it is no medical advice.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Level = Literal["holds", "may hold", "free"]


class Carriers(NamedTuple):
    """The foods of one substance, as comma-separated names in the singular."""

    holds: str
    """Made of it, or always made with it."""
    may_hold: str
    """Often made with it: read the label."""
    free: str
    """Names that sound like a carrier and are none."""


_OTHER_FLOURS = (
    "rice flour, almond flour, coconut flour, corn flour, chickpea flour, gram flour, potato flour,"
    " tapioca flour, buckwheat flour, millet flour, soy flour, oat flour, teff flour, masa harina"
)

CARRIERS: dict[str, Carriers] = {
    "gluten": Carriers(
        holds="flour, wheat, bread, breadcrumb, crumb, toast, bun, bread roll, baguette,"
        " ciabatta, sourdough, focaccia, brioche, bagel, pita, naan, croissant, crouton,"
        " muffin, cracker, graham, biscuit, cookie, cake mix, wafer, ladyfinger, pretzel,"
        " pastry, puff pastry, phyllo, filo, pie crust, pie shell, pizza dough, pizza"
        " crust, dough, wonton, pasta, spaghetti, penne, rigatoni, linguine, linguini,"
        " fettuccine, fettuccini, tagliatelle, macaroni, orzo, fusilli, farfalle, lasagna,"
        " lasagne, ziti, rotini, bucatini, ravioli, tortellini, vermicelli, pappardelle,"
        " manicotti, cannelloni, noodle, ramen, udon, couscous, bulgur, semolina, farro,"
        " spelt, barley, rye, kamut, freekeh, triticale, malt, panko, seitan, wheat germ,"
        " bran, beer, ale, stout, lager, crescent roll, dinner roll, hamburger roll,"
        " hoagie, kaiser roll, stuffing mix, orecchiette, cavatappi, ditalini, angel hair,"
        " shell pasta, pumpernickel, matzo, cream of wheat, roux, flour tortilla",
        may_hold="soy sauce, teriyaki, hoisin, oyster sauce, worcestershire, miso, bouillon, stock"
        " cube, bouillon cube, gravy, sausage, meatball, gnocchi, oat, oatmeal, granola,"
        " muesli, cereal, tortilla, wrap, baking mix, pancake mix, soba, surimi, stuffing,"
        " cream of mushroom, cream of chicken, soup mix, seasoning mix, licorice, tempura,"
        " hot dog, soy marinade, fish sauce mix, brown sauce, dumpling, spring roll, egg"
        " roll",
        free=f"{_OTHER_FLOURS}, corn tortilla, rice noodle, rice vermicelli, rice stick, rice"
        " stick noodle, glass noodle, cellophane noodle, zucchini noodle, rice paper, rice"
        " cake, rice cracker, buckwheat, ginger beer, root beer, ginger ale, corn bread"
        " mix, bread knife, tamari, rice pasta, corn pasta, lentil pasta, chickpea pasta,"
        " rice cereal, flourless",
    ),
    "dairy": Carriers(
        holds="milk, butter, cream, cheese, yogurt, yoghurt, buttermilk, ghee, whey, casein,"
        " curd, parmesan, parmigiano, cheddar, mozzarella, feta, ricotta, pecorino,"
        " gruyère, gruyere, provolone, romano, gouda, brie, mascarpone, fontina, asiago,"
        " emmental, halloumi, gorgonzola, roquefort, stilton, manchego, camembert, paneer,"
        " velveeta, queso, monterey jack, burrata, crème fraîche, creme fraiche, half and"
        " half, half half, ice cream, custard, milk chocolate, white chocolate, evaporated"
        " milk, condensed milk, milk powder, alfredo, béchamel, bechamel, dulce de leche,"
        " kefir, quark, skyr, whipped topping, fromage, creamer, chèvre, white chocolate"
        " chip, neufchatel, colby, havarti, swiss, cotija, dairy, margherita",
        may_hold="margarine, chocolate, chocolate chip, pesto, caramel, toffee, fudge, ranch,"
        " caesar, pudding mix, pudding, cake mix, brioche, croissant, naan, puff pastry,"
        " biscuit, pancake mix, cool whip, nougat, cream of mushroom, cream of chicken,"
        " chowder, mashed potato, shortbread, nutella, frosting, dark chocolate",
        free="coconut milk, coconut cream, almond milk, oat milk, soy milk, rice milk, cashew"
        " milk, hemp milk, nut milk, peanut butter, almond butter, cashew butter, nut"
        " butter, apple butter, cocoa butter, butter bean, butter lettuce, butternut,"
        " cream of tartar, coconut yogurt, soy yogurt, cream of wheat, cream of coconut,"
        " creamed corn, cream style corn, butter head lettuce, butterhead, coconut butter,"
        " sunflower butter, bean curd, soy cheese, lemon curd, swiss chard, swiss steak,"
        " romano bean, cream sherry, milkfish, cashew cream, pumpkin butter, butter"
        " cracker, cream soda, coconut ice cream",
    ),
    "egg": Carriers(
        holds="egg, yolk, egg white, mayonnaise, mayo, aioli, meringue, hollandaise, béarnaise,"
        " bearnaise, custard, eggnog, egg noodle, ladyfinger, brioche, lemon curd,"
        " frittata",
        may_hold="pasta, fresh pasta, noodle, lasagna, ravioli, tortellini, fettuccine,"
        " tagliatelle, pappardelle, caesar, tartar sauce, ranch, marshmallow, gnocchi,"
        " cake mix, surimi, meatball, puff pastry, challah, croissant, wonton, egg roll"
        " wrapper, sponge cake, ice cream, nougat, pound cake, angel food cake, remoulade,"
        " rémoulade, thousand island",
        free="eggplant, rice noodle, glass noodle, zucchini noodle, vegan mayonnaise, flax"
        " egg, rice pasta, cellophane noodle, soba",
    ),
    "fish": Carriers(
        holds="fish, salmon, cod, tuna, haddock, trout, halibut, tilapia, snapper, anchovy,"
        " sole, bass, catfish, mackerel, monkfish, swordfish, mahi, flounder, sardine,"
        " pollock, grouper, perch, turbot, herring, eel, caviar, roe, lox, fish sauce, nam"
        " pla, patis, bonito, dashi, bouillabaisse, surimi, pike, carp, whitefish,"
        " bluefish, branzino, kipper, walleye, orange roughy, fish stock, anchovy paste",
        may_hold="worcestershire, caesar, tapenade, imitation crab, kimchi, thai curry paste,"
        " puttanesca, oyster sauce, clamato, seafood stock, seafood, xo sauce",
        free="dashi kombu, kombu dashi, fish cooker, rockfish seasoning, fish pepper, goldfish"
        " cracker, cod fat, anchovy free, sole proof",
    ),
    "shellfish": Carriers(
        holds="shrimp, prawn, crab, lobster, crayfish, crawfish, langoustine, krill, clam,"
        " mussel, oyster, scallop, squid, calamari, octopus, cuttlefish, snail, escargot,"
        " abalone, conch, cockle, crabmeat, scampi, shellfish, seafood, oyster sauce, clam"
        " juice, clamato, shrimp paste, whelk",
        may_hold="fish sauce, fish stock, surimi, imitation crab, thai curry paste, kimchi,"
        " bouillabaisse, xo sauce, paella mix",
        free="veal scallop, turkey scallop, seafood seasoning, scalloped, oyster mushroom,"
        " oyster cracker, crab apple, crab boil, oyster plant",
    ),
    "tree nuts": Carriers(
        holds="almond, walnut, pecan, hazelnut, cashew, pistachio, macadamia, brazil nut,"
        " filbert, pine nut, pignoli, praline, marzipan, frangipane, nutella, gianduja,"
        " nougat, nut, amaretti, almond extract, almond milk, chestnut, mixed nut",
        may_hold="pesto, granola, muesli, amaretto, baklava, mole, satay, trail mix, mortadella,"
        " dukkah, turron, frangelico, romesco, biscotti",
        free="nutmeg, wheat nut, water chestnut, coconut, doughnut, donut, butternut, peanut,"
        " corn nut, soy nut, nut free, grape nut, ginger nut, tiger nut, chestnut mushroom",
    ),
    "peanut": Carriers(
        holds="peanut, groundnut, satay, peanut butter, peanut oil",
        may_hold="mole, mixed nut, nut, trail mix, granola, nougat, chili sauce mix, pad thai",
        free="pine nut, pistachio nut, walnut nut, pecan nut, wheat nut, brazil nut, corn nut,"
        " soy nut, grape nut, ginger nut, water chestnut, coconut, macadamia nut, cashew"
        " nut, tiger nut, hazel nut",
    ),
    "soy": Carriers(
        holds="soy, soya, soybean, soy sauce, tofu, tempeh, miso, edamame, tamari, shoyu,"
        " hoisin, teriyaki, natto, okara, ponzu, textured vegetable protein, bean curd,"
        " black bean sauce",
        may_hold="worcestershire, oyster sauce, vegetable oil, margarine, shortening, bouillon,"
        " stock cube, bouillon cube, chocolate, chocolate chip, mayonnaise, seitan,"
        " surimi, cooking spray, hot dog, vegetable shortening, gochujang, kecap manis",
        free="soy free",
    ),
    "sesame": Carriers(
        holds="sesame, tahini, halva, halvah, gomashio, hummus, baba ghanoush, za atar, zaatar,"
        " dukkah, benne, furikake",
        may_hold="hoisin, teriyaki, bagel, falafel, hamburger bun, burger bun, breadstick,"
        " pretzel, ramen, gochujang, everything seasoning, hamburger roll",
        free="",
    ),
    "celery": Carriers(
        holds="celery, celeriac, celery salt, celery seed, mirepoix, soffritto",
        may_hold="bouillon, stock cube, bouillon cube, stock, broth, old bay, vegetable juice,"
        " tomato juice, cream of mushroom, cream of chicken, soup mix, gravy, consommé,"
        " bloody mary",
        free="",
    ),
    "mustard": Carriers(
        holds="mustard, dijon, piccalilli, honey mustard",
        may_hold="curry powder, mayonnaise, vinaigrette, salad dressing, caesar, barbecue sauce,"
        " bbq sauce, remoulade, rémoulade, pickle, italian dressing, ranch, bouillon,"
        " thousand island, ketchup, worcestershire, sausage, tartar sauce, hot dog,"
        " coleslaw",
        free="",
    ),
    "sulphites": Carriers(
        holds="wine, sulphite, sulfite, sparkling wine, champagne, prosecco, sherry, marsala,"
        " vermouth, molasses",
        may_hold="dried apricot, raisin, sultana, dried fruit, balsamic vinegar, lemon juice"
        " concentrate, cider, grape juice, wine vinegar, dried apple, candied, maraschino"
        " cherry, beer, prune",
        free="",
    ),
    "lupin": Carriers(holds="lupin, lupini, lupin flour", may_hold="", free=""),
    "honey": Carriers(holds="honey", may_hold="granola, graham cracker", free="honeydew"),
    "meat": Carriers(
        holds="meat, beef, pork, lamb, veal, chicken, turkey, bacon, ham, sausage, steak,"
        " mince, venison, pancetta, chuck, brisket, duck, guanciale, prosciutto, chorizo,"
        " sirloin, tenderloin, rib, shank, pepperoni, salami, bratwurst, kielbasa,"
        " meatball, rabbit, goose, oxtail, hamburger, bologna, mortadella, liver, kidney,"
        " lard, suet, dripping, gelatin, gelatine, marrow, bone, andouille, hot dog,"
        " frankfurter, pastrami, corned beef, foie gras, ground round, speck, mutton,"
        " goat, hen, quail, pheasant, poultry, giblet, pâté, tripe, chicken stock, beef"
        " stock, bolognese, wiener, fatback, hock, jerky, bresaola, nduja",
        may_hold="stock, broth, bouillon, gravy, marshmallow, jello, jell, gummy, consommé,"
        " consomme, demi glace, stock cube, bouillon cube, refried bean, pie crust,"
        " drippings, ravioli, dumpling",
        free="vegetable stock, vegetable broth, mushroom broth, mushroom stock, goat cheese,"
        " kidney bean, coconut meat, crab meat, celery rib, rib celery, chicken of the"
        " wood, hen of the wood, steak seasoning, steak sauce, turkish, lobster meat,"
        " beefsteak tomato, goose berry, ham bun, clam meat, vegetable bouillon,"
        " mincemeat, nutmeat, walnut meat, goat milk, rib of celery, celery, poultry"
        " seasoning, hamburger bun, hot dog bun, hamburger roll, fish stock, fish broth,"
        " vegan sausage, tofu, tempeh, seitan, quorn, goose fat",
    ),
    "animal rennet": Carriers(
        holds="",
        may_hold="parmesan, parmigiano, pecorino, grana padano, gorgonzola, gruyère, gruyere,"
        " manchego, roquefort, romano",
        free="romano bean",
    ),
}
"""Substance → foods; `substances` tells `gluten-free` and `vegan` foods from the real ones."""
