"""What is in the world: objects, heads, headgear, backdrops, and the words for them.

Glyphs are named by their Unicode CLDR short names; `word` gives the name used in captions.
"""

from __future__ import annotations


def _split(names: str) -> tuple[str, ...]:
    return tuple(names.split(","))


ANIMALS = _split(
    "panda,cat face,dog face,fox,raccoon,tiger face,lion,elephant,horse face,unicorn,zebra,"
    "cow face,pig face,mouse face,rabbit face,bear,koala,monkey face,chicken,penguin,bird,owl,"
    "frog,turtle,snake,whale,dolphin,tropical fish,octopus,crab,butterfly,snail,bug,ant,honeybee,"
    "lady beetle,spider,giraffe,kangaroo,hedgehog,camel,duck,eagle,parrot,flamingo,peacock,goat,"
    "ewe,T-Rex,dragon face,wolf,polar bear,sloth,otter,bat,gorilla,orangutan,deer,bison,boar,ram,"
    "llama,rhinoceros,hippopotamus,hamster,chipmunk,beaver,skunk,badger,turkey,rooster,"
    "hatching chick,dove,swan,dodo,crocodile,lizard,sauropod,seal,blowfish,shark,lobster,shrimp,"
    "squid,scorpion,beetle,mammoth,leopard,black cat"
)
PLANTS = _split(
    "palm tree,cactus,deciduous tree,evergreen tree,sunflower,rose,tulip,mushroom,maple leaf,"
    "four leaf clover,cherry blossom,hibiscus,potted plant,bouquet,seedling,sheaf of rice,"
    "Christmas tree,lotus,coral,herb"
)
FOOD = _split(
    "banana,red apple,grapes,watermelon,tangerine,lemon,pineapple,cherries,strawberry,pear,peach,"
    "carrot,ear of corn,broccoli,bread,cheese wedge,hamburger,pizza,hot dog,taco,doughnut,"
    "birthday cake,cookie,ice cream,hot beverage,avocado,eggplant,cupcake,sushi,melon,mango,"
    "green apple,blueberries,kiwi fruit,tomato,coconut,potato,hot pepper,bell pepper,cucumber,"
    "garlic,onion,peanuts,croissant,baguette bread,pretzel,bagel,pancakes,waffle,poultry leg,"
    "bacon,french fries,sandwich,burrito,egg,popcorn,steaming bowl,spaghetti,fried shrimp,"
    "dumpling,soft ice cream,pie,chocolate bar,candy,lollipop,honey pot,glass of milk,teapot,"
    "wine glass,cocktail glass,beer mug,bubble tea"
)
VEHICLES = _split(
    "rocket,automobile,bus,airplane,bicycle,sailboat,motorcycle,tractor,locomotive,helicopter,"
    "flying saucer,ambulance,fire engine,police car,taxi,pickup truck,delivery truck,racing car,"
    "motor scooter,kick scooter,skateboard,canoe,speedboat,passenger ship,ferry,parachute,"
    "satellite,high-speed train"
)
THINGS = _split(
    "house,castle,guitar,violin,trumpet,drum,saxophone,musical keyboard,laptop,television,camera,"
    "alarm clock,umbrella,books,key,light bulb,candle,balloon,wrapped gift,soccer ball,basketball,"
    "scarf,jeans,dress,glasses,backpack,gem stone,ring,bell,hammer,scissors,pencil,"
    "globe showing Americas,crescent moon,sun,star,snowman,fire,tent,robot,ghost,alien,skull,"
    "jack-o-lantern,red heart,trophy,telescope,microscope,teddy bear,chair,bed,door,bathtub,broom,"
    "basket,volcano,church,fountain,ferris wheel,anchor,compass,hourglass done,watch,kite,"
    "crystal ball,magic wand,video game,game die,piñata,yarn,sunglasses,t-shirt,socks,"
    "running shoe,high-heeled shoe,handbag,lipstick,microphone,headphone,radio,accordion,banjo,"
    "mobile phone,telephone,movie camera,closed book,scroll,newspaper,money bag,envelope,package,"
    "paintbrush,crayon,axe,shield,bow and arrow,wrench,magnet,ladder,mirror,window,bucket,soap,"
    "toothbrush,shopping cart,moai,artist palette,rainbow,snowflake,bomb"
)
PEOPLE = _split(
    "astronaut,mermaid,vampire,mage,fairy,elf,zombie,superhero,prince,princess,Santa Claus,"
    "artist,cook,farmer,pilot,detective,guard,construction worker,police officer,ninja,"
    "firefighter,scientist,singer,teacher,judge,mechanic,student,health worker,genie,clown face,"
    "person wearing turban,woman with headscarf,person in tuxedo,person surfing,person biking,"
    "woman dancing,man dancing,snowboarder,person rowing boat"
)
HUMAN_HEADS = _split(
    "man,woman,person,boy,girl,old man,old woman,baby,person: beard,man: curly hair,"
    "woman: curly hair,man: red hair,woman: red hair,man: bald,woman: white hair,"
    "person: blond hair,grinning face,nerd face,smiling face with sunglasses"
)
ANIMAL_HEADS = _split(
    "cat face,dog face,panda,fox,koala,tiger face,bear,lion,pig face,mouse face,frog,monkey face"
)
HEADGEAR = _split(
    "top hat,crown,billed cap,rescue worker’s helmet,graduation cap,woman’s hat,military helmet"
)

# Short, distinct words for captions where the glyph's own name reads badly.
WORDS = {
    "billed cap": "cap", "rescue worker’s helmet": "helmet", "woman’s hat": "sun hat",
    "military helmet": "soldier helmet",
    "red apple": "apple", "deciduous tree": "leafy tree", "evergreen tree": "pine tree",
    "automobile": "car", "locomotive": "train", "hot beverage": "coffee", "tropical fish": "fish",
    "lady beetle": "ladybug", "honeybee": "bee", "ewe": "sheep", "T-Rex": "dinosaur",
    "tangerine": "orange", "ear of corn": "corn", "cheese wedge": "cheese",
    "wrapped gift": "gift", "jack-o-lantern": "pumpkin", "red heart": "heart",
    "globe showing Americas": "globe", "musical keyboard": "piano", "gem stone": "diamond",
    "flying saucer": "ufo", "cook": "chef", "mage": "wizard", "hatching chick": "chick",
    "sauropod": "long-necked dinosaur", "blowfish": "pufferfish", "poultry leg": "chicken leg",
    "steaming bowl": "bowl of soup", "hourglass done": "hourglass", "game die": "dice",
    "running shoe": "shoe", "headphone": "headphones", "closed book": "book", "moai": "statue",
    "soft ice cream": "ice cream", "ice cream": "scoop of ice cream",
    "kiwi fruit": "kiwi", "baguette bread": "baguette", "beer mug": "beer",
    "smiling face with sunglasses": "smiley with sunglasses", "grinning face": "smiley",
    "nerd face": "nerd", "person: beard": "man with a beard",
    "person: blond hair": "person with blond hair", "man: bald": "bald man",
    "clown face": "clown", "health worker": "nurse", "person surfing": "surfer",
    "person biking": "cyclist", "person rowing boat": "rower", "high-speed train": "fast train",
    "potted plant": "houseplant", "sheaf of rice": "rice plant", "french fries": "fries",
    "construction worker": "builder", "woman with headscarf": "woman wearing a headscarf",
}
# Other words that name the same thing: a caption may use them instead.
SYNONYMS = {
    "palm tree": ("tree", "palm"), "house": ("home",), "automobile": ("automobile",),
    "hamburger": ("burger",), "billed cap": ("baseball cap",), "top hat": ("hat",),
    "rescue worker’s helmet": ("hard hat",), "astronaut": ("spaceman",),
    "woman: red hair": ("red-haired woman",), "man: red hair": ("red-haired man",),
    "sailboat": ("boat",), "rocket": ("spaceship",), "birthday cake": ("cake",),
    "evergreen tree": ("fir",), "owl": ("bird",),
}
PLURALS = {
    "fish": "fish", "sheep": "sheep", "mouse": "mice", "wolf": "wolves", "man": "men",
    "woman": "women", "person": "people", "child": "children", "cherries": "cherries",
    "knife": "knives", "cactus": "cacti", "octopus": "octopuses", "books": "books",
    "scissors": "scissors", "glasses": "glasses", "jeans": "jeans", "socks": "socks",
    "fries": "fries", "butterfly": "butterflies", "strawberry": "strawberries",
    "old man": "old men", "old woman": "old women", "bald man": "bald men",
}

# backdrop -> the ways to say where; the first one is also its plain name in the classifier.
SCENES = {
    "desert": ("in the desert", "in a desert", "on sand dunes"),
    "meadow": ("in a meadow", "on a green hill", "in the grass"),
    "sea": ("at the sea", "by the ocean", "on the water"),
    "night sky": ("in the night sky", "at night", "under the stars"),
    "snow": ("in the snow", "in winter", "on a snowy hill"),
    "sunset": ("at sunset", "in the evening sun"),
    "forest": ("in a forest", "in the woods"),
    "city": ("in a city", "in front of tall buildings"),
    "mountains": ("in the mountains", "in front of mountains"),
    "underwater": ("under water", "at the bottom of the sea"),
    "volcano land": ("near a volcano", "on lava rocks"),
    "room": ("in a room", "in a living room"),
    "space": ("in space", "on the moon"),
    "beach": ("on a beach", "on the beach"),
}
COLOURS = {
    "white": (250, 250, 250), "black": (24, 24, 28), "red": (208, 50, 50),
    "yellow": (250, 214, 76), "green": (52, 160, 76), "blue": (56, 122, 218),
    "purple": (128, 84, 198), "pink": (248, 166, 194), "orange": (242, 150, 40),
    "brown": (122, 84, 54), "gray": (150, 150, 156), "teal": (32, 160, 160),
}

SMALL_OBJECTS = _split(
    "lion,owl,penguin,frog,butterfly,tropical fish,elephant,unicorn,raccoon,octopus,"
    "palm tree,cactus,sunflower,mushroom,banana,red apple,pizza,hamburger,strawberry,"
    "birthday cake,rocket,sailboat,house,automobile,robot,balloon,guitar,astronaut,red heart,"
    "rabbit face,whale,T-Rex,turtle,evergreen tree,rose,soft ice cream,doughnut,airplane,castle,"
    "umbrella,ghost,snowman,teddy bear,monkey face,pig face"
)
SMALL_HEADS = _split(
    "man,woman,woman: red hair,old man,boy,girl,cat face,dog face,panda,fox"
)
SMALL_HEADGEAR = _split("top hat,crown,billed cap,rescue worker’s helmet")
SMALL_SCENES = _split("desert,meadow,sea,night sky,snow,sunset,forest,city")
SMALL_COLOURS = _split("white,black,red,yellow,green,blue,purple,pink")


def word(glyph: str) -> str:
    """Return the caption word of a glyph, such as "woman with red hair" for "woman: red hair"."""
    if glyph in WORDS:
        return WORDS[glyph]
    name = glyph.replace("’", "").replace(": ", " with ")
    return name.removesuffix(" face") if " face" in name else name


def plural(name: str) -> str:
    """Return the plural of a caption word ("fox" → "foxes")."""
    if name in PLURALS:
        return PLURALS[name]
    head, sep, tail = name.partition(" with ")
    if sep:
        return plural(head) + sep + tail
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    if name.endswith("y") and name[-2] not in "aeiou":
        return name[:-1] + "ies"
    return name + "s"


def article(name: str) -> str:
    """Return the name with "a" or "an" before it."""
    starts_with_vowel_sound = name[0].lower() in "aeiou" and not name.startswith(("uni", "ufo"))
    return ("an " if starts_with_vowel_sound else "a ") + name


def all_objects() -> list[str]:
    """List every glyph that can be the subject of a scene in the full world (no duplicates)."""
    groups = (ANIMALS, PLANTS, FOOD, VEHICLES, THINGS, PEOPLE, HUMAN_HEADS)
    return list(dict.fromkeys(name for group in groups for name in group))
