"""Captions: a grammar with synonyms over about a thousand words.

Words that paint (looks, light, weather, materials, tints, moods) change the picture; words that
name (things, places, people) and words that fill are there so that a sentence may be a sentence.
"""

from __future__ import annotations

import random

from underpaint.training.styles import LIGHTS, LOOKS, MATERIALS, MOODS, TINTS, WEATHERS, Brief

Phrases = dict[str, tuple[str, ...]]


def _table(**rows: str) -> Phrases:
    """``key="a phrase; another"`` as key → phrases; an underscore in a key is a space."""
    return {
        key.replace("_", " "): tuple(phrase.strip() for phrase in row.split(";"))
        for key, row in rows.items()
    }


LOOK_WORDS = _table(
    dusk="cinematic dusk; dusk; cinematic sunset; sunset; cinematic evening; sundown; nightfall; "
    "cinematic; movie lighting; evening glow; setting sun; gloaming",
    golden_hour="golden hour; golden afternoon; late sun; golden light; sunrise; daybreak; dawn; "
    "honeyed light; low golden sun; magic hour; early sun",
    blue_hour="blue hour; twilight; blue evening; moonlight; moonlit night; blue dawn; moonlit; "
    "under the moon; crepuscular; starlit night",
    noir="film noir; noir; black and white film; monochrome night; hardboiled detective film; "
    "monochrome; expressionist film; german expressionism; thriller lighting",
    neon_night="neon night; neon; cyberpunk night; neon city at night; cyberpunk; neon signs; "
    "synthwave; vaporwave; nightclub; arcade lights; electric night",
    overcast="overcast day; overcast; cloudy day; grey day; flat daylight; cloudy; soft daylight; "
    "northern light; diffuse light; plain daylight; documentary",
    fog="fog; foggy morning; heavy haze; foggy; thick fog; haze; hazy; smoke; smoky; steam; "
    "shrouded; veiled",
    low_key="low key; lamp light; lamplight; candlelight; candlelit; chiaroscuro; firelight; "
    "tenebrism; torchlight; by a single lamp; lantern light; fireside",
    watercolour="watercolour; watercolor; watercolour painting; aquarelle; watercolor wash; wash; "
    "wet paint on paper; watercolour sketch; wet brush",
    ink="ink drawing; ink; pen and ink; manga ink; comic ink; hatching; crosshatching; pen; "
    "etching; engraving; nib; comic; manga; graphic novel; hatched drawing",
    gouache="gouache; gouache painting; background painting; poster paint; tempera; acrylic; "
    "flat paint; travel poster; picture book; storybook",
    oil="oil; oil painting; oil strokes; impasto; impressionist; impressionism; brush strokes; "
    "loaded brush; canvas; painterly; palette knife; thick paint; expressionist painting",
    pastel="pastel; pastels; chalk pastel; soft pastel; chalk; coloured chalk; crayon; crayons; "
    "colored pencil; coloured pencils; dry pastel",
    cel="cel shading; cel; anime; cartoon; toon; animation cel; cel shaded; flat colours; "
    "saturday cartoon; animated film; bande dessinee; ligne claire",
    woodcut="woodcut; linocut; woodblock; block print; lino; relief print; printmaking; carved; "
    "woodcut print; scratchboard; stamp print",
    blueprint="blueprint; technical drawing; plan drawing; architect drawing; cyanotype; draft; "
    "drafting; schematic; engineering drawing; floor plan; architectural plan",
    charcoal="charcoal; charcoal drawing; charcoal sketch; pencil sketch; graphite; pencil; coal; "
    "smudged charcoal; conte; life drawing; rough sketch; conte crayon",
    clay="clay; clay render; plaster model; grey model; maquette; claymation; stop motion model; "
    "scale model; sculpture; white model; bisque; untextured model; cardboard model",
)
LIGHT_WORDS = _table(
    left="light from the left; left light; lit from the left; sun on the left; lit from left; "
    "sunlight from the left; window on the left; key light left",
    right="light from the right; right light; lit from the right; sun on the right; "
    "sunlight from the right; window on the right; key light right",
    front="light from the front; front light; frontal light; lit from the camera; flash; "
    "headlights; frontal flash; front lit; flat front light",
    behind="light from behind; back light; backlit; rim light; contre jour; backlight; "
    "sun behind; silhouette; silhouettes; against the light; halo of light",
    above="light from above; top light; overhead light; noon; midday sun; high sun; skylight; "
    "sun overhead; midday; zenith; overhead sun",
)
MOOD_WORDS = _table(
    warm="warm; warm colours; warm palette; warm tones; cosy; cozy; toasty; autumnal; autumn",
    cold="cold; cool; cold colours; cold palette; icy; wintry; chilly; frosty; cool tones; steely",
    bright="bright; light and airy; high key; luminous; radiant; airy; sunlit; glowing; brilliant",
    dark="dark; gloomy; dim; murky; shadowy; sombre; somber; underexposed; brooding; dusky",
    muted="muted; muted colours; pale; faded; desaturated; washed out; dusty; subdued; weathered",
    vivid="vivid; saturated; vivid colours; colourful; colorful; vibrant; lurid; technicolor; bold",
)
TINT_WORDS = _table(
    red="red; crimson; scarlet; ruby; vermilion; cherry; blood red; maroon; carmine",
    orange="orange; terracotta; rust; rusty; tangerine; apricot; copper; coral",
    yellow="yellow; ochre; lemon; mustard; canary; saffron; straw",
    green="green; emerald; olive; lime; jade; moss green; sage; forest green",
    teal="teal; turquoise; cyan; aqua; petrol; aquamarine; verdigris",
    blue="blue; navy; azure; cobalt; sky blue; ultramarine; sapphire; indigo",
    purple="purple; violet; lilac; lavender; plum; mauve; aubergine; amethyst",
    pink="pink; rose; magenta; fuchsia; salmon; blush; bubblegum",
    brown="brown; umber; sepia; chocolate; chestnut; tan; sienna; walnut; coffee",
    gold="gold; golden paint; amber; gilded; brass; bronze; honey",
    grey="grey; gray; silver; slate; ash; charcoal grey; pewter; lead",
    cream="cream; ivory; beige; eggshell; sand coloured; vanilla; off white; champagne",
    white="white; snow white; whitewashed; chalk white; bleached; milky; alabaster",
    black="black; jet black; ebony; pitch black; soot; raven; onyx; tar",
)
WEATHER_WORDS = _table(
    clear="clear sky; clear; cloudless; blue sky; fair weather; cloudless sky",
    rain="rain; rainy; in the rain; downpour; drizzle; wet street; rainfall; monsoon; showers; wet",
    snow="snow; snowy; in the snow; snowfall; winter snow; blizzard; snowed in; snowbound",
    storm="storm; stormy; thunderstorm; storm clouds; typhoon; tempest; thunder; hurricane",
    mist="mist; misty; morning mist; light fog; misty air; sea mist; vapour",
)
MATERIAL_WORDS = _table(
    brick="brick; bricks; brick walls; red brick; brickwork; brick houses",
    plaster="plaster; stucco; plastered walls; render walls; adobe; lime plaster",
    wood="wood; wooden; timber; planks; wooden walls; boards; log cabin; plywood; wooden boards",
    stone="stone; stones; stone walls; masonry; granite; cobblestones; cobbled; marble; limestone",
    metal="metal; steel; iron; corrugated iron; tin; sheet metal; chrome; tin roof; aluminium",
    grass="grass; grassy; lawn; meadow; pasture; turf; green field; grassland",
    sand="sand; sandy; beach; desert; dunes; dune; sandy ground",
    water="water; sea; lake; river; flooded; puddles; canal; ocean; harbour; pond; flood",
    cloth="cloth; fabric; canvas tent; curtains; textile; linen; velvet; tarpaulin; wool; denim",
    tiles="tiles; tiled; tiled floor; ceramic; mosaic; paving; pavement; roof tiles; flagstones",
    concrete="concrete; cement; brutalist; asphalt; tarmac; bunker; raw concrete",
    earth="earth; mud; muddy; dirt road; soil; clay soil; dirt; ploughed field; gravel",
)
THINGS = tuple(
    """
street; corner; city; town; village; store; shop; market; room; interior; kitchen; table; hills;
landscape; square; plaza; people; figure; figures; man; woman; child; boy; girl; trees; tree; lamps;
windows; stairs; steps; car; jeepney; bus; buildings; sky; clouds; rocks; bench; walls; houses;
house; roof; roofs; door; doors; doorway; gate; fence; railing; balcony; porch; veranda; awning;
sign; signs; lamp; lamps; lantern; lanterns; pole; poles; wires; cables; antenna; chimney; tower;
church; temple; mosque; school; hospital; station; train; tram; truck; van; taxi; tricycle;
bicycle; motorbike; motorcycle; boat; ship; bridge; tunnel; road; path; alley; alleyway; lane; yard;
courtyard; garden; park; forest; woods; jungle; bamboo; palm; palms; bush; bushes; flowers; leaves;
mountain; mountains; hill; valley; cliff; cave; island; coast; shore; pier; dock; port; farm; field;
barn; windmill; well; fountain; statue; monument; ruins; ruin; castle; palace; villa; hut; shack;
cabin; tent; camp; skyscraper; skyscrapers; apartment; apartments; flat; flats; block; office;
factory; warehouse; workshop; studio; garage; theatre; theater; cinema; stage; cafe; bar;
restaurant; diner; bakery; hotel; motel; lobby; hall; hallway; corridor; bedroom; bathroom; attic;
basement; cellar; library; classroom; laboratory; prison; cell; shelf; shelves; chair; chairs; sofa;
couch; bed; desk; cupboard; cabinet; wardrobe; mirror; window; curtain; carpet; rug; floor; ceiling;
wall; column; columns; pillar; pillars; arch; arches; stairway; staircase; ladder; platform; box;
boxes; crate; crates; barrel; barrels; basket; bag; suitcase; bucket; bottle; bottles; cup; cups;
bowl; plate; plates; jar; vase; fruit; apple; apples; bread; book; books; paper; letter; clock;
telephone; television; computer; screen; camera; machine; robot; engine; wheel; wheels; toy; toys;
ball; doll; umbrella; hat; coat; dress; mask; sword; gun; crowd; couple; friends; family; mother;
father; brother; sister; boyfriend; girlfriend; baby; soldier; soldiers; policeman; worker; workers;
farmer; fisherman; vendor; seller; driver; dancer; dancers; singer; musician; king; queen; knight;
detective; stranger; ghost; monster; giant; hero; villain; actor; actress; student; teacher; doctor;
nurse; priest; dog; cat; bird; birds; horse; cow; goat; chicken; fish; dragon; moon; sun; stars;
star; horizon; ground; still life; sari; moonrise; fire; smoke stack; kite; laundry; poster;
graffiti; rubble; debris; scaffolding; crane; container; silo; pipe; pipes; tank; dam; mill; mine
""".replace("\n", " ")
    .strip()
    .split("; ")
)
FILLER = tuple(
    """
a; an; the; of; in; at; with; and; on; by; from; to; into; over; through; near; beside; between;
behind a; across; along; around; inside; outside; is; are; as; for; two; three; four; five; some;
many; few; no; one; all; shot; frame; picture; scene; view; film; movie; still; wide; close; up;
close up; low angle; high angle; detailed; beautiful; quiet; lonely; busy; old; new; rough; soft;
hard; deep; long shadows; shadows; shadow; night; day; morning; evening; afternoon; winter; summer;
spring; storyboard; concept art; illustration; painting; drawing; sketch; art; style; mood; look;
very; slightly; mostly; under; street light; palette; colours; colors; colour; color; light; lights;
lit; lighting; lit windows; tones; accents; paint; painted; tall; small; large; big; tiny; huge;
narrow; broad; empty; crowded; abandoned; broken; ruined; clean; dirty; poor; rich; modern; ancient;
medieval; futuristic; vintage; retro; classic; traditional; simple; minimal; rustic; urban; rural;
tropical; coastal; philippine; filipino; european; asian; african; american; japanese; mexican;
italian; french; indian; dramatic; mysterious; romantic; tense; calm; peaceful; sad; happy; joyful;
melancholy; melancholic; nostalgic; dreamy; dreamlike; surreal; eerie; scary; horror; comedy; drama;
western; fantasy; fairy tale; science fiction; adventure; action; walking; standing; sitting;
running; waiting; talking; looking; holding; waving; driving; passing; falling; sleeping; dancing;
fighting; working; playing; reading; eating; alone; together; far; away; distance; foreground;
background; wide shot; medium shot; long shot; establishing shot; portrait; perspective;
composition; depth; atmosphere; atmospheric; texture; textured; smooth; grain; grainy; sharp;
blurred; blurry; delicate; strong; thick; thin; fine; heavy; gentle; harsh; high; low; contrast;
high contrast; hand drawn; handmade; traditional art; masterpiece; quality; study; previs; layout;
animatic; set; stage design; production design; key frame; matte; print; page; panel; style of
""".replace("\n", " ")
    .strip()
    .split("; ")
)
_PAINTED = ("walls", "houses", "paint", "tones")
SPECIAL = ("<|pad|>", "<|unk|>", "<|startoftext|>", "<|endoftext|>")
LENGTH = 32
_PAINTING = (LOOK_WORDS, LIGHT_WORDS, MOOD_WORDS, TINT_WORDS, WEATHER_WORDS, MATERIAL_WORDS)


def vocabulary() -> list[str]:
    """All words that captions are made of, in a fixed order."""
    phrases = [p for group in _PAINTING for choices in group.values() for p in choices]
    names = [*LIGHTS, *LOOKS, *TINTS, *MOODS, *MATERIALS, *WEATHERS]
    words = " ".join([*phrases, *THINGS, *FILLER, *names]).split()
    return list(dict.fromkeys(words))


def random_brief(rng: random.Random) -> Brief:
    """A random look with random words."""
    return Brief(
        look=rng.choice(tuple(LOOKS)),
        light=rng.choice(tuple(LIGHTS)) if rng.random() < 0.8 else None,
        tint=rng.choice(tuple(TINTS)) if rng.random() < 0.25 else None,
        mood=rng.choice(tuple(MOODS)) if rng.random() < 0.25 else None,
        weather=rng.choice(WEATHERS) if rng.random() < 0.22 else None,
        material=rng.choice(tuple(MATERIALS)) if rng.random() < 0.22 else None,
    )


def caption(brief: Brief, rng: random.Random) -> str:
    """A caption of a brief: synonyms, order and padding words vary."""
    parts = [rng.choice(LOOK_WORDS[brief.look])]
    parts += [rng.choice(LIGHT_WORDS[brief.light])] if brief.light else []
    parts += [_tint_phrase(brief.tint, rng)] if brief.tint else []
    parts += [rng.choice(MOOD_WORDS[brief.mood])] if brief.mood else []
    parts += [rng.choice(WEATHER_WORDS[brief.weather])] if brief.weather else []
    parts += [rng.choice(MATERIAL_WORDS[brief.material])] if brief.material else []
    parts += [rng.choice(THINGS) for _ in range(rng.choice((0, 0, 0, 1, 2)))]
    parts += [rng.choice(FILLER) for _ in range(rng.choice((0, 0, 0, 1, 2)))]
    rng.shuffle(parts)
    return rng.choice((", ", " ", ", ")).join(parts)


def _tint_phrase(tint: str, rng: random.Random) -> str:
    word = rng.choice(TINT_WORDS[tint])
    return f"{word} {rng.choice(_PAINTED)}" if rng.random() < 0.6 else word
