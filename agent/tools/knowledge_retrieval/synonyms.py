"""Words that mean the same to a search: American spelling, names of defects, and what products are made of."""

from __future__ import annotations

from ...defects.families import FAMILIES, derived

#: British spelling -> American, irregular plural -> singular; for whole words after a regular plural is cut.
SPELLINGS: dict[str, str] = {
    "colour": "color",
    "coloured": "colored",
    "discolour": "discolor",
    "discoloured": "discolored",
    "discolouration": "discoloration",
    "colouration": "coloration",
    "grey": "gray",
    "fibre": "fiber",
    "mould": "mold",
    "mouldy": "moldy",
    "aluminium": "aluminum",
    "tyre": "tire",
    "centre": "center",
    "oxidisation": "oxidation",
    "oxidised": "oxidized",
    "teeth": "tooth",
    "len": "lens",
    "lense": "lens",
}

#: Phrases that are one word to the search.
PHRASES: dict[str, str] = {
    "printed circuit board": "pcb",
    "printed wiring board": "pcb",
    "circuit board": "pcb",
    "blow hole": "blowhole",
    "pin hole": "pinhole",
}

#: Heading of the generic passages -> words of products that are made of it; a word may stand at several.
MATERIALS: dict[str, tuple[str, ...]] = {
    "metal": ("metal", "metallic", "steel", "iron", "aluminum", "brass", "copper", "zinc", "bronze", "tin", "titanium",
              "nickel", "chrome", "screw", "nut", "bolt", "rivet", "nail", "spring", "washer", "gear", "bearing", "grid",
              "casting", "sheet", "foil", "rail", "wheel", "blade", "can", "magnet", "magnetic", "pin", "bracket", "shaft",
              "valve", "transistor", "zipper", "knife", "impeller", "turbine", "piston", "cylinder", "flange", "pipe", "wire",
              "chain", "hinge", "key", "coin", "hook", "weld", "welding", "commutator"),
    "glass": ("glass", "bottle", "window", "lens", "screen", "vial", "jar", "mirror", "windshield", "display", "ampoule",
              "bulb", "beaker", "optic", "optical"),
    "ceramic": ("ceramic", "porcelain", "tile", "mug", "magnetic", "ferrite", "insulator", "sanitary", "dish", "pottery",
                "plate"),
    "silicon": ("silicon", "wafer", "solar", "photovoltaic", "semiconductor"),
    "plastic": ("plastic", "polymer", "capsule", "cable", "toothbrush", "transistor", "cap", "housing", "lid", "tube",
                "bag", "polyethylene", "keyboard", "button", "connector", "pill", "toy", "casing", "plug", "wallplug",
                "pushpin", "syringe", "container", "bumper", "acrylic", "nylon", "vinyl", "pen", "comb"),
    "rubber": ("rubber", "tire", "seal", "gasket", "hose", "belt", "silicone", "oring", "elastomer", "foam", "sole"),
    "wood": ("wood", "wooden", "timber", "plank", "board", "veneer", "parquet", "plywood", "furniture", "dowel", "pencil",
             "lumber", "log", "oak", "pine"),
    "leather": ("leather", "hide", "suede", "shoe", "handbag"),
    "textile": ("textile", "fabric", "cloth", "carpet", "zipper", "cotton", "woven", "denim", "rug", "shirt", "towel",
                "nonwoven", "gauze", "rope", "yarn", "felt", "canvas", "linen", "wool", "silk", "curtain", "glove", "strap"),
    "paper": ("paper", "cardboard", "carton", "box", "label", "packaging", "envelope", "package", "tissue", "book"),
    "food": ("food", "hazelnut", "cashew", "fryum", "macaroni", "chewinggum", "gum", "pill", "cookie", "biscuit",
             "bread", "cracker", "pasta", "fruit", "apple", "potato", "chocolate", "candy", "almond", "snack", "bagel",
             "carrot", "peach", "pear", "orange", "lemon", "mango", "tomato", "banana", "strawberry", "vegetable", "rice",
             "walnut", "peanut", "pistachio", "bean", "corn", "grain", "seed", "coffee", "cake", "noodle", "cheese", "meat",
             "egg", "pizza", "pretzel", "waffle"),
    "stone": ("stone", "asphalt", "concrete", "road", "pavement", "marble", "granite", "brick", "wall", "cement",
              "bridge", "tile", "tarmac", "plaster", "masonry", "tunnel", "sidewalk"),
    "pcb": ("pcb", "circuit", "chipset", "electronic", "solder", "motherboard"),
    "painted surface": ("painted", "paint", "lacquer", "lacquered", "varnish", "coated", "coating", "car", "bodywork",
                        "enamel"),
}  # fmt: skip

#: Words that alone say nothing about the kind of defect or product.
WEAK: frozenset[str] = frozenset((
    "a", "an", "the", "in", "on", "of", "to", "and", "or", "at", "by", "with", "from", "around", "down", "out",
    "into", "similar", "same", "different", "small", "large", "big", "tiny", "little", "medium", "long", "short",
    "minor", "major", "severe", "slight", "defect", "defective", "anomaly", "flaw", "fault", "area", "part", "side",
    "top", "bottom", "upper", "lower", "left", "right", "inner", "outer", "edge", "corner", "middle", "center",
    "surface", "object", "product", "item", "other",
))  # fmt: skip


@derived()
def synonyms() -> dict[str, tuple[str, ...]]:
    """Word -> the words that mean the same of a defect, as the families group them."""
    found: dict[str, tuple[str, ...]] = {}
    for family in FAMILIES.values():
        for group in family.search_words:
            for word in group:
                found[word] = (*found.get(word, ()), *(other for other in group if other != word))
    return found
