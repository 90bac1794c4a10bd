"""Words of a step, and the foods that each of them may mean."""

from __future__ import annotations

FAMILIES: tuple[tuple[str, str], ...] = (
    (
        "pasta noodle macaroni",
        "spaghetti penne rigatoni linguine linguini fettuccine fettuccini tagliatelle macaroni orzo"
        " fusilli farfalle lasagna lasagne ziti rotini bucatini noodle ravioli tortellini gnocchi"
        " vermicelli shell pappardelle cavatappi conchiglie orecchiette manicotti cannelloni elbow"
        " ramen udon soba ditalini capellini angel pasta mostaccioli gemelli",
    ),
    ("grain", "rice quinoa bulgur barley farro couscous millet oat polenta freekeh"),
    ("risotto", "rice arborio carnaroli"),
    ("oatmeal porridge", "oat"),
    (
        "cheese",
        "parmesan parmigiano cheddar mozzarella feta ricotta pecorino gruyère gruyere provolone"
        " romano gouda brie mascarpone fontina asiago emmental halloumi swiss jack velveeta paneer"
        " queso gorgonzola roquefort stilton manchego colby camembert neufchatel havarti edam"
        " cotija monterey chèvre chevre burrata cheese",
    ),
    (
        "meat",
        "beef pork lamb veal chicken turkey bacon ham sausage steak mince venison pancetta chuck"
        " brisket duck guanciale prosciutto chorizo sirloin loin tenderloin rib shank shoulder"
        " roast pepperoni salami bratwurst kielbasa meatball rabbit goose goat oxtail cutlet chop"
        " hamburger patty stewing round flank bologna hen mortadella",
    ),
    ("sausage", "chorizo bratwurst kielbasa andouille frank frankfurter wiener hot linguica"),
    ("beef steak roast", "steak sirloin chuck brisket ribeye round flank rib roast beef shank"),
    ("burger hamburger patty", "beef turkey hamburger mince chuck"),
    ("parmesan parmigiano", "parmesan parmigiano reggiano"),
    ("bird poultry", "chicken turkey duck goose hen quail pheasant capon"),
    ("cutlet", "chicken breast pork veal turkey"),
    ("ham", "prosciutto serrano"),
    ("steak", "tenderloin fillet buffalo"),
    ("cracker", "graham saltine"),
    ("dog", "frank frankfurter wiener sausage"),
    ("beer", "lager ale stout pilsner porter"),
    ("kernel", "corn"),
    ("craisin", "cranberry"),
    ("cranberry", "craisin"),
    ("seasoning", "worcestershire tabasco bouillon dressing soy"),
    ("chicken breast thigh wing leg", "breast thigh drumstick wing leg broiler fryer chicken hen"),
    ("pork chop loin", "pork tenderloin shoulder chop ham loin rib"),
    ("lamb", "shank leg chop mutton"),
    (
        "fish fillet seafood",
        "salmon cod tuna haddock trout halibut tilapia snapper anchovy sole fillet bass catfish"
        " mackerel monkfish swordfish mahi flounder sardine pollock grouper perch turbot whitefish",
    ),
    (
        "seafood shellfish",
        "shrimp prawn scallop crab lobster clam mussel squid crabmeat oyster calamari octopus"
        " langoustine crayfish",
    ),
    ("shrimp prawn", "shrimp prawn"),
    (
        "herb leaf seasoning",
        "parsley basil thyme oregano cilantro coriander dill mint sage rosemary chive tarragon bay"
        " marjoram chervil savory herb leaf",
    ),
    (
        "spice seasoning rub",
        "cinnamon cumin paprika nutmeg turmeric cayenne clove cardamom allspice ginger coriander"
        " curry chili chilli chile saffron masala mace anise fennel mustard salt pepper oregano"
        " thyme basil powder spice peppercorn sumac fenugreek seed sage marjoram rosemary flake"
        " savory celery garlic onion parsley vanilla",
    ),
    ("coriander cilantro", "coriander cilantro"),
    (
        "nut",
        "almond walnut pecan hazelnut cashew pistachio peanut macadamia filbert nut chestnut",
    ),
    ("seed", "sesame poppy sunflower pumpkin caraway fennel cumin pepita chia flax"),
    (
        "vegetable veggie salad",
        "onion carrot celery pepper zucchini courgette broccoli cauliflower potato tomato pea"
        " spinach cabbage mushroom eggplant aubergine leek squash corn bean asparagus turnip kale"
        " fennel radish beet cucumber lettuce scallion sprout artichoke parsnip rutabaga okra"
        " chard shallot avocado jicama vegetable arugula pumpkin bok chestnut bamboo greens romaine"
        " watercress endive radicchio olive",
    ),
    ("greens lettuce salad leaf", "spinach arugula rocket kale chard lettuce romaine iceberg"
     " radicchio endive escarole watercress collard cabbage mesclun spring frisée greens"
     " mustard turnip beet"),
    ("squash", "zucchini butternut pumpkin acorn courgette squash"),
    ("potato", "yam spud potato fry russet hash tater"),
    ("yam", "potato"),
    ("onion", "scallion shallot leek vidalia onion"),
    ("scallion", "onion"),
    ("shallot", "onion"),
    ("pepper chile chili chilli chilies",
     "pepper chile chili chilli jalapeño jalapeno serrano poblano capsicum chipotle pimiento"
     " pimento habanero anaheim bell cayenne peperoncini pepperoncini ancho"),
    ("bean", "chickpea garbanzo lentil cannellini pinto kidney bean edamame navy"),
    ("lentil pea", "dal dhal daal toor masoor"),
    ("dal dhal daal", "lentil pea"),
    ("chickpea", "garbanzo"),
    ("garbanzo", "chickpea"),
    ("legume", "lentil chickpea bean pea"),
    ("mushroom", "portobello portabella cremini shiitake porcini chanterelle mushroom button"),
    (
        "fruit",
        "apple banana orange lemon lime berry strawberry blueberry raspberry craisin peach pear"
        " cherry mango pineapple grape raisin cranberry apricot date fig kiwi melon plum"
        " nectarine papaya watermelon cantaloupe pomegranate tangerine clementine grapefruit"
        " blackberry rhubarb prune currant sultana fruit mandarin quince honeydew coconut",
    ),
    ("berry", "strawberry blueberry raspberry blackberry cranberry boysenberry currant berry"),
    ("raisin currant sultana", "raisin currant sultana"),
    ("citrus juice zest", "lemon lime orange grapefruit tangerine clementine citrus mandarin"),
    ("broth stock bouillon", "broth stock bouillon consommé cube granule"),
    ("oil fat shortening grease", "oil spray lard shortening crisco fat butter margarine ghee"
     " drippings"),
    ("butter margarine oleo", "butter margarine oleo shortening ghee"),
    ("jam preserve jelly marmalade", "jam preserve jelly marmalade"),
    ("syrup", "honey molasses agave maple syrup"),
    ("liqueur liquor alcohol",
     "amaretto brandy rum kahlua cointreau vodka gin tequila bourbon whiskey cognac kirsch liqueur"
     " schnapps triple marnier sherry curaçao chambord"),
    ("wine", "sauvignon chardonnay burgundy marsala sherry port vermouth champagne prosecco"
     " merlot cabernet pinot chianti riesling sake mirin wine zinfandel madeira syrah shiraz"
     " grigio malbec tempranillo rioja"),
    ("whiskey whisky", "bourbon whiskey whisky scotch rye"),
    ("liquid", "water milk stock broth wine juice vinegar cream beer soup"),
    ("soda", "ginger cola sprite beverage ale seltzer club carbonated"),
    ("sauce", "ketchup mayonnaise salsa marinara pesto sriracha tabasco worcestershire soy sauce"
     " gravy alfredo mustard"),
    ("dressing", "mayonnaise vinaigrette ranch dressing"),
    ("mayonnaise mayo", "mayonnaise mayo miracle"),
    ("ketchup catsup", "ketchup catsup"),
    ("bread toast sandwich slice crumb",
     "roll bun baguette loaf toast ciabatta sourdough bagel pita tortilla bread croissant crouton"
     " brioche muffin focaccia panko breadcrumb crumb naan biscuit"),
    ("crumb breadcrumb", "crumb breadcrumb panko cracker bread cookie graham cornflake"),
    ("roll bun", "bun roll"),
    ("crust pastry shell dough pie", "pastry dough crust shell phyllo filo biscuit crescent"),
    ("wrapper", "wonton tortilla paper"),
    ("cookie wafer biscuit", "cookie wafer biscuit oreo ladyfinger gingersnap graham"),
    ("chip", "chocolate chip dorito tortilla"),
    ("chocolate", "cocoa chocolate chip bittersweet semisweet"),
    ("candy", "chocolate caramel marshmallow candy peppermint"),
    ("cream icing frosting topping", "cream whipping cool topping half"),
    ("sugar", "confectioner confectioners powdered icing sugar sweetener splenda"),
    ("sweetener", "sugar honey splenda stevia syrup"),
    ("starch", "cornstarch cornflour flour arrowroot"),
    ("cornstarch", "cornflour"),
    ("soda powder leavening", "soda powder"),
    ("gelatin", "gelatine jello jell gelatin"),
    ("egg yolk white", "egg yolk white eggs"),
    ("rind peel zest", "rind peel zest lemon lime orange"),
    ("pickle", "gherkin cornichon pickle"),
    ("soy sauce", "tamari soy shoyu"),
    ("dairy", "milk cream yogurt butter cheese"),
    ("custard pudding", "pudding custard"),
    ("ice", "ice"),
)  # fmt: skip
"""Words that a step may use, and the foods that they may mean: both in the singular."""
