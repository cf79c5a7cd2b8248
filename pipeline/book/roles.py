"""What somebody did for a book: MARC relator codes and the English words for them."""

from __future__ import annotations

_LIST = """
abr abridger
acp art copyist
act actor
adi art director
adp adapter
aft author of afterword, colophon, etc.
anl analyst
ann annotator
ant bibliographic antecedent
aqt author in quotations or text abstracts
arc architect
ard artistic director
arr arranger
art artist
asn associated name
ato autographer
att attributed name
auc auctioneer
aud author of dialog
aui author of introduction, etc.
aus screenwriter
aut author
bdd binding designer
bjd bookjacket designer
bka book artist
bkd book designer
bkp book producer
blw blurb writer
bnd binder
bpd bookplate designer
brl braille embosser
bsl bookseller
ccp conceptor
cll calligrapher
clr colorist
clt collotyper
cmm commentator
cmp composer
cmt compositor
cns censor
col collector
com compiler
con conservator
cov cover designer
cph copyright holder
cre creator
crp correspondent
crr corrector
csl consultant
csp consultant to a project
ctb contributor
ctg cartographer
cur curator
cwt commentator for written text
dbp distribution place
dfd defendant
dgg degree granting institution
dis dissertant
dln delineator
dnc dancer
dnr donor
dpc depicted
drm draftsman
drt director
dsr designer
dst distributor
dtc data contributor
dte dedicatee
dtm data manager
dto dedicator
dub dubious author
edc editor of compilation
edd editorial director
edt editor
egr engraver
elg electrician
elt electrotyper
etr etcher
exp expert
fac facsimilist
fld field director
fmo former owner
fnd funder
fpy first party
frg forger
gis geographic information specialist
hnr honoree
hst host
ill illustrator
ilu illuminator
ins inscriber
isb issuing body
itr instrumentalist
ive interviewee
ivr interviewer
jud judge
jug jurisdiction governed
lbr laboratory
lbt librettist
led lead
lgd lighting designer
lil libelant
lsa landscape architect
lse licensee
lso licensor
ltg lithographer
lyr lyricist
mcp music copyist
mdc metadata contact
mfr manufacturer
mod moderator
mon monitor
mrb marbler
mrk markup editor
mtk minute taker
mus musician
nrt narrator
opn opponent
org originator
orm organizer
oth other
own owner
pan panelist
pat patron
pbd publisher director
pbl publisher
pdr project director
pfr proofreader
pht photographer
plt platemaker
pma permitting agency
ppm papermaker
pra praeses
prc process contact
prd production personnel
prf performer
prg programmer
prm printmaker
pro producer
prt printer
pta patent applicant
pte plaintiff-appellee
pth patent holder
ptf plaintiff
pup publication place
rbr rubricator
rce recording engineer
rcp addressee
red redaktor
ren renderer
res researcher
rev reviewer
rpc radio producer
rps repository
rpt reporter
rpy responsible party
rse respondent-appellee
rsp respondent
rst respondent-appellant
rth research team head
rtm research team member
sad scientific advisor
sce scenarist
scl sculptor
scr scribe
sec secretary
sgn signer
sng singer
spk speaker
spn sponsor
spy second party
srv surveyor
stl storyteller
stn standards body
str stereotyper
tch teacher
tcd technical director
ths thesis advisor
trc transcriber
trl translator
tyd type designer
tyg typographer
uvp university place
vac voice actor
vdg videographer
wac writer of added commentary
wal writer of added lyrics
wam writer of accompanying material
wat writer of added text
waw writer of afterword
wdc woodcutter
wde wood engraver
wfs writer of film story
wfw writer of foreword
win writer of introduction
wit witness
wpr writer of preface
wst writer of supplementary textual content
wts writer of television story
"""

RELATORS = {line[:3]: line[4:] for line in _LIST.split("\n") if line}
"""MARC relator codes (Library of Congress) that a book can need, with their terms."""

_ALSO = {
    "afterword": "aft",
    "afterword by": "aft",
    "annotations": "ann",
    "cartography": "ctg",
    "copy editor": "edt",
    "copyeditor": "edt",
    "cover": "cov",
    "cover artist": "cov",
    "cover design": "cov",
    "dedication": "dto",
    "design": "bkd",
    "drafter": "drm",
    "edited by": "edt",
    "foreword": "wfw",
    "foreword by": "wfw",
    "illustrations": "ill",
    "interior designer": "bkd",
    "introduction": "win",
    "introduction by": "win",
    "letterer": "cll",
    "maps": "ctg",
    "mapmaker": "ctg",
    "narration": "nrt",
    "photographs": "pht",
    "photography": "pht",
    "preface": "wpr",
    "preface by": "wpr",
    "proof-reader": "pfr",
    "series editor": "edd",
    "transcription": "trc",
    "translated by": "trl",
    "translation": "trl",
    "typesetter": "cmt",
    "volume editor": "edt",
    "writer": "aut",
}
"""Other words that people write for a role."""

ROLE_NAMES = {term: code for code, term in reversed(RELATORS.items())} | _ALSO
"""English words for roles, each with its code."""


def role_code(name: str) -> str:
    """Return the MARC relator code of a role given as a code or in English, or "".

    >>> role_code("Translator"), role_code("trl"), role_code("foreword"), role_code("cook")
    ('trl', 'trl', 'wfw', '')
    """
    plain = " ".join(name.lower().split())
    return plain if plain in RELATORS else ROLE_NAMES.get(plain, "")
