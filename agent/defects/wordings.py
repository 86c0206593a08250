"""Wordings of several words, and what each says in one word that the tables have: read before the names of defects, as many have
one in them, "as fine as a hair", "still wet"."""

from __future__ import annotations

import re

from . import attribute_words as words
from .locatives import any_of

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER = rf"(?:{'|'.join(_NUMBERS)}|\d{{1,2}})"
_EDGES = r"(?:edges?|borders?|outlines?|boundary|boundaries|contours?|rims?|margins?|transitions?|limits?)"
_CLEAR = r"(?:clear|sharp|hard|crisp|clean|definite|distinct|precise|exact|defined|well[ -]defined|real|visible|neat)"
_WHOLE = rf"(?:{any_of(words.WHOLES)})"
_ARTICLE = r"(?:an? |the |its )?"
_PLURAL = r"(?=(?:[\w-]{2,20} ){0,2}[a-z]{2,20}[^\Wsu]s(?![\w-]))"
_LINES = r"(?:scratch|crack|line|streak|stripe|cut|scrape|gouge|groove)(?:es|s)?"
_MARKS = r"(?:stains?|smears?|smudges?|marks?|blotch(?:es)?|paint|glue|ink|resin|film|splash(?:es)?|drops?|droplets?|residue)"
_GRAIN = (
    r"(?:the|its) (?:wood )?(?:grain|fib(?:re|er)s?|weave|warp|axis|long axis|long side|brush(?:ing| lines| marks| strokes)?"
    r"|veins?|texture|threads|rolling direction|machine direction)"
)
_PRESENT = r"(?:that |which )?(?:is |are |looks? |seems? |appears? )?"
_SHAPED = r"(?:(?:in|into) (?:the |an? )?(?:shape|form) of|shaped like|looking like|that looks like|like|resembling) (?:an? )?"
_SOFTLY = r"(?:(?:softly|gently|gradually|smoothly|slowly) )"
_ENDS = r"(?:fad|blend|bleed|melt|dissolv|feather|taper|trail|shad|peter|merg|thinn|disappear|blurr)(?:ing|es|s)"
_PALE = r"(?:pale|paler|light|lighter|bright|brighter|faint|fainter|faded|fading|weak|weaker|whitish)"
_RING = r"(?:rim|ring|border|margin|zone|band|circle|glow|halo|fringe)"
_SLOPE_UP, _SLOPE_DOWN = r"(?:rising|climbing|ascending|sloping up|going up|rises|climbs)", (
    r"(?:falling|descending|dropping|sloping down|going down|falls|descends)"
)  # fmt: skip

# Things that people liken a size to, from the tables' words for it.
_TINY = (
    "pinhead", "pin head", "pinprick", "pin prick", "pin", "needle tip", "grain of sand", "sand grain", "poppy seed", "crumb",
    "flea", "ant", "full stop",
    "sesame seed", "grain of salt", "rice grain", "grain of rice",
)  # fmt: skip
_SMALL = (
    "pea", "lentil", "bean", "button", "fingernail", "marble", "cherry", "match head", "matchhead", "thumbtack", "peppercorn",
    "ladybird", "raisin", "blueberry", "seed", "kernel",
)  # fmt: skip
_LARGE = (
    "fist", "palm", "hand", "egg", "golf ball", "tennis ball", "saucer", "plate", "dinner "
                                                                     r"plate", "apple", "orange",
    "thumb", "coin",
)  # fmt: skip


def _sized(things: tuple[str, ...]) -> str:
    spelled = any_of(things).replace("\\ ", "[ -]")
    return (
        rf"(?:(?:about |roughly |around )?the size of|(?:no|not) (?:bigger|larger) than|as (?:big|"
        rf"large|small) as) an? (?:{spelled})"
        rf"|(?:{spelled})[ -]siz(?:ed|e)"
    )


#: (expression, the words that say the same), in the order in which they are tried.
_SAME: tuple[tuple[str, str], ...] = (
    # Names of parts and ways to lie that have another word in them.
    (r"side[ -]by[ -]side", "adjacent"),
    (r"cutting edge", "edge"),
    (rf"(?P<way>along|around) the (?:whole|entire|full|complete) (?P<part>{any_of(words.PARTS)})", r"\g<way> the \g<part>"),
    (r"(?:going |running |right |straight ){1,2}down the (?P<middle>middle|cent(?:re|er))", r"vertical in the \g<middle>"),
    (r"(?:sloping|slanting|tilting|tilted|inclined) to the (?:left|right)", "diagonal"),
    # Colours.
    (r"(?<!change)(?<!difference)(?<!shift)(?<!variation)(?<!deviation)(?<!different)(?<!uneven),? in colou?r(?! to)", ""),
    (rf"of (?:an? )?(?P<c>{any_of(words.COLOURS)}|dark|light|pale|bright) colou?r", r"\g<c>"),
    (rf"(?P<c>(?!rust|copper)(?:{any_of(words.COLOURS)}))[ -](?:tinged|tinted|toned|hued|looking|ish|"
     rf"coloured|colored)", r"\g<c>"),
    (rf"(?P<c>{any_of(words.MATTER)})[ -](?:coloured|colored)", r"\g<c>"),
    (r"[a-z]{3,12}-dark|dark-looking|gone dark|turned dark", "dark"),
    (r"(?:sun|light|uv)[ -](?:faded|bleached)|(?:bleached|faded)[ -]out|pale-looking", "bleached"),
    # Edges.
    (rf"(?:with|has|having|shows?|showing) (?:no|hardly any|little) (?:{_CLEAR} )?{_EDGES}", "diffuse"),
    (rf"(?:without|lacking) (?:an? |any )?(?:{_CLEAR} )?(?:edges?|borders?|outlines?|boundary|"
     rf"contours?|transitions?)", "diffuse"),
    (rf"(?:whose|with|its) (?:the )?{_EDGES} (?:that |which )?(?:fades?|blurs?|dissolves?)(?: out| away| off)?", "diffuse"),
    (rf"whose {_EDGES} (?:is|are) (?:soft|blurred|fuzzy|unclear|vague|diffuse|blurry|hazy|indistinct)", "diffuse"),
    (rf"whose {_EDGES} (?:is|are) {_CLEAR}", "crisp"),
    (
        rf"(?:that |which )?{_SOFTLY}?{_ENDS} (?:{_SOFTLY}|rough |slowly )?(?:out(?! of)(?:wards?)?|off|away(?! from)"
        r"|into (?:the (?:surface|surroundings|background|rest|base)(?: colou?r)?|its (?:surroundings|"
        r"background)|nothing|nothingness)"
        r"|(?:at|towards|to) (?:the|its) (?:edges?|borders?|rims?|outside|ends?|sides?))",
        "diffuse",
    ),
    (rf"(?:that |which )?{_SOFTLY}(?:fading|blending|bleeding|disappears|disappearing|fades)", "diffuse"),
    (
        r"(?<!the )(?:smudged|washed[ -]out|wispy|fading|faded|gradient|vague|unclear|cloudy|ragged "
        r"fading|rough fading|smooth) "
        rf"(?:{_EDGES})(?! of)",
        "soft edge",
    ),
    (r"lost in its surroundings|with a (?:smooth|soft) gradient|airbrushed|vignetted", "diffuse"),
    (r"(?:vaguely|poorly|softly|loosely|weakly|badly) (?:bounded|bordered|delimited|defined|outlined|edged)", "diffuse"),
    (
        r"(?<!the )(?:hard|clear|clean|definite|distinct|distinctly|abrupt|razor|razor-sharp|"
        r"knife-edge|precise|neat|neatly|strict"
        rf"|strong|well[ -]marked)[ -](?:{_EDGES}|edged|bordered|outlined)(?! of)",
        "sharp edge",
    ),
    (
        r"(?:that |which )?(?:ending|ends|stops|stopping|cut off|breaking off|breaks off) (?:abruptly|"
        r"sharply|dead|suddenly|cleanly)"
        r"|as if (?:cut|punched|stamped) out|stencill?ed|in sharp focus",
        "crisp",
    ),
    (
        r"(?:clearly|sharply|well|neatly|cleanly|crisply|strongly|distinctly|precisely)[ -]"
        r"(?:delimited|demarcated|bordered|bounded|outlined|edged|contoured|delineated)",
        "crisp",
    ),
    (r"(?:with )?(?:an? )?dark (?:core|cent(?:re|er)|middle) and (?:an? )?(?:pale|light|bright|faint)(?:er)? (?:rim|edge|ring)",
     "dark with a halo"),
    (
        rf"(?:surrounded|encircled|ringed|circled|framed) by (?:an? )?(?:(?:soft|blurry|diffuse|{_PALE}) )+{_RING}(?! of)"
        rf"(?: around it)?|(?:inside|within) (?:an? )?(?:soft |{_PALE} )?(?:halo|glow)"
        rf"|with (?:an? )?(?:(?:{_PALE}|soft|blurry|diffuse|dark|darker) )+{_RING} (?:all )?around(?: it)?(?! the)"
        rf"|with (?:an? )?{_PALE} {_RING}(?! (?:of|on|in|near|at|around))|with an? (?:soft )?glow(?! around)",
        "with a halo",
    ),
    (r"with (?:an? )?raised (?:rims?|edges?|borders?|lips?)", "protuberant"),
    (r"(?:ringed|encircled|surrounded|circled) by", "within"),
    (r"on top of an(?:other)?|on top of a", "plus a"),
    (r"(?P<mark>stain|blotch|smear|spot|mark) (?:that is )?bleeding(?! of)", r"\g<mark> diffuse"),
    (r"(?P<parted>split|torn|cracked|burst|ripped) open", r"\g<parted>"),
    (r"(?:that |which )splits(?= (?:the|its|an?|two) )", "cutting through"),
    (r"raised(?= (?:[a-z]{2,12} )?(?:stain|smear|smudge|drop|droplet|residue|glue|resin)s?(?![\w-]))", "elevated"),
    (r"dense(?= (?:cluster|group|swarm|spray|cloud)s?(?![\w-]))", ""),
    # Gloss.
    (
        r"(?:without|with no|no|lacking|lacks|with little)(?: any)? (?:shine|gloss|lust(?:re|er)|sheen|reflections?)"
        r"|(?:that |which )?(?:has |having )?lost (?:its|the) (?:shine|gloss|lust(?:re|er)|sheen)|"
        r"does(?: not|n't) (?:shine|reflect)"
        r"|non-(?:shiny|reflecting)|dried(?:[ -](?:out|up|in|on))?|(?:dull|chalky|dusty|frosted|matte?)-looking"
        rf"|(?:with )?an? (?:flat|dull|matte?) finish|dry(?= {_MARKS}(?![\w-]))",
        "matt",
    ),
    (
        rf"{_PRESENT}(?:still |quite )(?:wet|moist|damp|liquid)|(?:that |which )?looks (?:wet|moist|damp|oily)"
        r"|not (?:yet |quite |fully )?(?:yet )?dry|(?:with )?an? wet look|(?:wet|damp|oily|polished|liquid)[ -]looking"
        rf"|wet(?= (?:[a-z]{{2,12}} )?{_MARKS}(?![\w-]))|wet and shiny",
        "glossy",
    ),
    (
        r"(?:that |which )(?:shines|gleams|glistens|glitters|sparkles|glints)|(?:that |"
        r"which )?(?:reflect|catch)(?:es|s|ing) (?:the )?light"
        r"|with (?:an? |some )?(?:(?:wet|high|strong|slight|oily|silky|metallic|satin|"
        r"greasy) )?(?:shine|sheen|lust(?:re|er)|gleam|mirror"
        r" finish|reflections|shiny finish)|mirror[ -]finish|(?:metallic|oily|satin)[ -]sheen|(?:lacquer|varnish|glass)-like",
        "glossy",
    ),
    # Relief.
    (
        r"(?:that |which )?(?:stands?|standing|sticks?|sticking|protrud(?:es|ing)|bulg(?:es|ing)|"
        r"rises|rising|projecting|projects)"
        r"(?: out| up)? (?:from|above|proud of|over|out of) (?:the|its) (?:surface|surroundings|rest)"
        r"|(?:that |which )?(?:sticks|sticking|standing|stands|bulging|bulges|pushed|popped|"
        r"piled)[ -]up|(?:that |which )bulges(?: out)?"
        r"|(?:bulging|bulges) out(?:wards?)?|proud of the surface|above the surface|(?:that |which )?(?:you|one) can feel"
        r"|(?:blister|pimple|knob|wart|bump)-like|built[ -]up",
        "elevated",
    ),
    (
        r"(?:sunk|sunken|pressed|pushed|set|eaten|etched|stamped|dug|driven|sinking|dipping) into the (?:surface|part|material)"
        r"|(?:that |which )?(?:lies|lying|is) (?:lower|deeper)(?: than the (?:surface|rest))?|below "
        r"the (?:level of the )?surface"
        r"|(?:that |which )(?:dips|caves|sinks) in|caving in",
        "sunken",
    ),
    # Strength.
    (
        rf"{_PRESENT}(?:(?:very|quite|rather|pretty|so) )?(?:hard|difficult|tricky) to (?:see|spot|"
        rf"make out|notice|detect|find|discern)"
        rf"|{_PRESENT}(?:easy|easily) (?:to )?(?:miss|overlook|missed|overlooked)"
        r"|(?:that )?(?:you|one) can (?:barely|hardly|scarcely|only just|just about) (?:see|make out|notice|spot)"
        r"|(?:that )?can (?:barely|hardly|scarcely|only just|just about) be (?:seen|made out|noticed|spotted)"
        r"|(?:barely|hardly|scarcely) to be seen|(?:that |which )?(?:does|do)(?: not|n't) stand out"
        r"|(?:just about|not very|not easily|lightly|hazily|weakly|dimly|faintly|poorly) (?:visible|noticeable)"
        r"|(?:next to|practically|virtually|all but|almost) (?:invisible|unseen|imperceptible)"
        r"|(?:only )?visible (?:only )?(?:up close|from close up|(?:under|on|upon) (?:close|closer) inspection)",
        "faint",
    ),
    (r"(?:a |the )?(?:merest )?(?:hint|touch|suggestion|shadow|whisper|breath|ghost) of (?:an? )?|"
     r"a (?:slight |faint )?trace of (?:an? )?"
     r"|a (?:little )?bit of (?:an? )?|(?<![\w ])traces of ", "slight "),
    (r"bad(?= [a-z])", "severe"),
    (r"lightly (?=[a-z]{3,12}ed(?![\w-]))", "slightly "),
    (r"surface (?=scratch|scuff|scrape)", "superficial "),
    (
        r"(?:hard|impossible|difficult) to (?:miss|overlook)|(?:that |which )(?:jumps out|stands out|"
        r"catches the eye|hits the eye|leaps out)"
        r"|visible from (?:afar|far away|a distance)|(?:plainly|easily|readily|highly|strongly|"
        r"distinctly) (?:visible|noticeable)",
        "prominent",
    ),
    (r"(?:badly|heavily|terribly|horribly) (?=[a-z]{3,12}ed(?![\w-]))|a bad case of ", "severely "),
    (rf"(?:clear|plain) (?=(?:{_LINES}|dents?|chips?|holes?|bumps?|damage|defects?)(?![\w-]))", "distinct "),
    # Widths.
    (
        r"(?:as )?(?:thin|fine) (?:as|like) an? (?:single )?(?:hair|thread|whisker|cobweb|spider's thread)"
        r"|(?:no (?:wider|thicker) than|thinner than|finer than|the width of|the thickness of) an? (?:human )?(?:hair|thread)"
        r"|an? hair(?:'?s)?(?: breadth)? wide|(?:a )?hair'?s[ -]breadth|hair[ -]?wide"
        r"|(?:[a-z]{3,8}-)?(?:whisker|cobweb|silk|tissue|thread|gossamer)[ -]?(?:thin|fine)|"
        r"gossamer|(?:a |one |single )pixel wide"
        r"|(?:super|really|incredibly|vanishingly|ultra|microscopically|exceptionally|needle)[ -]?(?:thin|fine)(?! as)(?= )",
        "razor-thin",
    ),
    (
        r"(?:as )?(?:wide|thick) as an? (?:finger|thumb|hand|pencil)|(?:an? )?(?:finger|thumb|hand|"
        r"pencil)(?:'s)?[ -](?:wide|width|thick)"
        r"|(?:that |which )gapes(?: open)?|wide[ -]gaping|(?:standing )?wide[ -]open|opened[ -]up|open(?= cracks?(?![\w-]))"
        r"|of great width|(?:several|many|a few) pixels wide|double-width",
        "wide",
    ),
    (r"(?:tight|tightly closed|closed) (?=cracks?(?![\w-]))", "narrow "),
    # Sizes and lengths.
    (_sized(_TINY), "tiny"),
    (_sized(_SMALL), "small"),
    (_sized(_LARGE), "large"),
    (rf"(?:covering|taking up|over|across|filling) (?:much|most|nearly all|almost all) "
     rf"of {_ARTICLE}{_WHOLE}|covering everything",
     "very large"),
    (r"of (?:great|considerable) length|(?:stretching|running|reaching) far|(?:that |which )?(?:goes|"
     r"runs) on and on|long[ -]drawn(?:[ -]out)?",
     "long"),
    # Directions.
    (r"parallel to the (?:left|right)(?:-hand)? (?:edge|side)", "vertical"),
    (r"parallel to the (?:top|bottom|upper|lower) (?:edge|side)|parallel to the (?:horizon|ground)", "horizontal"),
    (
        r"(?:(?:running|going|coming|dropping|heading|pointing|rising|climbing|falling|"
        r"hanging) )?straight[ -](?:up|down)(?: and (?:up|down))?"
        r"(?![ -]to)|from (?:the )?top down|(?:pointing|heading|coming|dropping) (?:up|"
        r"down)(?:wards?)?(?: from the top)?(?! to)"
        r"|at right angles to the ground|north-south",
        "vertical",
    ),
    (r"(?:running|lying) level|east-west|flat-lying|side(?:wise|long)", "horizontal"),
    (
        r"(?:running |going |rising |climbing |sloping )?(?:up |down )?from (?:the )?(?:(?:top|"
        r"upper)[ -]left(?: corner)? (?:down )?to (?:the )?"
        r"(?:bottom|lower)[ -]right|(?:bottom|lower)[ -]right(?: corner)? (?:up )?to (?:the )?(?:top|"
        r"upper)[ -]left)(?: corner)?",
        "at 135 degrees from edge to edge",
    ),
    (
        r"(?:running |going |rising |climbing |sloping )?(?:up |down )?from (?:the )?(?:(?:bottom|"
        r"lower)[ -]left(?: corner)? (?:up )?to (?:the )?"
        r"(?:top|upper)[ -]right|(?:top|upper)[ -]right(?: corner)? (?:down )?to (?:the )?(?:bottom|"
        r"lower)[ -]left)(?: corner)?",
        "at 45 degrees from edge to edge",
    ),
    (rf"{_SLOPE_UP} (?:to|towards) the right|{_SLOPE_DOWN} (?:to|towards) the left", "at 45 degrees"),
    (rf"{_SLOPE_UP} (?:to|towards) the left|{_SLOPE_DOWN} (?:to|towards) the right", "at 135 degrees"),
    (
        r"(?:that |which )(?:slopes|slants|leans|tilts)(?: to the (?:left|right))?|leaning(?: to "
        r"the (?:left|right))?|canted|slantways"
        rf"|(?:running )?aslant|(?:on|at) a (?:slant|slope|tilt)|skewed? (?={_LINES}(?![\w-]))",
        "diagonal ",
    ),
    (r"lengthways|warpwise|(?:running )?the long way|(?:in|along) (?:the )?(?:warp|machine|rolling|"
     r"drawing|feed|grain|pull) direction"
     r"|(?:parallel to|following|that follows|which follows|in line with|aligned with|in the "
     r"direction of|(?:running |that runs )?with)"
     rf" {_GRAIN}|along (?:the|its) (?:wood grain|veins|long dimension|warp)|down (?:the|its) length", "lengthwise"),
    (r"cross-grain(?:ed)?|breadthwise|widthways|weftwise|(?:running )?the short way"
     r"|in (?:the )?(?:cross|weft|transverse|cross-machine) direction|(?:against|crossing|cutting|"
     r"perpendicular to|square to|normal to"
     rf"|transverse to|at (?:a )?right angles? to|at 90 degrees to) {_GRAIN}|across the (?:veins|warp|"
     rf"fib(?:re|er)s?)", "crosswise"),
    (r"from (?:the )?(?P<a>left|right|top|bottom) (?:edge|side|end) to (?:the )?(?P<b>left|right|top|"
     r"bottom)(?: (?:edge|side|end))?",
     r"from \g<a> to \g<b>"),
    (r"(?:edge|end|side)-to-(?:edge|end|side)", "from edge to edge"),
    (
        rf"(?:clean|clear|right|straight|completely|all the way|all) (?:across|through)(?: the (?:[\w-]{{2,15}} )?{_WHOLE}"
        r"|(?= ?[,.;]| ?\Z))|through and through|through-going"
        rf"|(?:that |which )?(?:split|cutt?|divid|break)(?:s|es|ting|ing)? (?:the|"
        rf"its) {_WHOLE}(?: (?:in|into) (?:two|half|halves)"
        r"(?: (?:parts|pieces|halves))?)?"
        rf"|(?:that |which )?(?:travers(?:es|ing)|spans) (?:the|its) (?:whole |entire |full )?{_WHOLE}",
        "right across",
    ),
    (r"clean (?=across|through)", "right "),
    # Shapes.
    (rf"(?:{_SHAPED}|in an? )(?:circle|disc|disk|coin|ball|full moon)|in a round shape|as round as "
     rf"a [a-z]{{3,10}}|(?:disc|disk|dot) of(?= )"
     r"|teardrop|(?:coin|disk|ball|round|bead|dot)-look(?:ing)?", "round"),
    (
        rf"(?:{_SHAPED}|in an? )(?:ring|hoop|doughnut|donut)(?! of)|in ring form"
        r"|with (?:an? )?(?:clear|clean|empty|hollow) (?:cent(?:re|er)|middle|core)|(?:hollow|open|"
        r"empty) in the middle|hollow circle(?: of)?"
        r"|(?:forming|that forms) (?:a ring|a circle with an? (?:empty|hollow) (?:middle|cent(?:re|er)))",
        "ring-shaped",
    ),
    (rf"(?:{_SHAPED}|in an? )(?:stripe|streak|strip|ribbon|band|line)(?! (?:of|with))|with "
     rf"a (?:long )?tail|dragged(?: along| out)?"
     r"|tear-shaped|(?<=stain )(?:that is )?(?:running|dripping) down", "streaky"),
    (rf"{_SHAPED}(?:tree|star|fork|root|lightning|river delta|river|delta|spider'?s?[ -]?web|cobweb|y)(?![\w-])", "branching"),
    (
        r"(?:that |which )?(?:split(?:s|ting)?|divid(?:es|ing)|branch(?:es|ing)|fork(?:s|ing)) (?:up |"
        r"off |out )?(?:into|in) (?:two|three|several"
        r"|many|branches|arms)(?: (?:arms|branches|legs|lines|parts))?"
        r"|(?:that |which )?(?:splits up|fans out|ramif(?:ies|ying)|bifurcates)|with (?:an? |two |"
        r"three |four |several |many |some |fine )?"
        r"(?:arms|fork|offshoots?|rays|tributaries|twigs|side[ -](?:cracks|branch|arms))|spreading in "
        r"all directions|meeting in a star",
        "branching",
    ),
    (r"(?:web|network|net|mesh|cobweb|maze|lattice|mosaic) of (?:fine )?(?=cracks?)", "branching "),
    (r"(?:of|with|in) (?:an )?irregular (?:shape|outline|form)|irregular(?:ly)?[ -]shaped|in blotches|"
     r"spread over an area", "patchy"),
    # Counts.
    (rf"(?:an? )?(?:tight |loose |small |dense )?(?:row|group|cluster|set|line|chain|string|series|"
     rf"bunch) of (?={_NUMBER} )", ""),
    (rf"(?:an? )?(?:line|chain|string|succession|sequence|collection|pack|crop) of {_PLURAL}", "a series of "),
    (rf"(?:riddled|covered|littered|cluttered|strewn|pockmarked|criss-?crossed|plastered|studded) (?:with|in|"
     rf"by) {_PLURAL}|full of {_PLURAL}"
     rf"|a (?:mass|rash|crop) of {_PLURAL}", "many "),
    (rf"peppered with {_PLURAL}", "many peppered "),
    (r"(?<=[^\Wsu]s) (?:all over(?: the (?:place|surface|part))?|everywhere)", " numerous"),
    (r"(?<=[^\Wsu]s) (?:here and there|dotted about)", " several"),
    (r"all over(?= ?[,.;]| ?\Z)|all over the (?:place|surface|part)", "very large"),
    (r"in (?:large|great) numbers|by the dozen", "numerous"),
    (r"(?:, |in )a pair(?! of)|in pairs|, two of (?:them|these)|and another(?: one)?(?: (?:beside|"
     r"next to|near|close to|by) it)?", " two"),
    (rf"some (?={_NUMBER} )", ""),
    (r"(?P<noun>[a-z]{2,20}s),? (?:x ?|\()(?P<many>\d{1,2})\)?", r"\g<many> \g<noun>"),
    (r"more than two(?= )", "several"),
)  # fmt: skip
_WORD_RANGE = re.compile(
    rf"(?<![\w-])(?:between )?(?P<least>{'|'.join(_NUMBERS)})(?: to | or | and |-)(?P<most>{'|'.join(_NUMBERS)})(?![\w-])"
)


def usual_words(text: str) -> str:
    """A text in lower case with single blanks, with wordings of several words as the one word that says the same."""
    text = _WORD_RANGE.sub(_as_digits, text)
    for pattern, said in _PATTERNS:
        text = pattern.sub(said, text)
    return " ".join(text.split())


def _as_digits(match: re.Match[str]) -> str:
    least, most = (_NUMBERS.index(match[name]) + 1 for name in ("least", "most"))
    return (
        f"{least} to {most}"
        if least < most and (" and " not in match[0] or match[0].startswith("between"))
        else match[0]
    )


# Whole words; those that begin or end in a blank have their own bounds.
_PATTERNS = [(re.compile(rf"(?:(?<![\w-])|(?= ))(?:{spelled})(?:(?<= )|(?![\w-]))"), said) for spelled, said in _SAME]
