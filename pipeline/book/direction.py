"""A language tag comes in; whether its words are written from right to left goes out."""

from __future__ import annotations

_SCRIPTS = frozenset(
    (
        "adlm arab aran armi avst chrs cprt elym gara hatr hebr hung khar lydi mand mani mend merc mero narb nbat nkoo orkh"
        " ougr palm phli phlp phlv phnx prti rohg samr sarb sogd sogo syrc syre syrj syrn thaa yezi"
    ).split()
)
"""Scripts that run from right to left (ISO 15924, Unicode 16)."""

_LANGUAGES = frozenset(
    (
        "aao abh abv acm acq acw acx adf ae aeb aec aee aeq afb aib aii aij aiq ajp ajt aju amw apc apd ar ara arb"
        " arc arq ars ary arz ask atn auj auz avd ave avl ayh ayl ayn ayp azb bal bcc bdz bej bft bgn bgp bhe bhm"
        " bhn bjf bjm bqi brh brk bsh bsk chg cja ckb cld clh czk dcc def deh dgl div dmk dml drw dv ecy esh fa fas"
        " fay faz fia fub gbz ggg gha ghr gig gjk gju glh glk grr gwc gwf gwt gzi hac haz hbo he heb hkh hnd hno hoh"
        " hrt hrz hss huy isk itk iw jad jat jbe jbn jdg ji jnd jog jpa jpr jrb jye kas kbu kby kcy kfm khw klj kmz"
        " kqd ks ktl kvx kxp kzh lad lah lhs lki lrc lrk lrl lsa lsd lss luv luz mby mde mey mfa mfi mhj mid mki mnj"
        " mve mvy myz mzb mzn nli nlm nqo ntz nyq oar obm odk oru ota otk pal pbt pbu per pes pgd phl phn phr phv"
        " plk pmu pnb prc prd prs prx ps psh psi pst pus qxq rdb rhg rmt sam sbn scl sd sdb sdf sdg sdh sds sgl sgr"
        " sgy shd shm shu shv siy siz skr smp smy snd sog sqo sqt srh srz ssh sts swb syc syn syr tjo tks tmr tnf"
        " tov tra trg trm trw ug uig ur urd ush uzs vaf vgr vmh wbk wlo wne wni wsv xco xhe xka xkc xkj xkp xld xly"
        " xmn xmr xna xpr xsa xvi ydd ydg yhd yi yid yih yud zba zdj zrp zum"
    ).split()
)
"""Languages whose usual script runs from right to left (likely subtags, CLDR 48)."""

_ABROAD = frozenset(
    (
        "az-iq az-ir aze-iq aze-ir azj-iq azj-ir ha-cm ha-sd hau-cm hau-sd kaz-af kaz-cn kaz-ir kaz-mn kir-cn kk-af"
        " kk-cn kk-ir kk-mn kmr-iq kmr-ir kmr-lb ku-iq ku-ir ku-lb kur-iq kur-ir kur-lb ky-cn may-cc ms-cc msa-cc"
        " pa-pk pan-pk tg-pk tgk-pk uz-af uzb-af uzn-af zsm-cc"
    ).split()
)
"""Where a language that else runs from left to right is usually written in Arabic letters."""
_NOT_ABROAD = frozenset(("mey-sn", "sd-in", "snd-in", "ug-kz", "ug-mn", "uig-kz", "uig-mn"))
"""Where a language that else runs from right to left usually does not."""


def right_to_left(language: str) -> bool:
    """Say whether words of a language (BCP 47) run from right to left: its script says so, else the language and country.

    >>> right_to_left("he"), right_to_left("he-Latn"), right_to_left("az"), right_to_left("az-Arab-IR")
    (True, False, False, True)
    >>> right_to_left("pa-PK"), right_to_left("pa-IN"), right_to_left("ar-x-latn")
    (True, False, True)
    """
    first, *rest = language.lower().split("-")
    if len(first) == 1:
        return False
    region = ""
    for part in rest:
        if len(part) == 1:  # an extension, or words of private use
            break
        if len(part) == 4 and part.isalpha():
            return part in _SCRIPTS
        if not region and len(part) == 2:
            region = part
    if f"{first}-{region}" in _ABROAD:
        return True
    return first in _LANGUAGES and f"{first}-{region}" not in _NOT_ABROAD
